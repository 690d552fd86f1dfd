"""How long `manage.py run` takes until it answers, with everything installed: on a new data folder, and again."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings

from tests.bench.row import Row
from tests.processes import free_port, page

LIMIT = 10.0  # seconds


def run() -> list[Row]:
    """Return a row for the first start, migrations and catalogue included, and one for the next."""
    with tempfile.TemporaryDirectory(prefix="optout-start-") as folder:
        return [_row(name, _seconds(Path(folder))) for name in ("first start", "next start")]


def _row(name: str, seconds: float) -> Row:
    return Row(
        name=f"start: {name}",
        value=seconds,
        unit="s",
        reference=f"limit {LIMIT:g} s",
        ratio=LIMIT / seconds,
        aim=">= 1",
    )


def _seconds(data_dir: Path) -> float:
    """Return the seconds from migrate to the first answer of the web server; everything is stopped again."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), "PORT": str(port), "HTTPS": "off"}
    started = time.monotonic()
    for command in ("migrate", "load_catalogue"):
        _manage(environment, command, "--verbosity", "0").wait()
    server = _manage(environment, "run")
    try:
        while not page(port, "/healthz"):
            time.sleep(0.05)
            if server.poll() is not None:
                raise RuntimeError(f"manage.py run ended with status {server.returncode}")
        return time.monotonic() - started
    finally:
        server.terminate()
        server.wait()


def _manage(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
