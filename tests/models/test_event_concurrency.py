import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from requests_app.models import EventStream
from tests.database import HistoryTransactionTestCase
from tests.models.events import make_stream

ROOT = Path(__file__).parents[2]
SETTINGS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
PROCESSES, THREADS, EVENTS = 2, 4, 25


class ConcurrentWritersTests(HistoryTransactionTestCase):
    """Eight writers in two processes, 25 events each, on the suite's PostgreSQL or on a SQLite file."""

    def test_writers_of_one_stream_make_one_chain(self) -> None:
        self.write_and_verify([make_stream()])

    def test_writers_of_two_streams_make_two_chains(self) -> None:
        self.write_and_verify([make_stream(), make_stream(name="OPT-2026-000124")])

    def write_and_verify(self, streams: list[EventStream]) -> None:
        with database_of_all_processes() as database:
            job = {"database": database, "streams": [str(stream.id) for stream in streams], "events": EVENTS}
            writers = [start(job | {"threads": THREADS}) for _ in range(PROCESSES)]
            ended = [writer.communicate(timeout=120) for writer in writers]
            for writer, (out, errors) in zip(writers, ended, strict=True):
                assert writer.returncode == 0, errors
                # It verified while the other was writing: that must not look like tampering.
                assert json.loads(out)["fault"] is None
            checker = start(job | {"threads": 0})
            out, errors = checker.communicate(timeout=120)
            assert checker.returncode == 0, errors
            total = PROCESSES * THREADS * EVENTS
            wanted = {
                "streams": len(streams),
                "events": total,
                "personal_values": total,
                "checkpoints": 0,
                "fault": None,
            }
            assert json.loads(out) == wanted


@contextlib.contextmanager
def database_of_all_processes() -> Iterator[dict[str, Any]]:
    """Yield the settings of a database that other processes can open, holding what the test's own holds."""
    if connection.vendor != "sqlite":
        yield {name: connection.settings_dict[name] for name in SETTINGS}
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test.sqlite3"
        # The suite's SQLite database is in memory, where threads block each other at once instead of waiting.
        with contextlib.closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
            # As migrate leaves a database. SQLite refuses to make this switch for two connections at once, whatever
            # the timeout is.
            copy.execute("PRAGMA journal_mode=WAL")
        yield {"ENGINE": connection.settings_dict["ENGINE"], "NAME": str(file)}


def start(job: dict[str, Any]) -> subprocess.Popen[str]:
    """Start a process of writers."""
    command = [sys.executable, "-m", "tests.models.event_writers"]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    process.stdin = None
    return process
