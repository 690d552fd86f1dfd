"""How far campaigns are: their requests by status and outcome, and what their drafts lack."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.drafting.gaps import DONE_OUTCOMES
from requests_app.drafting.requests import main_output
from requests_app.drafting.values import ValuesRefused, check_values, fields_for
from requests_app.models import Campaign, OptOutRequest, Outcome, ProcedureVersion, Status
from requests_app.tracking.charts import Part, Row, parts_of

MOST_LOOKED_AT = 500  # drafts whose values are checked while somebody waits
Numbers = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Line:
    """So many requests in one state, and what the list is narrowed by to show them."""

    status: str
    outcome: str
    label: Any
    count: int

    @property
    def query(self) -> str:
        """The filter of the list."""
        return f"outcome={self.outcome}" if self.outcome else f"status={self.status}"


@dataclass(frozen=True)
class Figures:
    """How many requests of one campaign are where."""

    numbers: Numbers

    @property
    def total(self) -> int:
        return sum(self.numbers.values())

    @property
    def drafts(self) -> int:
        return self.numbers.get((Status.DRAFT, ""), 0)

    @property
    def lines(self) -> list[Line]:
        """Each state that a request is in, in the order of a request's life."""
        states: list[tuple[str, str, Any]] = [(status, "", status.label) for status in Status]
        states = states[:-1] + [(Status.CLOSED, outcome, outcome.label) for outcome in Outcome]
        return [
            Line(status, outcome, label, number)
            for status, outcome, label in states
            if (number := self.numbers.get((status, outcome), 0))
        ]

    @property
    def groups(self) -> list[tuple[int, str, str]]:
        """The four groups of the bar: how many, the class of its colour, and what it is called."""
        done = sum(self.numbers.get((Status.CLOSED, outcome), 0) for outcome in DONE_OUTCOMES)
        closed = sum(number for (status, _outcome), number in self.numbers.items() if status == Status.CLOSED)
        under_way = self.total - self.drafts - closed
        return [
            (done, "done", _("Settled")),
            (under_way, "in_progress", _("Under way")),
            (self.drafts, "open", _("Drafts")),
            (closed - done, "cannot", _("Ended otherwise")),
        ]

    @property
    def bar(self) -> list[Part]:
        """The pieces of the bar, all of its width."""
        return parts_of(Row("", "", self.groups), self.total or 1)


def figures_of(campaigns: Iterable[Campaign]) -> dict[int, Figures]:
    """Return the figures of each campaign; takes one query, read off an index."""
    numbers: dict[int, dict[tuple[str, str], int]] = {campaign.pk: {} for campaign in campaigns}
    rows = OptOutRequest.objects.filter(campaign__in=list(numbers)).order_by()
    for key, status, outcome, number in rows.values_list("campaign", "status", "outcome").annotate(Count("pk")):
        numbers[key][status, outcome] = number
    return {key: Figures(found) for key, found in numbers.items()}


@dataclass(frozen=True)
class Lack:
    """A field that is missing or wrong in so many drafts of one procedure, and one of these drafts."""

    procedure: Mapping[str, str]
    label: Mapping[str, str]
    count: int
    example: int


@dataclass(frozen=True)
class Missing:
    """What the drafts lack before they can go out; `looked_at` of all of them were checked."""

    looked_at: int
    incomplete: int
    lacks: list[Lack]


def missing_in(campaign: Campaign) -> Missing:
    """Return what is missing or wrong in the values of the campaign's first drafts; takes two queries."""
    rows = OptOutRequest.objects.filter(campaign=campaign, status=Status.DRAFT).order_by("pk")
    drafts = list(rows.values_list("pk", "version", "values")[:MOST_LOOKED_AT])
    versions = ProcedureVersion.objects.in_bulk({version for _pk, version, _values in drafts})
    snapshots = {key: Snapshot(version.content) for key, version in versions.items()}
    counted: Counter[tuple[int, str]] = Counter()
    examples: dict[tuple[int, str], int] = {}
    incomplete = 0
    for pk, version, values in drafts:
        lacking = _lacking(snapshots[version], values)
        incomplete += bool(lacking)
        for name in lacking:
            counted[version, name] += 1
            examples.setdefault((version, name), pk)
    lacks = [
        _lack(snapshots[version], name, number, examples[version, name])
        for (version, name), number in counted.most_common()
    ]
    return Missing(len(drafts), incomplete, lacks)


def _lacking(snapshot: Snapshot, values: Mapping[str, str]) -> set[str]:
    try:
        check_values(snapshot, values, main_output(snapshot))
    except ValuesRefused as refusal:
        return {problem.field for problem in refusal.problems}
    return set()


def _lack(snapshot: Snapshot, name: str, number: int, example: int) -> Lack:
    labels = {field.name: field.label for field in fields_for(snapshot)}
    return Lack(snapshot.optout["title"], labels.get(name, {"en": name}), number, example)
