"""Door 4: everything on one machine, the web server with a worker, beat and a broker."""

import fcntl
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from requests_app.management import valkey
from requests_app.management.supervisor import PartDied, Supervisor
from requests_app.people.setup import new_setup_link

LONGEST_FOLDER = 80  # bytes; a UNIX socket's whole path has room for 103 (macOS) or 107 (Linux)

CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "optout")
PARTS = {
    "worker": (*CELERY, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"),
    "beat": (*CELERY, "beat"),
    "web server": (sys.executable, "-m", "gunicorn", "--config", "python:optout.gunicorn_conf", "optout.wsgi"),
}


class Command(BaseCommand):
    help = "Serve on http://127.0.0.1:PORT with worker and beat, and a Valkey of our own where REDIS_URL is not set."

    def handle(self, *args: Any, **options: Any) -> None:
        with only_one_in(settings.DATA_DIR), socket_folder() as folder:
            refuse_a_taken_port(settings.PORT)
            supervisor = Supervisor(folder, settings.BASE_DIR, {"HTTPS": "off", **os.environ})
            with supervisor.signals():
                try:
                    self.serve(supervisor, folder)
                except PartDied as death:
                    raise CommandError(f"Stopped: {death}.") from death
                finally:
                    supervisor.stop()
        self.stdout.write("Optout has stopped.")

    def serve(self, supervisor: Supervisor, folder: Path) -> None:
        """Start all parts and come back when a signal asks for it; raise PartDied when one of them ends."""
        if not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")):
            supervisor.start("Valkey", valkey.command(folder))
            supervisor.environment["REDIS_URL"] = f"unix://{folder / 'valkey.sock'}"
            wait_until(lambda: valkey.answers(folder), supervisor)
        for name, command in PARTS.items():
            supervisor.start(name, command)
        if wait_until(lambda: is_served(settings.PORT), supervisor):
            self.stdout.write(f"Optout is at http://127.0.0.1:{settings.PORT} (Ctrl-C stops it).")
            self.show_setup_link()
            connection.close()  # From here on this process only watches the others.
            self.stdout.flush()
        while supervisor.wait_once():
            pass

    def show_setup_link(self) -> None:
        """Print a new one-time link while there is no organisation; it ends the one that was printed before."""
        token = new_setup_link()
        if token:
            self.stdout.write(f"Set up Optout: http://127.0.0.1:{settings.PORT}/setup/{token}/")


def wait_until(condition: Callable[[], bool], supervisor: Supervisor) -> bool:
    """Wait for the condition; return False when a signal came first, raise PartDied when a part did not come up."""
    while not condition():
        if not supervisor.wait_once():
            return False
    return True


@contextmanager
def only_one_in(data_dir: Path) -> Iterator[None]:
    """Hold DATA_DIR for this process: two schedulers would share one schedule file."""
    with (data_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"Optout already runs on {data_dir}. Stop it first, or set another DATA_DIR.") from None
        yield


@contextmanager
def socket_folder() -> Iterator[Path]:
    """Make a folder that only we can enter and whose path is short enough for a socket; remove it at the end."""
    short = len(os.fsencode(tempfile.gettempdir())) <= LONGEST_FOLDER
    parent = None if short else "/tmp"  # noqa: S108 (the folder below it has mode 0700)
    with tempfile.TemporaryDirectory(prefix="optout-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def refuse_a_taken_port(port: int) -> None:
    """Raise CommandError, with what to do, unless the port can be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            advice = f"Stop what uses it, or choose another: PORT={port + 1} make run"
            raise CommandError(f"Port {port} cannot be had: {error.strerror}. {advice}") from error


def is_served(port: int) -> bool:
    """Return whether something listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
