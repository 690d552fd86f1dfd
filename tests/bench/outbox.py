"""Mails per second out of the outbox with four workers, against a bare smtplib loop on four connections.

Both go to the same aiosmtpd, which has a process of its own. Each mail of ours is claimed, sent and written down with
its event, one at a time for each worker. `run()` returns the rows; Django must be set up. It makes a test database of
its own, on whatever DATABASE_URL names (tools/with_postgresql.py sets it), and takes about a minute.
"""

import logging
import multiprocessing
import smtplib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Event

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from django.db import connection

from requests_app.delivery.deliver import deliver_due
from requests_app.models import OutgoingMail, SendState
from tests.bench.catalogue_page import database
from tests.bench.row import Row
from tests.chaos.mails import queue_mails
from tests.processes import free_port

MAILS, CONNECTIONS = 200, 4
_FORK = multiprocessing.get_context("fork")


def run() -> list[Row]:
    """Return one row; which database it is stands in its name."""
    with database(), smtp_server() as port:
        queue_mails(MAILS, port)
        contents = [bytes(mail.message.raw) for mail in OutgoingMail.objects.all() if mail.message]
        bare = _rate(lambda: _bare(port, contents))
        ours = _rate(_deliver)
        sent = OutgoingMail.objects.filter(state=SendState.SENT).count()
    if sent != MAILS:
        raise RuntimeError(f"{sent} of {MAILS} mails are sent.")
    row: Row = {
        "name": f"outbox, {CONNECTIONS} workers ({connection.vendor})",
        "value": round(ours, 1),
        "unit": "mails/s",
        "reference": f"bare smtplib, {CONNECTIONS} connections: {bare:.0f} mails/s",
        "ratio": round(ours / bare, 3),
        "aim": ">= 0.8",
    }
    return [row]


@contextmanager
def smtp_server() -> Iterator[int]:
    """Yield the port of a server that takes everything, and end it afterwards."""
    port, ready = free_port(), _FORK.Event()
    server = _FORK.Process(target=_serve, args=(port, ready), daemon=True)
    server.start()
    try:
        if not ready.wait(20):
            raise RuntimeError("The SMTP server does not start.")
        yield port
    finally:
        server.kill()
        server.join()


def _serve(port: int, ready: Event) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
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


def _deliver() -> None:
    """Empty the outbox with workers that share nothing but the database."""
    connection.close()  # none of theirs
    with ProcessPoolExecutor(CONNECTIONS, mp_context=_FORK) as pool:
        for worker in [pool.submit(_work) for _ in range(CONNECTIONS)]:
            worker.result()


def _work() -> None:
    deliver_due()
    connection.close()


def _rate(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return MAILS / (time.perf_counter() - started)
