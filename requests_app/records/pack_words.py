"""What the index of a pack says: what it holds, how it was chosen, how much of it ended how, and a line a request."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.access import visible_procedures, visible_vendors
from requests_app.catalogue.words import CHANNELS, word
from requests_app.models import Campaign, OptOutRequest, Organisation, Outcome, Status, User, Workspace
from requests_app.tracking.filters import Filters
from requests_app.tracking.needs import NEEDS
from requests_app.tracking.saved_views import given_by

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """One request in the index; days are empty where there is none, `is_late` where it changed after the checkpoint."""

    reference: str
    vendor: str
    workspace: str
    status: str
    outcome: str
    sent: datetime.date | None
    closed: datetime.date | None
    sha256: str
    is_late: bool

    @property
    def record_name(self) -> str:
        """Where its record is in the pack."""
        return f"records/{self.reference}.pdf"

    @property
    def state(self) -> str:
        """Where the request stands, in words."""
        status = str(Status(self.status).label)
        return f"{status}: {Outcome(self.outcome).label}" if self.outcome else status


@dataclass
class VendorLine:
    """How much of one vendor is in the pack; closed and confirmed are counts of requests."""

    vendor: str
    workspaces: set[str] = field(default_factory=set)
    requests: int = 0
    closed: int = 0
    confirmed: int = 0


def line_of(found: OptOutRequest, sha256: str, *, is_late: bool) -> Line:
    """Return the line of a request whose sealed record has that SHA-256."""
    return Line(
        found.reference,
        found.procedure.vendor.name,
        found.workspace.name,
        found.status,
        found.outcome,
        found.submitted_on,
        found.closed_on,
        sha256,
        is_late,
    )


def counts_of(lines: Iterable[Line]) -> dict[str, Any]:
    """Return how many requests have each status, outcome and vendor, the most first among vendors."""
    lines = list(lines)
    statuses, outcomes = Counter(line.status for line in lines), Counter(line.outcome for line in lines)
    return {
        "statuses": [(status.label, statuses[status]) for status in Status if statuses[status]],
        "outcomes": [(outcome.label, outcomes[outcome]) for outcome in Outcome if outcomes[outcome]],
        "vendors": _vendors(lines),
    }


def _vendors(lines: Iterable[Line]) -> list[VendorLine]:
    found: dict[str, VendorLine] = {}
    for line in lines:
        row = found.setdefault(line.vendor, VendorLine(line.vendor))
        row.workspaces.add(line.workspace)
        row.requests += 1
        row.closed += line.status == Status.CLOSED
        row.confirmed += line.outcome in (Outcome.CONFIRMED, Outcome.PARTLY_CONFIRMED)
    return sorted(found.values(), key=lambda row: (-row.requests, row.vendor))


def period_of(lines: Iterable[Line]) -> str:
    """Return the first and the last day on which one of the requests was handed over."""
    days = sorted(line.sent for line in lines if line.sent)
    if not days:
        return ""
    return _("{first} to {last}").format(first=days[0], last=days[-1]) if days[0] != days[-1] else str(days[0])


def left_out_words(number: int) -> str:
    """Return how many drafts the list has that are not in the pack, as a sentence; empty where there are none."""
    if not number:
        return ""
    return ngettext(
        "{number} draft of the list is left out: it was never handed over and has no reference.",
        "{number} drafts of the list are left out: they were never handed over and have no reference.",
        number,
    ).format(number=number)


def late_words(lines: Iterable[Line]) -> str:
    """Return which requests changed while the pack was made, as a sentence; empty where none did."""
    late = [line.reference for line in lines if line.is_late]
    if not late:
        return ""
    return _(
        "While this pack was made something more happened in {references}. That is not in the history of their records."
    ).format(references=", ".join(late))


def chosen_by(organisation: Organisation, filters: Filters) -> Pairs:
    """Return what narrows the list, each filter with its value in words; empty for the whole organisation."""
    me = str(filters.person)
    named: list[tuple[str, Any, Callable[[str], str]]] = [
        ("campaign", _("Campaign"), _named(Campaign.objects.filter(organisation=organisation))),
        ("vendor", _("Vendor"), _named(visible_vendors(organisation))),
        ("sent_from", _("Handed over from"), str),
        ("sent_until", _("Handed over until"), str),
        ("workspace", _("Workspace"), _named(Workspace.objects.filter(organisation=organisation))),
        ("procedure", _("Procedure"), _named(visible_procedures(organisation))),
        ("q", _("Search"), str),
        ("status", _("Status"), lambda value: str(Status(value).label)),
        ("outcome", _("Outcome"), lambda value: str(Outcome(value).label)),
        ("channel", _("Channel"), lambda value: word(CHANNELS, value)),
        ("responsible", _("Responsible"), lambda value: _person(me if value == "me" else value)),
        ("needs", _("Needs"), lambda value: _person(me) if value == "me" else str(NEEDS[value])),
        ("only", _("Ticked one by one"), lambda value: _requests(len(value.split("-")))),
        ("answer", _("Answer"), lambda _value: _("Overdue")),
        ("due_before", _("Answer due before"), str),
        ("snoozed", _("Put off"), lambda value: _("Put off") if value == "yes" else _("Not put off")),
        ("sort", _("Answer due"), lambda _value: _("Only requests that an answer is due for")),
    ]
    given = dict(given_by(filters.query))
    if given.get("sort") != "due":  # The only order that leaves something out.
        given.pop("sort", None)
    return [(str(label), say(given[name])) for name, label, say in named if name in given]


def _named(rows: Any) -> Callable[[str], str]:
    """Return what finds the name of a row by its key; one that is not there is shown by its key."""
    return lambda key: str(rows.filter(pk=key).first() or key)


def _requests(number: int) -> str:
    return ngettext("{number} request", "{number} requests", number).format(number=number)


def _person(value: str) -> str:
    if value == "nobody":
        return _("Nobody")
    return str(User.objects.filter(pk=value).first() or value) if value.isdigit() else value
