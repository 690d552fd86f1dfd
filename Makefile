# make install | run | test | lint | bench [ONLY=name] [BENCH_JSON=FILE]        PYTHON=python3.12 chooses the interpreter

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Linting starts Django too: with settings as in production, and nothing in ./data.
LINT := DATA_DIR=.venv/lint HTTPS=on DATABASE_URL= REDIS_URL=

.PHONY: install install-dev native run test lint bench messages

install: .venv/installed

.venv/installed: requirements.txt
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

install-dev: .venv/installed-dev

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

native: install
	@$(BIN)/python tools/native_libraries.py

run: install native
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py load_catalogue
	@$(BIN)/python manage.py run

# Twice: on SQLite and on PostgreSQL.
test: install-dev native
	@$(BIN)/python tools/test_programs.py
	$(BIN)/python -m pytest -n 2
	$(BIN)/python tools/with_postgresql.py $(BIN)/python -m pytest -n 2 -m "not own_database"

lint: install-dev native
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(LINT) $(BIN)/mypy optout requests_app tests tools manage.py
	$(BIN)/lint-imports --no-cache --no-logo
	find optout requests_app tests tools manage.py -name '*.py' | xargs $(BIN)/django-upgrade --target-version 5.2 --check
	find templates -name '*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint --quiet --lint templates
	$(LINT) $(BIN)/python manage.py makemigrations --check --dry-run
	$(LINT) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(LINT) $(BIN)/python manage.py check_catalogue

# After a change of texts: gathers them for the translators, and compiles what they wrote.
messages: install-dev
	$(BIN)/python -m django makemessages -l de --no-obsolete --no-location --ignore .venv --ignore tests
	$(BIN)/python -m django compilemessages -l de --ignore .venv

bench: install-dev native
	@DATA_DIR=.venv/bench $(BIN)/python -m tests.bench
