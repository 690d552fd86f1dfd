import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings

from requests_app.processes import alive
from requests_app.tracking.parts import beat, web, worker
from requests_app.tracking.system import State
from tests.processes import free_port

HERE = socket.gethostname()


@contextmanager
def server(status: int) -> Iterator[tuple[int, list[str]]]:
    """Serve for the block; give the port, and whom each request asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Host']}{self.path}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"word\n")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        try:
            yield served.server_address[1], asked
        finally:
            served.shutdown()
            thread.join()


class PartsTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(DATA_DIR=self.folder))

    def age(self, name: str, seconds: float) -> None:
        """Let the last sign of life be so old."""
        then = time.time() - seconds
        os.utime(self.folder / "alive" / name, (then, then))

    def test_nobody_has_been_seen_at_first(self) -> None:
        assert (worker().state, beat().state) == (State.BAD, State.BAD)

    def test_who_shows_itself_is_well_until_it_is_silent(self) -> None:
        for part, name in ((worker, f"worker@{HERE}"), (beat, f"beat@{HERE}")):
            alive.show(name)
            assert part().state is State.OK
            self.age(name, alive.PATIENCE + 1)
            assert part().state is State.BAD
            alive.show(name)
            assert part().state is State.OK

    def test_beat_is_no_worker_and_other_machines_are_not_this_one(self) -> None:
        alive.show(f"beat@{HERE}")
        alive.show("worker@elsewhere")
        assert worker().state is State.BAD

    def test_one_of_two_workers_that_was_killed_is_noticed(self) -> None:
        alive.show(f"one@{HERE}")
        alive.show(f"two@{HERE}")
        self.age(f"two@{HERE}", 60)
        check = worker()
        assert check.state is State.BAD
        assert f"two@{HERE} was seen 60 seconds ago" in check.text
        alive.leave(f"two@{HERE}")
        assert worker().state is State.OK

    def test_machines_that_are_gone_are_forgotten(self) -> None:
        alive.show("worker@gone")
        self.age("worker@gone", alive.FORGOTTEN_AFTER + 1)
        alive.show("worker@new")
        assert list(alive.ages("worker@*")) == ["worker@new"]

    def test_the_web_server_is_asked_by_a_name_that_it_has(self) -> None:
        with server(200) as (port, asked), override_settings(PORT=port, ALLOWED_HOSTS=["*", ".example.org"]):
            assert web().state is State.OK
        assert asked == ["example.org/readyz"]

    def test_a_web_server_that_is_not_ready_or_not_there_is_noticed(self) -> None:
        with server(503) as (port, _asked), override_settings(PORT=port):
            assert (web().state, web().text) == (State.BAD, "503: word")
        with override_settings(PORT=free_port()):
            assert web().state is State.BAD

    def test_doctor_asks_one_part_alone_and_ends_with_1_where_it_is_ill(self) -> None:
        with pytest.raises(CommandError, match="Beat") as caught:
            call_command("doctor", check="beat")
        assert caught.value.returncode == 1
        alive.show(f"beat@{HERE}")
        call_command("doctor", check="beat")
