"""docker-compose.yml as it is written, and what the image holds that it builds."""

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

SECRETS = "/run/secrets/"
FILE = settings.BASE_DIR / "docker-compose.yml"
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = ("prepare", "web", "worker", "beat")
IMAGE = (settings.BASE_DIR / "Dockerfile").read_text(encoding="utf-8")


def schema() -> dict[str, Any]:
    """Return the JSON schema of the Compose Specification."""
    text = (settings.BASE_DIR / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def environment_of(service: str) -> dict[str, str]:
    """Return what Compose puts into the environment of the service, for the host optout.example.org."""
    return {name: _filled_in(value) for name, value in SERVICES[service].get("environment", {}).items()}


def command_of(service: str) -> list[str]:
    """Return the command of the service."""
    return [_filled_in(word) for word in SERVICES[service]["command"]]


def health_check_of(service: str) -> list[str]:
    """Return the command by which an engine asks whether the service is well."""
    kind, *words = SERVICES[service]["healthcheck"]["test"]
    words = [_filled_in(word) for word in words]
    return words if kind == "CMD" else ["sh", "-c", *words]


def environment_of_image() -> dict[str, str]:
    """Return what the Dockerfile puts into the environment, without the path."""
    (line,) = re.findall(r"^ENV (.*)$", IMAGE, re.MULTILINE)
    found = dict(word.split("=", 1) for word in shlex.split(line))
    del found["PATH"]
    return found


def names_in_image() -> list[str]:
    """Return the files and folders of the project that .dockerignore lets into the image."""
    lines = (settings.BASE_DIR / ".dockerignore").read_text(encoding="utf-8").split()
    assert lines[0] == "*"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def copy_image(target: Path) -> None:
    """Put there what the image holds below /srv/optout."""
    target.mkdir()
    for name in names_in_image():
        source = settings.BASE_DIR / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)


def _filled_in(text: str) -> str:
    return re.sub(r"\$\{OPTOUT_HOST:\?[^}]*\}", "optout.example.org", text).replace("$$", "$")
