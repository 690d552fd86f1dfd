"""The steps of the benchmark of packs, each in a process of its own: python -m tests.bench.packs_steps STEP."""

import json
import logging
import resource
import sys
import time
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from requests_app.drafting.rendering.client import _client
from requests_app.models import Action, EventStream, OptOutRequest, Organisation, Source, Subject, record_event
from requests_app.records.pack_file import export_pack
from requests_app.records.pack_order import Order
from requests_app.records.pack_verification import verify_file
from requests_app.tracking.filters import Filters
from tests.chaos.mails import queue_mails

EVENTS = 6


def fill(number: str) -> None:
    """Make so many requests, each with its mail and six events."""
    call_command("migrate", verbosity=0)
    queue_mails(int(number), 25)
    for found in OptOutRequest.objects.select_related("stream"):
        for _ in range(EVENTS - EventStream.objects.get(pk=found.stream_id).head_sequence):
            with transaction.atomic():
                record_event(
                    found.stream, Action.NOTE_ADDED, actor="command", source=Source.COMMAND, subject=Subject.of(found)
                )


def make(folder: str) -> None:
    """Make the pack of all, and print the seconds, its size in bytes, and CPU time and memory of both processes."""
    order = Order(Organisation.objects.get(), Filters({}), "en", timezone.now())
    out = Path(folder, "pack.zip")
    _client.render("<html lang='en'><title>Started</title><p>Started")
    started = time.perf_counter()
    export_pack(order, out, lambda: None)
    seconds = time.perf_counter() - started
    _client.close()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "size": out.stat().st_size,
                "cpu": _cpu(resource.RUSAGE_SELF) + _cpu(resource.RUSAGE_CHILDREN),
                "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "renderer": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            }
        )
    )


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def verify(folder: str) -> None:
    """Verify the pack, and print the seconds."""
    started = time.perf_counter()
    with Path(folder, "pack.zip").open("rb") as file:
        verdict = verify_file(file)
    if verdict.fault:
        sys.exit(verdict.fault)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    {"fill": fill, "make": make, "verify": verify}[sys.argv[1]](*sys.argv[2:])
