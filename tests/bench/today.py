"""The page of today of an organisation with 100,000 requests against that of one with 100 in as many workspaces.

`run()` returns the rows; Django must be set up. It makes a database file of its own, and takes about a minute.
"""

from django.test import override_settings

from tests.bench.request_list import MANY, database, organisation_with, row_of
from tests.bench.row import Row

FEW = 100
PAGES = {"today": "", "today, mine": "?who=mine"}


def run() -> list[Row]:
    """Measure each page of both organisations in turn, and return a row for each; times are medians."""
    with database(), override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        clients = {name: organisation_with(name, number) for name, number in (("few", FEW), ("many", MANY))}
        return [row_of(name, clients, query, "", FEW) for name, query in PAGES.items()]
