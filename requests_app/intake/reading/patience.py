"""An end to what a text provokes in a regular expression."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Late(Exception):
    """The time is up."""


@contextmanager
def soon(seconds: float) -> Iterator[None]:
    """Raise Late in the block when it takes longer; regular expressions, too, look for signals now and then."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
