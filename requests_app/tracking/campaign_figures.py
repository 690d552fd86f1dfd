"""How far campaigns are: their requests by status and outcome, and what their drafts lack."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.delivery.handover import How
from requests_app.drafting.gaps import DONE_OUTCOMES
from requests_app.drafting.values import labels_of
from requests_app.models import Campaign, OptOutRequest, Outcome, Status
from requests_app.tracking.charts import Part, Row, parts_of
from requests_app.tracking.ready import Ready

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
    label: str
    count: int
    example: int


@dataclass(frozen=True)
class Readiness:
    """How the drafts will go out, and what they lack before that; `looked_at` of all of them were checked.

    `by_mail` of them go by e-mail and lack nothing; `by_hand` lack nothing either, and go another way.
    """

    looked_at: int
    by_mail: int
    by_hand: int
    lacks: list[Lack]

    @property
    def incomplete(self) -> int:
        """How many lack something."""
        return self.looked_at - self.by_mail - self.by_hand

    @property
    def may_be_sent(self) -> bool:
        """Whether some can be sent, as far as that is known: beyond those that were looked at there may be more."""
        return self.by_mail > 0 or self.looked_at == MOST_LOOKED_AT


def readiness_of(campaign: Campaign) -> Readiness:
    """Return how the campaign's first drafts will go out and what they lack; takes two queries."""
    rows = OptOutRequest.objects.filter(campaign=campaign, status=Status.DRAFT).order_by("pk")
    drafts = rows.only("version_id", "values", "subject", "body").prefetch_related("version")[:MOST_LOOKED_AT]
    ready = Ready()
    ways: Counter[bool] = Counter()
    counted: Counter[tuple[int, str]] = Counter()
    examples: dict[tuple[int, str], OptOutRequest] = {}
    for row in drafts:
        lacking = {problem.field for problem in ready.problems_of(row)}
        if not lacking:
            ways[ready.way_of(row) == How.EMAIL] += 1
        for name in lacking:
            counted[row.version_id, name] += 1
            examples.setdefault((row.version_id, name), row)
    lacks = [
        _lack(ready.procedure_of(examples[key]), key[1], number, examples[key].pk)
        for key, number in counted.most_common()
    ]
    return Readiness(len(drafts), ways[True], ways[False], lacks)


def _lack(snapshot: Snapshot, name: str, number: int, example: int) -> Lack:
    return Lack(snapshot.optout["title"], labels_of(snapshot).get(name, name), number, example)
