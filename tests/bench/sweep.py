"""The sweep of what is due against the same work in plain SQL, on PostgreSQL: 1,000,000 requests, 10,000 of them due.

`run()` returns the rows. It starts a PostgreSQL of its own, and takes about three minutes; each sweep runs in a process
of its own, so that its memory can be told.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.row import Row

ROOT = Path(__file__).parents[2]
REQUESTS, DUE, ROUNDS, WORKERS = 1_000_000, 10_000, 3, 4
AIM = 2.0
MOST_MEGABYTES = 60


def run() -> list[Row]:
    """Start a PostgreSQL and measure in it."""
    command = [sys.executable, "tools/with_postgresql.py", sys.executable, "-m", "tests.bench.sweep"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    rows: list[Row] = json.loads(done.stdout)
    return rows


def measure() -> list[Row]:
    """Measure our sweep and plain SQL in turn, then four sweeps at once, in the database of DATABASE_URL."""
    with tempfile.TemporaryDirectory() as data_dir:
        environment = {**os.environ, "DATA_DIR": data_dir}
        _program(environment, "fill", REQUESTS)
        ours, plain, growth = [], [], []
        for _round in range(ROUNDS):
            plain.append(_measured(environment, "plain")["seconds"])
            result = _measured(environment, "ours")
            ours.append(result["seconds"])
            growth.append(result["megabytes"])
        _program(environment, "make_due", DUE)
        together = _together(environment)
        twice = _program(environment, "twice")["twice"]
    return [_time(ours, plain), _memory(growth), _no_double(together, twice)]


def _measured(environment: dict[str, str], what: str) -> dict[str, Any]:
    _program(environment, "make_due", DUE)
    result = _program(environment, what)
    if result["fired"] != DUE:
        raise RuntimeError(f"{what}: {result['fired']} of {DUE} fired")
    return result


def _program(environment: dict[str, str], *arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.sweep_steps", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout or b"{}")
    return result


def _together(environment: dict[str, str]) -> list[int]:
    """Return how many each of some sweeps fired that ran at the same time."""
    with _started(environment) as workers:
        ended = [json.loads(worker.communicate()[0]) for worker in workers]
    return [result["fired"] for result in ended]


@contextmanager
def _started(environment: dict[str, str]) -> Iterator[list["subprocess.Popen[bytes]"]]:
    command = [sys.executable, "-m", "tests.bench.sweep_steps", "ours"]
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _worker in range(WORKERS)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def _time(ours: list[float], plain: list[float]) -> Row:
    value, reference = statistics.median(ours), statistics.median(plain)
    return Row(
        name=f"sweep: {DUE:,} due of {REQUESTS:,}",
        value=round(value, 2),
        unit="s",
        reference=f"plain SQL {reference:.2f} s",
        ratio=round(value / reference, 2),
        aim=f"<= {AIM:g}",
    )


def _memory(growth: list[float]) -> Row:
    return Row(
        name="sweep: memory it takes",
        value=round(max(growth), 1),
        unit="MB",
        reference="before the sweep: 0",
        ratio=None,
        aim=f"<= {MOST_MEGABYTES}",
    )


def _no_double(together: list[int], twice: int) -> Row:
    if sum(together) != DUE:
        raise RuntimeError(f"{together} fired, of {DUE}")
    return Row(
        name=f"sweep: {WORKERS} at once, reminders twice",
        value=twice,
        unit="reminders",
        reference=f"fired {' + '.join(map(str, together))}",
        ratio=None,
        aim="0",
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
