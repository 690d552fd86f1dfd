"""Evidence packs of 1, 10, 100 and 1,000 requests with six events each: seconds, how they grow, and memory.

`run()` returns the rows. Each size has a database of its own and is made in one process, with the process that renders
beside it, as the clock makes it. It takes about ten minutes: long enough for the machine to become slower or faster
meanwhile, which is why what the largest is held against is measured before it and after it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.row import Row

ROOT = Path(__file__).parents[2]
SIZES = (1, 10, 100, 1000)
MOST_GROWTH, MOST_MEGABYTES = 11, 300


def run() -> list[Row]:
    """Measure each size and return a row for each, one for the growth and one for the memory."""
    found = {number: _measured(number) for number in SIZES}
    around = (found[100]["seconds"], _measured(100)["seconds"])
    growth = found[1000]["seconds"] / statistics.mean(around)
    peak = max(max(one["parent"], one["renderer"]) for one in found.values())
    return [
        *(_row(number, one) for number, one in found.items()),
        {
            "name": "packs, 1,000 against 100",
            "value": round(growth, 2),
            "unit": "times as long",
            "reference": f"100 before {around[0]:.1f} s, after {around[1]:.1f} s",
            "ratio": round(growth, 2),
            "aim": f"<= {MOST_GROWTH}",
        },
        {
            "name": "packs, memory of the largest process",
            "value": round(peak),
            "unit": "MB",
            "reference": f"renderer: {max(one['renderer'] for one in found.values()):.0f} MB",
            "ratio": None,
            "aim": f"<= {MOST_MEGABYTES}",
        },
    ]


def _row(number: int, one: dict[str, Any]) -> Row:
    return {
        "name": f"packs, {number:,} requests",
        "value": round(one["seconds"], 2),
        "unit": "s",
        "reference": f"{one['size'] / 1e6:.1f} MB, {one['cpu']:.1f} s of CPU time, verified in {one['verified']:.1f} s",
        "ratio": None,
        "aim": "",
    }


def _measured(number: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        _step(folder, "fill", str(number))
        made: dict[str, Any] = json.loads(_step(folder, "make", folder))
        made["verified"] = float(_step(folder, "verify", folder))
        return made


def _step(folder: str, *arguments: str) -> bytes:
    own = {"OPTOUT_TEST_FOLDER": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
    environment = {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.bench.packs_steps", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout
