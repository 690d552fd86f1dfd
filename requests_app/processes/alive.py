"""How the worker and beat show that they go on: by files that they touch, which costs nothing and needs no service.

A process that ends in peace takes its file with it; one that was killed leaves it to grow old.
"""

import socket
import time
from pathlib import Path

from django.conf import settings

# A worker shows itself every two seconds, beat with each thing that it sends: every ten at the most.
PATIENCE = 20.0  # seconds
# What has been silent for so long belongs to a machine that is gone.
FORGOTTEN_AFTER = 24 * 3600.0


def name_of(part: str) -> str:
    """Return the name under which the only process of its kind on this machine is known, as Celery names workers."""
    return f"{part}@{socket.gethostname()}"


def show(name: str) -> None:
    """Note that the process of this name is alive now."""
    file = _folder() / name
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        _forget_the_gone()
    file.touch(mode=0o600)


def leave(name: str) -> None:
    """Note that the process of this name has ended as it should."""
    (_folder() / name).unlink(missing_ok=True)


def ages(pattern: str) -> dict[str, float]:
    """Return how many seconds ago each process whose name fits was seen, such as those of `worker@*`."""
    now, found = time.time(), {}
    for file in _folder().glob(pattern):
        try:
            found[file.name] = max(0.0, now - file.stat().st_mtime)
        except FileNotFoundError:  # it has just left
            continue
    return found


def _forget_the_gone() -> None:
    for name, age in ages("*").items():
        if age > FORGOTTEN_AFTER:
            leave(name)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "alive"
