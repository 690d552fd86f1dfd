"""The catalogue page with 5,000 vendors against the same page with 50: the time should not grow with the catalogue.

`run()` returns the rows; Django must be set up. It makes a test database of its own, and takes half a minute.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.test import Client, override_settings

from requests_app.models import Membership, Organisation, Procedure, Role, User, Vendor
from tests.bench.row import Row

FEW, MANY, ROUNDS = 50, 5_000, 40
COPY = "few"
PAGES = {
    "catalogue page": "",
    "catalogue search, many found": "?q=training+customer",
    "catalogue search, one found": "?q=vendor-0007",
}
CHANNELS = ("email", "form", "admin_setting", "user_setting", "statement")
# As long as the search text of a shipped procedure is on average.
FILLER = " ".join(f"fact {n} about the use of customer content" for n in range(8))


def run() -> list[Row]:
    """Measure each page with few and with many vendors in turn.

    Times are medians; a ratio is the median of the rounds' ratios, so that what else the machine does weighs little.
    """
    with database(), override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = signed_in()
        add_vendors(0, FEW)
        with copy_of_database() as few:
            add_vendors(FEW, MANY)
            return [measured(name, client, query, few) for name, query in PAGES.items()]


@contextmanager
def database() -> Iterator[None]:
    """Give the connection a new database with all tables, and take it away again."""
    real_name = str(connection.settings_dict["NAME"])
    with TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = f"{folder}/many.sqlite3"
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(real_name, verbosity=0)


@contextmanager
def copy_of_database() -> Iterator[dict[str, Any]]:
    """Copy the database as it is now and return the settings of the copy."""
    connection.close()
    connection.creation.clone_test_db(COPY, verbosity=0, autoclobber=True)
    try:
        yield connection.creation.get_test_db_clone_settings(COPY)
    finally:
        connection.creation.destroy_test_db(verbosity=0, suffix=COPY)


@contextmanager
def connected_to(other: dict[str, Any]) -> Iterator[None]:
    """Use the other database meanwhile."""
    own = connection.settings_dict
    connection.close()
    connection.settings_dict = other
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = own


def signed_in() -> Client:
    """Return a browser in which an admin of a new organisation is signed in."""
    organisation = Organisation.objects.create(name="Acme GmbH", slug="acme", setup_done=True)
    user = User.objects.create_user("jane.doe@example.org", name="Jane Doe")
    Membership.objects.create(organisation=organisation, user=user, role=Role.ADMIN)
    client = Client()
    client.force_login(user)
    return client


def add_vendors(start: int, stop: int) -> None:
    """Make vendors with these numbers and a procedure each."""
    names = [f"vendor-{number:04}" for number in range(start, stop)]
    Vendor.objects.bulk_create(
        Vendor(slug=name, name=name, website=f"https://{name}.example.com", content={}, search_text=name)
        for name in names
    )
    Procedure.objects.bulk_create(
        _procedure(vendor, number) for number, vendor in enumerate(Vendor.objects.filter(procedures=None))
    )


def _procedure(vendor: Vendor, number: int) -> Procedure:
    return Procedure(
        vendor=vendor,
        slug="training",
        title={"en": "Model training"},
        product=f"Product {number}",
        channel=CHANNELS[number % len(CHANNELS)],
        default_state="opted_in_by_default",
        submitter="admin",
        plans="Free|Pro" if number % 4 == 0 else "",
        scope_unit="workspace",
        confidence="high",
        verified_on=date(2026, 11, 1),
        search_text=f"{vendor.slug} model training on customer data. {FILLER}",
    )


def milliseconds(client: Client, query: str) -> float:
    """Return how long the page takes, in milliseconds, once the connection has been used."""
    for _warm_up in range(2):
        started = time.perf_counter()
        response = client.get(f"/o/acme/catalogue/{query}")
        taken = (time.perf_counter() - started) * 1000
    if response.status_code != 200 or b"Model training" not in response.content:
        raise RuntimeError(f"The page {query!r} shows no procedure.")
    return taken


def measured(name: str, client: Client, query: str, few: dict[str, Any]) -> Row:
    """Return the figures of one page."""
    rounds = []
    for _round in range(ROUNDS):
        many_time = milliseconds(client, query)
        with connected_to(few):
            rounds.append((many_time, milliseconds(client, query)))
    few_time = statistics.median(time for _many, time in rounds)
    return {
        "name": name,
        "value": round(statistics.median(many for many, _few in rounds), 2),
        "unit": f"ms with {MANY:,} vendors",
        "reference": f"the same with {FEW}: {few_time:.2f} ms",
        "ratio": round(statistics.median(many / few for many, few in rounds), 3),
        "aim": "<= 1.5",
    }
