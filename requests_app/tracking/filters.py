"""What narrows the list of requests: the filters of its address, each checked, and the rows that they leave."""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from requests_app.access import visible_procedures
from requests_app.catalogue.words import CHANNELS
from requests_app.models import OptOutRequest, Organisation, Outcome, Status, Workspace
from requests_app.tracking.needs import NEEDS, Whose, needing, not_snoozed, overdue

LARGEST = 2**63 - 1  # what a column of keys can hold

# Each order is read off an index of models/request.py.
ORDERS: dict[str, tuple[str, ...]] = {
    "new": ("-pk",),
    "old": ("pk",),
    "changed": ("-updated_at", "-pk"),
    "due": ("answer_by", "-pk"),
}
# The words that a filter knows; the rest are keys, days and text.
WORDS: Mapping[str, Iterable[str]] = {
    "needs": NEEDS,
    "status": Status.values,
    "outcome": Outcome.values,
    "answer": ("overdue",),
    "snoozed": ("yes", "no"),
    "channel": tuple(CHANNELS),
    "sort": tuple(ORDERS),
}
KEYS = ("vendor", "workspace", "procedure", "campaign")
DAYS = ("due_before", "sent_from", "sent_until")
# In this order they stand in an address that is kept.
NAMES = ("q", "needs", "status", "outcome", "answer", "due_before", "sent_from", "sent_until", "snoozed", "vendor",
         "workspace", "procedure", "campaign", "channel", "responsible", "only", "sort")  # fmt: skip
# Requests that were ticked one by one, and the characters of their keys: more would not fit into an address.
MOST_TICKED, LONGEST_TICKED = 100, 800
# Stands in an address that is kept for a value that cannot be read: nothing is found by it there, either.
UNREADABLE = "?"
FOLDED = ("outcome", "channel", "answer", "snoozed", "campaign", *DAYS)


@dataclass(frozen=True)
class Filters:
    """What stands in the URL, each value checked: by one that cannot be read nothing is found, an unknown name is none.

    `person` is the key of whoever looks, for filters that say "me".
    """

    given: Mapping[str, str]
    person: int | None = None

    def key(self, name: str) -> int | None:
        """Return the key of a row, or None."""
        return whole_number(self.given.get(name, ""))

    def word(self, name: str, known: Any) -> str:
        """Return the value if it is one of the known ones, else an empty string."""
        text = self.given.get(name, "")
        return text if text in set(known) else ""

    def day(self, name: str) -> datetime.date | None:
        """Return the day, written as 2026-11-24, or None."""
        text = self.given.get(name, "")
        try:
            return datetime.date.fromisoformat(text) if len(text) == len("2026-11-24") else None
        except ValueError:
            return None

    @property
    def ticked(self) -> list[int]:
        """The keys of requests that were ticked one by one, written as 12-15-99; none where one cannot be read."""
        text = self.given.get("only", "")
        texts = text.split("-") if len(text) <= LONGEST_TICKED else []
        keys = whole_numbers(texts)
        return keys if len(keys) == len(texts) <= MOST_TICKED else []

    @property
    def search(self) -> str:
        """The text to search for; no database stores NUL, so nothing is found by it."""
        return self.given.get("q", "").replace("\0", "").strip()[:200]

    @property
    def are_set(self) -> bool:
        """Whether anything narrows the list."""
        return any(value for name, value in self.given.items() if name not in ("sort", "page"))

    @property
    def unreadable(self) -> list[str]:
        """The filters whose value cannot be read: no key, no day, no word that is known."""
        names = (name for name in NAMES if name not in ("q", "sort"))
        return [name for name in names if self.given.get(name) and not self._checked(name)]

    @property
    def has_more(self) -> bool:
        """Whether one of the filters is set that stand folded away."""
        return any(self._checked(name) for name in FOLDED)

    @property
    def due_before(self) -> str:
        """The day before which the answer is due, as a date field of a page shows it."""
        return self._checked("due_before")

    @property
    def sent_from(self) -> str:
        """The first day of the period in which a request was handed over, in the same way."""
        return self._checked("sent_from")

    @property
    def sent_until(self) -> str:
        """The last day of that period."""
        return self._checked("sent_until")

    def _checked(self, name: str) -> str:
        if name == "q":
            return self.search
        if name in WORDS:
            return self.word(name, WORDS[name])
        if name in DAYS:
            return str(self.day(name) or "")
        if name == "only":
            return "-".join(map(str, self.ticked))
        if name == "responsible" and (word := self.word(name, ("me", "nobody"))):
            return word
        return str(self.key(name) or "")

    @property
    def query(self) -> str:
        """The known filters as they stand in an address, in one order, without what is usual: what is kept of them."""
        found = {name: self._checked(name) for name in NAMES} | dict.fromkeys(self.unreadable, UNREADABLE)
        return urlencode({name: value for name, value in found.items() if value and (name, value) != ("sort", "new")})


