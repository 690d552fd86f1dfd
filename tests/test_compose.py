"""What docker-compose.yml promises. No engine starts it here: tests/test_compose_commands.py starts its commands."""

import re
import subprocess

from django.conf import settings
from django.test import SimpleTestCase
from jsonschema import Draft7Validator

from tests.compose_file import DOCUMENT, FILE, IMAGE, OURS, SECRETS, SERVICES, names_in_image, schema

NOT_SHIPPED = {".ci", ".dockerignore", ".gitignore", "docs", "tests", "tools", "Dockerfile", "Makefile", "data"} | {
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "docker-compose.yml", "pyproject.toml"),
    *("requirements-dev.in", "requirements-dev.txt", "requirements.in"),
}
SECRET_WORD = re.compile("KEY|PASS|SECRET|TOKEN|DATABASE_URL|REDIS_URL")


class ComposeFileTests(SimpleTestCase):
    def test_it_is_valid_by_the_compose_specification(self) -> None:
        Draft7Validator.check_schema(schema())
        assert [error.message for error in Draft7Validator(schema()).iter_errors(DOCUMENT)] == []

    def test_the_schema_would_notice_a_wrong_word(self) -> None:
        wrong = {**DOCUMENT, "services": {"web": {"image": "x", "helthcheck": {}}}}
        assert not Draft7Validator(schema()).is_valid(wrong)

    def test_only_the_web_port_is_published_and_on_the_loopback_address(self) -> None:
        published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
        assert published.pop("mail") == ["127.0.0.1:8025:8025"]
        assert published == {"web": ["127.0.0.1:8000:8000"]}
        assert not any("network_mode" in service for service in SERVICES.values())

    def test_every_service_is_nobody_in_particular_with_no_rights_on_a_read_only_root(self) -> None:
        for name, service in SERVICES.items():
            with self.subTest(name):
                assert int(service["user"].split(":")[0]) > 0
                assert service["read_only"] is True
                assert service["cap_drop"] == ["ALL"]
                assert service["security_opt"] == ["no-new-privileges:true"]
                assert "cap_add" not in service
                assert "privileged" not in service

    def test_no_secret_stands_in_the_file(self) -> None:
        for name, service in SERVICES.items():
            for key, value in service.get("environment", {}).items():
                if SECRET_WORD.search(key):
                    with self.subTest(name, key=key):
                        assert key.endswith("_FILE")
                        assert value.removeprefix(SECRETS) in service["secrets"]
        assert not re.search(r"://[^/\s]*:[^/\s]*@", FILE.read_text(encoding="utf-8"))

    def test_every_secret_is_a_file_of_the_folder_that_git_leaves_alone(self) -> None:
        used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
        assert {name: entry["file"] for name, entry in DOCUMENT["secrets"].items()} == {
            name: f"secrets/{name}" for name in used
        }
        assert "/secrets/" in (settings.BASE_DIR / ".gitignore").read_text(encoding="utf-8").split()
        assert "secrets" not in names_in_image()

    def test_what_goes_on_has_a_health_check_and_what_ends_has_none(self) -> None:
        for name, service in SERVICES.items():
            with self.subTest(name):
                assert ("healthcheck" in service) == (service["restart"] != "no")
        assert [name for name, service in SERVICES.items() if service["restart"] == "no"] == ["prepare"]

    def test_ours_are_asked_by_our_own_command(self) -> None:
        for name in set(OURS) - {"prepare"}:
            assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "manage.py", "doctor", "--check", name]

    def test_ours_wait_for_the_database_and_the_broker(self) -> None:
        for name in set(OURS) - {"prepare"}:
            assert SERVICES[name]["depends_on"] == {
                "prepare": {"condition": "service_completed_successfully"},
                "database": {"condition": "service_healthy"},
                "redis": {"condition": "service_healthy"},
            }

    def test_mail_is_caught_in_development_alone(self) -> None:
        assert {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service} == {
            "mail": ["development"]
        }

    def test_every_image_of_others_has_a_version(self) -> None:
        for name in set(SERVICES) - set(OURS):
            assert re.fullmatch(r"[a-z/]+:v?[0-9][0-9.]*", SERVICES[name]["image"]), name


class ImageTests(SimpleTestCase):
    def test_it_holds_all_of_the_project_but_what_only_developers_need(self) -> None:
        tracked = subprocess.run(["git", "ls-files"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
        names = {line.split("/")[0] for line in tracked.stdout.splitlines()}
        assert set(names_in_image()) == names - NOT_SHIPPED

    def test_it_runs_as_the_user_of_the_compose_file(self) -> None:
        (user,) = re.findall(r"^USER (.*)$", IMAGE, re.MULTILINE)
        assert {SERVICES[name]["user"] for name in OURS} == {user}

    def test_its_own_command_is_that_of_web(self) -> None:
        (command,) = re.findall(r"^CMD (\[.*\])$", IMAGE, re.MULTILINE)
        assert command == str(SERVICES["web"]["command"]).replace("'", '"')
