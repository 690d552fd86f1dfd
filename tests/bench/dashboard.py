"""The dashboard of an organisation with 100,000 requests against that of one with 100 in as many workspaces.

The page shows figures that were worked out beforehand, so that is measured by itself.

`run()` returns the rows; Django must be set up. It makes a database file of its own, and takes about a minute.
"""

import time

from django.test import override_settings

from requests_app.models import Organisation
from requests_app.tracking.dashboard import work_out
from tests.bench.request_list import MANY, database, organisation_with, row_of
from tests.bench.row import Row

FEW = 100


def run() -> list[Row]:
    """Measure the page of both organisations in turn, then working the figures out, and return a row for each."""
    with database(), override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        clients = {name: organisation_with(name, number) for name, number in (("few", FEW), ("many", MANY))}
        return [row_of("dashboard", clients, "?period=all", "dashboard/", FEW), _working_out()]


def _working_out() -> Row:
    """Return how long the clock takes to work the figures out, which no page waits for but the very first."""
    times = {}
    for slug in ("few", "many"):
        organisation = Organisation.objects.get(slug=slug)
        started = time.perf_counter()
        work_out(organisation, "all")
        times[slug] = (time.perf_counter() - started) * 1000
    return {
        "name": "dashboard, working it out",
        "value": round(times["many"]),
        "unit": f"ms with {MANY:,} requests",
        "reference": f"with {FEW}: {times['few']:.0f} ms",
        "ratio": None,
        "aim": "no page waits for it",
    }
