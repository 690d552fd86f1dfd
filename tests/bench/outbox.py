"""Mails per second out of the outbox with four workers, against a bare smtplib loop on four connections.

Both go to the same aiosmtpd, which has a process of its own: once as a server that takes 20 ms to check and keep each
mail, and once as one that throws it away at once, where nothing is measured but our own part. Each mail of ours is
claimed, sent and written down with its event, one at a time for each worker. The workers are ready before the time
begins. `run()` returns the rows; Django must be set up. It makes a test database of its own, on whatever DATABASE_URL
names (tools/with_postgresql.py sets it), and takes about two minutes.
"""

import asyncio
import logging
import multiprocessing
import smtplib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Barrier, Event

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from django.utils import timezone

from requests_app.delivery.deliver import deliver_due
from requests_app.models import MailSettings, OutgoingMail, SendState
from tests.bench.catalogue_page import database
from tests.bench.row import Row
from tests.chaos.mails import queue_mails
from tests.processes import free_port

MAILS, CONNECTIONS = 1000, 4
# Seconds that the server takes for a mail, and how a row says so.
SERVERS = {0.02: "server takes 20 ms a mail", 0.0: "server takes no time"}
LONGEST = 600
_FORK = multiprocessing.get_context("fork")


def run() -> list[Row]:
    """Return one row for each server; which database it is stands in its name."""
    with database():
        queue_mails(MAILS, 1)
        return [_measured(seconds, name) for seconds, name in SERVERS.items()]


def _measured(seconds: float, name: str) -> Row:
    with smtp_server(seconds) as port:
        MailSettings.objects.update(smtp_port=port)
        OutgoingMail.objects.update(state=SendState.QUEUED, due_at=timezone.now() - timedelta(minutes=1), attempts=0)
        contents = [bytes(mail.message.raw) for mail in OutgoingMail.objects.all() if mail.message]
        bare = MAILS / _seconds_of(lambda: _bare(port, contents))
        ours = MAILS / _deliver()
        sent = OutgoingMail.objects.filter(state=SendState.SENT).count()
    if sent != MAILS:
        raise RuntimeError(f"{sent} of {MAILS} mails are sent.")
    return {
        "name": f"outbox, {CONNECTIONS} workers, {name} ({connection.vendor})",
        "value": round(ours, 1),
        "unit": "mails/s",
        "reference": f"bare smtplib, {CONNECTIONS} connections: {bare:.0f} mails/s",
        "ratio": round(ours / bare, 3),
        "aim": ">= 0.8",
    }


@contextmanager
def smtp_server(seconds: float) -> Iterator[int]:
    """Yield the port of a server that takes everything, each mail in that time, and end it afterwards."""
    port, ready = free_port(), _FORK.Event()
    server = _FORK.Process(target=_serve, args=(port, ready, seconds), daemon=True)
    server.start()
    try:
        if not ready.wait(20):
            raise RuntimeError("The SMTP server does not start.")
        yield port
    finally:
        server.kill()
        server.join()


class _Slow(Sink):
    """Takes its time for each mail, without holding up those of other connections."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        """Answer after that time."""
        await asyncio.sleep(self._seconds)
        return "250 OK"


def _serve(port: int, ready: Event, seconds: float) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    controller = Controller(_Slow(seconds) if seconds else Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    ready.set()
    while True:
        time.sleep(60)


def _bare(port: int, contents: list[bytes]) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda part: _send(port, part), (contents[start::CONNECTIONS] for start in range(CONNECTIONS))))


def _send(port: int, contents: list[bytes]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for content in contents:
            smtp.sendmail("optout@example.org", ["feedback@example.org"], content)


def _deliver() -> float:
    """Empty the outbox with workers that share nothing but the database, and return the seconds from their start."""
    connection.close()  # none of theirs
    gate = _FORK.Barrier(CONNECTIONS + 1)
    workers = [_FORK.Process(target=_work, args=(gate,), daemon=True) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    gate.wait(LONGEST)
    seconds = _seconds_of(lambda: gate.wait(LONGEST))
    for worker in workers:
        worker.join()
    return seconds


def _work(gate: Barrier) -> None:
    connection.ensure_connection()
    gate.wait(LONGEST)
    deliver_due(LONGEST)
    gate.wait(LONGEST)
    connection.close()


def _seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
