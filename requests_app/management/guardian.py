"""Ends what `manage.py run` has started if run itself is killed and cannot.

A process of its own, with nothing but the standard library. It reads the id of each process group from its standard
input, one a line. The line `done` is a farewell. An end without it means that run is gone: every group gets
SIGTERM, after GRACE seconds SIGKILL, and the folder given as the one argument (it holds the sockets) is removed.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable

GRACE = 10.0  # seconds


def read_groups(lines: Iterable[str]) -> list[int]:
    """Return the groups that have to be ended: none if run said `done`."""
    groups: list[int] = []
    for line in lines:
        if line.strip() == "done":
            return []
        groups.append(int(line))
    return groups


def send(group: int, number: int) -> bool:
    """Send the signal to the leader of the group, SIGKILL and 0 to all of it; return whether anybody was there."""
    whole_group = number in (0, signal.SIGKILL)
    try:
        (os.killpg if whole_group else os.kill)(group, number)
    except ProcessLookupError:
        return False
    return True


def end(groups: list[int]) -> None:
    """Ask these groups to end, wait for GRACE seconds, and make them."""
    deadline = time.monotonic() + GRACE
    for group in groups:
        send(group, signal.SIGTERM)
    while any(send(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    groups = read_groups(sys.stdin)
    end(groups)
    if groups:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(sys.argv[1])
