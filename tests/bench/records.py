"""Sealed records per second for one core, against bare WeasyPrint on the same pages; and what verifying one costs.

`run()` returns the rows; it measures in a process and a database of its own, and takes about half a minute.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.row import Row

ROOT = Path(__file__).parents[2]
ROUNDS = 20
AIM = 0.7


def run() -> list[Row]:
    """Measure in a process that has the settings of the tests."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": ""}
    command = [sys.executable, "-m", "tests.bench.records_steps"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    times: dict[str, list[dict[str, float]]] = json.loads(done.stdout)
    return [
        _row("records", times["plain"]),
        _row("records, with a picture", times["picture"]),
        _verifying(times["picture"]),
    ]


def timed(ways: dict[str, Callable[[], object]]) -> list[dict[str, float]]:
    """Return the seconds of each way in each round, after two rounds to warm up."""
    return [{name: _seconds(way) for name, way in ways.items()} for _ in range(ROUNDS + 2)][2:]


def _seconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def _rate(rounds: list[dict[str, float]], way: str) -> float:
    return 1 / statistics.median(times[way] for times in rounds)


def _row(name: str, rounds: list[dict[str, float]]) -> Row:
    return {
        "name": name,
        "value": round(_rate(rounds, "sealed"), 2),
        "unit": "records/s",
        "reference": f"bare WeasyPrint on the same pages: {_rate(rounds, 'bare'):.2f} records/s",
        "ratio": round(statistics.median(times["bare"] / times["sealed"] for times in rounds), 3),
        "aim": f">= {AIM}",
    }


def _verifying(rounds: list[dict[str, float]]) -> Row:
    return {
        "name": "records, verified",
        "value": round(_rate(rounds, "verify"), 1),
        "unit": "records/s",
        "reference": f"sealing: {_rate(rounds, 'sealed'):.2f} records/s",
        "ratio": round(_rate(rounds, "verify") / _rate(rounds, "sealed"), 2),
        "aim": "",
    }
