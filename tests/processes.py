"""Real processes with a data folder of their own, for the few tests that are about them."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import SimpleTestCase


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    """Return as soon as the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def page(port: int, path: str = "/") -> str:
    """Return the page, or nothing while nobody serves it."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
        text: str = response.read().decode()
        return text
    return ""


def processes_with(folder: Path) -> list[int]:
    """Return the processes whose environment names this data folder (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"DATA_DIR={folder}\0".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


@pytest.mark.own_database
class ProcessTestCase(SimpleTestCase):
    """Has a data folder with a migrated SQLite file, and ends whatever still runs on it."""

    migrated = True

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="optout-process-")
        self.addCleanup(folder.cleanup)
        self.data_dir = Path(folder.name).resolve()
        self.port = free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(self.data_dir),
            "TMPDIR": str(self.data_dir),
            "PORT": str(self.port),
            "HTTPS": "off",
            "WEB_CONCURRENCY": "1",
        }
        self.addCleanup(self.kill_what_is_left)
        if self.migrated:
            done = self.manage("migrate", "--verbosity", "0")
            assert done.returncode == 0, done.stderr

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command of Python; what it says goes to the file `output`."""
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    @property
    def output(self) -> Path:
        return self.data_dir / "output"

    def beats(self) -> int:
        """Return how many workers have written a heartbeat."""
        with sqlite3.connect(f"file:{self.data_dir / 'optout.sqlite3'}?mode=ro", uri=True) as database:
            count: int = database.execute("SELECT count(*) FROM requests_app_heartbeat").fetchone()[0]
        database.close()
        return count

    def kill_what_is_left(self) -> None:
        for pid in processes_with(self.data_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
