"""A pack as a file that somebody names, and the event about it."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from requests_app.models import Action, EventStream, Source, Subject, record_event
from requests_app.records.pack import Made, write_pack
from requests_app.records.pack_order import Order


def export_pack(order: Order, out: Path, advance: Callable[[], object]) -> Made:
    """Write the pack there in one piece, write down that it was exported, and return what it holds.

    `advance` is called for each record. What was there before stays until the whole pack is written. Raises
    PackRefused or OSError; then nothing is written down, and no new file is left.
    """
    done = 0

    def note(written: int, _total: int) -> None:
        nonlocal done
        for _ in range(written - done):
            advance()
        done = written

    new = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            made = write_pack(order, file, note)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with transaction.atomic():
            _record(order, made, digest)
            new.replace(out)
    finally:
        new.unlink(missing_ok=True)
    return made


def _record(order: Order, made: Made, digest: str) -> None:
    record_event(
        EventStream.of_organisation(order.organisation),
        Action.RECORD_EXPORTED,
        actor="command",
        source=Source.COMMAND,
        subject=Subject.of(order.organisation),
        detail={
            "format": "zip",
            "requests": made.requests,
            "sha256": digest,
            "checkpoint": made.checkpoint,
            "left_out": made.left_out,
        },
        personal={"query": order.filters.query},
        evidence=[digest],
    )
