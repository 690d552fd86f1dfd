"""Loading the whole shipped catalogue into an empty database, and loading it again: the second time writes nothing."""

import time

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.catalogue.load import load_catalogue
from tests.bench.catalogue_page import database
from tests.bench.row import Row

WRITING = ("INSERT", "UPDATE", "DELETE")


def run() -> list[Row]:
    """Return the time of the second load against the first, and how many statements of it write."""
    with database():
        first, _writes = _measured()
        second, writes = _measured()
    return [
        Row(
            name="catalogue load, again",
            value=round(second, 3),
            unit="s",
            reference=f"first load: {first:.3f} s",
            ratio=round(first / second, 2),
            aim=">= 1",
        ),
        Row(name="catalogue load, again: writes", value=writes, unit="statements", reference="-", ratio=None, aim="0"),
    ]


def _measured() -> tuple[float, int]:
    """Return the seconds of one load and the number of its statements that write."""
    started = time.monotonic()
    with CaptureQueriesContext(connection) as captured:
        load_catalogue(settings.CATALOGUE_DIR, timezone.now())
    seconds = time.monotonic() - started
    return seconds, sum(query["sql"].lstrip().upper().startswith(WRITING) for query in captured)