def whole_number(text: str) -> int | None:
    """Return the number that the text is, if a column of keys can hold it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST else None


def whole_numbers(texts: Iterable[str]) -> list[int]:
    """Return those of the texts that are such numbers."""
    return [number for text in texts if (number := whole_number(text)) is not None]


def requests_for(organisation: Organisation, filters: Filters) -> QuerySet[OptOutRequest]:
    """Return the requests that the filters leave, in the order asked for; none where one of them cannot be read."""
    rows = OptOutRequest.objects.filter(organisation=organisation)
    if filters.unreadable:
        return rows.none()
    for name in ("status", "outcome"):
        if word := filters.word(name, WORDS[name]):
            rows = rows.filter(**{name: word})
    rows = _by_time(rows, filters, Whose(organisation, filters.person, organisation.today()))
    rows = _by_others(rows, filters, organisation)
    if filters.ticked:
        rows = rows.filter(pk__in=filters.ticked)
    if filters.search:
        rows = rows.filter(pk__in=_found(organisation, filters.search))
    order = filters.word("sort", ORDERS) or "new"
    if order == "due":
        rows = rows.filter(answer_by__isnull=False)
    return rows.order_by(*ORDERS[order])


def _by_time(rows: QuerySet[OptOutRequest], filters: Filters, whose: Whose) -> QuerySet[OptOutRequest]:
    if filters.word("answer", WORDS["answer"]):
        rows = overdue(rows, whose.day)
    if day := filters.day("due_before"):
        rows = rows.exclude(status=Status.CLOSED).filter(answer_by__lt=day)
    if day := filters.day("sent_from"):
        rows = rows.filter(submitted_on__gte=day)
    if day := filters.day("sent_until"):
        rows = rows.filter(submitted_on__lte=day)
    snoozed = filters.word("snoozed", WORDS["snoozed"])
    if snoozed == "yes":
        rows = rows.filter(snoozed_until__gt=whose.day)
    if snoozed == "no":
        rows = not_snoozed(rows, whose.day)
    if need := filters.word("needs", NEEDS):
        rows = needing(rows, need, whose)
    return rows


def _by_others(rows: QuerySet[OptOutRequest], filters: Filters, organisation: Organisation) -> QuerySet[OptOutRequest]:
    for name in ("workspace", "procedure", "campaign"):
        if key := filters.key(name):
            rows = rows.filter(**{name: key})
    if responsible := filters.key("responsible"):
        rows = rows.filter(responsible=responsible)
    elif word := filters.word("responsible", ("me", "nobody")):
        rows = rows.filter(responsible=filters.person if word == "me" else None)
    if vendor := filters.key("vendor"):
        rows = rows.filter(workspace__in=_keys(Workspace.objects.filter(organisation=organisation, vendor=vendor)))
    if channel := filters.word("channel", CHANNELS):
        rows = rows.filter(procedure__in=_keys(visible_procedures(organisation).filter(channel=channel)))
    return rows


def _found(organisation: Organisation, search: str) -> QuerySet[Any]:
    """Return the keys of requests found by reference, vendor, workspace, subject or what their procedure is about.

    A union: each part is read off an index of its own, where one condition for all of them would look at every row.
    """
    workspaces = Workspace.objects.filter(organisation=organisation).filter(
        Q(name__icontains=search) | Q(vendor__name__icontains=search)
    )
    procedures = visible_procedures(organisation).filter(search_text__contains=search.casefold())
    rows = OptOutRequest.objects.filter(organisation=organisation)
    return _keys(rows.filter(workspace__in=_keys(workspaces))).union(
        _keys(rows.filter(procedure__in=_keys(procedures))),
        _keys(rows.filter(reference__in=references_in(search, organisation))),
        _keys(rows.filter(subject__gt="", subject__icontains=search)),
    )


def references_in(search: str, organisation: Organisation) -> list[str]:
    """Return the references that the text can mean: a whole one, without OPT, or the number alone.

    Whole references are looked up in their index; a part of one would have to be looked for in every row.
    """
    found = re.fullmatch(r"(?:OPT-)?(?:([0-9]{4})-)?([0-9]{1,6})", search, re.IGNORECASE | re.ASCII)
    if not found:
        return []
    years = [found[1]] if found[1] else sorted(organisation.last_reference)
    return [f"OPT-{year}-{int(found[2]):06}" for year in years]


def _keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().values("pk")
