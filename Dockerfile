FROM python:3.13-slim-bookworm AS build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim-bookworm
# What letters are drawn with; `manage.py check` names one that is missing.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 optout \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin optout \
    && install -d -o optout -g optout -m 0700 /data
COPY --from=build /venv /venv
COPY . /srv/optout
WORKDIR /srv/optout
# Fonts are cached below HOME, which is not a place for data.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HOME=/tmp LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:optout.gunicorn_conf", "optout.wsgi"]
