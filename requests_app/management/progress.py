"""How far a long command has come: a bar on a terminal, and nothing at all where a script or a file reads along.

It is drawn on standard error, so that what a command prints stays what it prints, and it is gone when the work ends.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Advance(Protocol):
    """Says that so many more are done."""

    def __call__(self, n: int = 1) -> None: ...


@contextmanager
def progress(description: str, total: int | None) -> Iterator[Advance]:
    """Yield what is called for each thing done, of `total` things; None where nobody knows how many there are."""
    if not _is_watched():
        yield _nothing
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(description, total=total)
        yield lambda n=1: bar.advance(task, n)


def _is_watched() -> bool:
    """Return whether a person looks on: rich alone would be talked into colours by FORCE_COLOR, in a pipe as well."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return is_terminal and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def _nothing(n: int = 1) -> None:
    """Take the news and tell nobody."""
