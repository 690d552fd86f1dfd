"""Mails filed per second through intake in bulk, against what reading them costs at least.

`run()` returns the rows; Django must be set up. It makes a test database of its own, on whatever DATABASE_URL names.
Takes about half a minute.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.parser import BytesParser
from email.policy import default

from django.db import connection
from django.test import override_settings

from requests_app.delivery.reply_address import with_token
from requests_app.intake.bulk import BATCH, file_many, store_many
from requests_app.intake.reading.client import READERS, read_mail
from requests_app.models import InboundMail, InboundState, OptOutRequest, OutgoingMail, SendState, Status, Way
from tests.bench.catalogue_page import database
from tests.bench.row import Row
from tests.chaos.mails import queue_mails
from tests.intake.mails import mail

REQUESTS, MAILS, ROUNDS = 50, 300, 3


def run() -> list[Row]:
    """Return a row against the bare parser, and one against the bare parser and the reading process together."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with database(), override_settings(CHECK_SENDERS=False):
        addresses = _addresses()
        read_mail(_mails(addresses, 0)[0])  # starts the process
        rounds = [_round(_mails(addresses, number)) for number in range(ROUNDS)]
    ours, bare, reading = (sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True))
    name = f"intake in bulk ({connection.vendor})"
    both = 1 / (1 / bare + 1 / reading)
    return [
        _row(name, ours, bare, "bare email.parser", ""),
        _row(f"{name}, reading included", ours, both, f"bare parser, then {READERS} reading processes", ">= 0.5"),
    ]


def _addresses() -> list[str]:
    """Return the addresses of requests that were sent."""
    queue_mails(REQUESTS, 1)
    OutgoingMail.objects.update(state=SendState.SENT)
    OptOutRequest.objects.update(status=Status.SUBMITTED)
    tokens = OptOutRequest.objects.exclude(reply_token=None).values_list("reply_token", flat=True)
    return [with_token("replies@example.org", token or "") for token in tokens]


def _mails(addresses: list[str], number: int) -> list[bytes]:
    text = "Hello,\r\n\r\nyour request has been completed.\r\n" + "A line of an answer as people write it.\r\n" * 40
    return [
        mail(to=addresses[index % len(addresses)], mail_id=f"<{number}.{index}@slack.com>", text=text)
        for index in range(MAILS)
    ]


def _round(raws: list[bytes]) -> tuple[float, float, float]:
    """Return mails per second: stored and filed, parsed by the bare parser, read in the processes."""
    parser = BytesParser(policy=default)
    bare = _rate(lambda: [parser.parsebytes(raw) for raw in raws])
    reading = _rate(lambda: _read(raws))
    ours = _rate(lambda: _file(raws))
    filed = InboundMail.objects.filter(state=InboundState.MATCHED).count()
    if filed % MAILS:
        raise RuntimeError(f"{filed} mails are filed.")
    return ours, bare, reading


def _read(raws: list[bytes]) -> None:
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(read_mail, raws))


def _file(raws: list[bytes]) -> None:
    for start in range(0, len(raws), BATCH):
        file_many(store_many(raws[start : start + BATCH], Way.PIPE))


def _rate(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return MAILS / (time.perf_counter() - started)


def _row(name: str, ours: float, other: float, what: str, aim: str) -> Row:
    return {
        "name": name,
        "value": round(ours, 1),
        "unit": "mails/s",
        "reference": f"{what}: {other:.0f} mails/s",
        "ratio": round(ours / other, 3),
        "aim": aim or "-",
    }
