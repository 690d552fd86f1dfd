"""The request list of an organisation with 100,000 requests against that of one with 50: the time should not grow.

`run()` returns the rows; Django must be set up. It makes a database file of its own, and takes about a minute.
"""

import datetime
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from requests_app.models import (
    EventStream,
    Membership,
    OptOutRequest,
    Organisation,
    Outcome,
    Procedure,
    ProcedureVersion,
    Role,
    Status,
    StreamKind,
    User,
    Vendor,
    Workspace,
)
from tests.bench.row import Row

FEW, MANY, ROUNDS, AIM = 50, 100_000, 25, 1.5
VENDORS, WORKSPACES = 40, 10  # of each vendor, in each organisation
PAGES = {
    "request list": "",
    "request list, one status": "?status=acknowledged",
    "request list, by answer due": "?sort=due",
    "request list, by last change": "?sort=changed",
    "request list, one reference": "?q=OPT-2026-000007",
    "request list, one vendor": "?vendor={vendor}",
    "request list, text search": "?q=vendor-07",
    "request list, needs me": "?needs=me",
    "request list, overdue": "?answer=overdue&sort=due",
}
# About what a frozen request holds.
SNAPSHOT = {"subject": "Opt-out of training", "body": "We instruct you not to use our data. " * 60}
VALUES = {f"field_{number}": "a value as long as an address usually is" for number in range(8)}


def run() -> list[Row]:
    """Measure each page of both organisations in turn, and return a row for each; times are medians."""
    with database(), override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        clients = {name: organisation_with(name, number) for name, number in (("few", FEW), ("many", MANY))}
        vendor = Vendor.objects.order_by("pk")[7].pk
        return [_row(name, clients, query.format(vendor=vendor)) for name, query in PAGES.items()]


@contextmanager
def database() -> Iterator[None]:
    """Give the connection a new database with all tables, in a file where it is SQLite, and take it away again."""
    real_name = str(connection.settings_dict["NAME"])
    with tempfile.TemporaryDirectory(prefix="optout-bench-") as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(real_name, verbosity=0)


def organisation_with(slug: str, number: int) -> Client:
    """Make an organisation with so many requests, and return a browser in which its admin is signed in."""
    organisation = Organisation.objects.create(
        name=slug, slug=slug, setup_done=True, time_zone="Europe/Berlin", last_reference={"2026": number}
    )
    user = User.objects.create_user(f"{slug}@example.org", name="Jane Doe")
    Membership.objects.create(organisation=organisation, user=user, role=Role.ADMIN)
    # So that each page shows fifty rows in both, the few are all of one vendor and one status.
    vendors, statuses = (_vendors(), Status.values) if number > FEW else (_vendors()[7:8], [str(Status.ACKNOWLEDGED)])
    add_requests(_workspaces(organisation, vendors), user, number, statuses)
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _vendors() -> list[Vendor]:
    """Return the vendors, each with one procedure; made once."""
    if not Vendor.objects.exists():
        for number in range(VENDORS):
            name = f"vendor-{number:02}"
            vendor = Vendor.objects.create(
                slug=name, name=name, website="https://example.com", content={}, search_text=name
            )
            procedure = Procedure.objects.create(
                vendor=vendor,
                slug="training",
                channel="email",
                default_state="opted_in_by_default",
                title={"en": "No training on customer content"},
                search_text=f"{name} training on customer content",
            )
            ProcedureVersion.objects.create(
                procedure=procedure, number=1, content={}, content_hash="0" * 64, created_at=timezone.now()
            )
    return list(Vendor.objects.all())


def _workspaces(organisation: Organisation, vendors: list[Vendor]) -> list[Workspace]:
    return Workspace.objects.bulk_create(
        Workspace(organisation=organisation, vendor=vendor, name=f"Team {number}")
        for vendor in vendors
        for number in range(WORKSPACES)
    )


def add_requests(workspaces: list[Workspace], user: User, number: int, statuses: list[str]) -> None:
    """Make so many requests of these states; the same ones each time."""
    organisation = workspaces[0].organisation
    dice = random.Random(number)
    versions = {
        version.procedure.vendor_id: version for version in ProcedureVersion.objects.select_related("procedure")
    }
    kind = StreamKind.REQUEST
    for start in range(0, number, 5_000):
        rows = range(start, min(start + 5_000, number))
        streams = EventStream.objects.bulk_create(
            EventStream(organisation=organisation, kind=kind, name=uuid.uuid4().hex) for _row in rows
        )
        OptOutRequest.objects.bulk_create(
            _request(row, stream, dice.choice(workspaces), versions, user, dice.choice(statuses), dice)
            for row, stream in zip(rows, streams, strict=True)
        )


def _request(
    row: int,
    stream: EventStream,
    workspace: Workspace,
    versions: dict[int, ProcedureVersion],
    user: User,
    status: str,
    dice: random.Random,
) -> OptOutRequest:
    sent = datetime.date(2026, 1, 1) + datetime.timedelta(days=dice.randrange(300))
    version = versions[workspace.vendor_id]
    moment = timezone.now() - datetime.timedelta(minutes=dice.randrange(500_000))
    is_draft = status == Status.DRAFT
    return OptOutRequest(
        organisation=workspace.organisation,
        workspace=workspace,
        procedure=version.procedure,
        version=version,
        stream=stream,
        reference="" if is_draft else f"OPT-2026-{row:06}",
        status=status,
        outcome=dice.choice(Outcome.values) if status == Status.CLOSED else "",
        ground="vendor_choice",
        values=VALUES,
        snapshot=None if is_draft else SNAPSHOT,
        responsible=user,
        created_at=moment,
        updated_at=moment,
        submitted_on=None if is_draft else sent,
        answer_by=None if is_draft else sent + datetime.timedelta(days=14),
    )


def milliseconds(client: Client, slug: str, query: str, page: str = "requests/") -> float:
    """Return the time of one page."""
    started = time.perf_counter()
    response = client.get(f"/o/{slug}/{page}{query}")
    if response.status_code != 200:
        raise RuntimeError(f"{page}{query}: {response.status_code}")
    return (time.perf_counter() - started) * 1000


def _row(name: str, clients: dict[str, Client], query: str) -> Row:
    return row_of(name, clients, query, "requests/", FEW)


def row_of(name: str, clients: dict[str, Client], query: str, page: str, few_are: int) -> Row:
    """Measure the page of the organisations "few" and "many" in turn, and return the row of their medians."""
    times: dict[str, list[float]] = {slug: [] for slug in clients}
    for _round in range(ROUNDS + 2):  # two to warm up
        for slug, client in clients.items():
            times[slug].append(milliseconds(client, slug, query, page))
    few, many = (statistics.median(times[slug][2:]) for slug in ("few", "many"))
    return {
        "name": name,
        "value": round(many, 1),
        "unit": f"ms with {MANY:,} requests",
        "reference": f"with {few_are}: {few:.1f} ms",
        "ratio": round(many / few, 2),
        "aim": f"<= {AIM}",
    }
