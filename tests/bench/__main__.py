"""make bench [ONLY=name] [BENCH_JSON=FILE]: run the benchmark modules of this folder and show their figures."""

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django

import tests.bench
from tests.bench.row import Row

COLUMNS = ("name", "value", "unit", "reference", "ratio", "aim")


def benchmarks(only: str) -> Iterator[tuple[str, Callable[[], list[Row]]]]:
    """Yield name and `run` of each module that has one; all of them, or the one called `only`."""
    for found in pkgutil.iter_modules(tests.bench.__path__):
        if found.name.startswith("__") or (only and found.name != only):
            continue
        run = getattr(importlib.import_module(f"tests.bench.{found.name}"), "run", None)
        if run is not None:
            yield found.name, run


def cell(value: str | float | None) -> str:
    """Return a figure with four digits that count, a text as it is, nothing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def table(rows: list[Row]) -> str:
    """Return the rows under their headings."""
    head = tuple(column.upper() for column in COLUMNS)
    lines = [head, *(tuple(cell(value) for value in in_order(row)) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(COLUMNS))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def in_order(row: Row) -> tuple[str | float | None, ...]:
    """Return the values of a row in the order of COLUMNS."""
    return row["name"], row["value"], row["unit"], row["reference"], row["ratio"], row["aim"]


def main() -> None:
    """Run what is asked for; exit 2 where no benchmark has that name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optout.settings")
    django.setup()
    only = os.environ.get("ONLY", "")
    rows = [row for _, run in benchmarks(only) for row in run()]
    if not rows:
        names = ", ".join(name for name, _ in benchmarks(""))
        print(f"There is no benchmark {only!r}. There are: {names or 'none yet'}.", file=sys.stderr)
        sys.exit(2)
    print(table(rows))
    if os.environ.get("BENCH_JSON"):
        Path(os.environ["BENCH_JSON"]).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
