"""What needs a person today: a few questions to the database, each answered with a count and the first rows."""

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from requests_app.catalogue.procedure import AGEING_DAYS
from requests_app.drafting.gaps import State
from requests_app.models import OptOutRequest, Organisation, Outcome, Procedure, SendState, Status, Workspace
from requests_app.tracking.coverage import pairs

SHOWN = 5
AWAITS_ANSWER = (Status.SUBMITTED, Status.ACKNOWLEDGED)


@dataclass(frozen=True)
class Found:
    """How many there are, and the first of them."""

    count: int
    rows: list[Any]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Needs:
    """All that the page of today shows."""

    day: datetime.date
    overdue: Found
    action_needed: Found
    approvals: Found
    drafts: Found
    outdated: Found
    gaps: Found
    stale: Found
    has_workspaces: bool

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not any(
            found.count
            for found in (
                self.overdue,
                self.action_needed,
                self.approvals,
                self.drafts,
                self.outdated,
                self.gaps,
                self.stale,
            )
        )


def needs_of(organisation: Organisation) -> Needs:
    """Return what the organisation has to see to today, in its own time zone."""
    day = organisation.today()
    requests = OptOutRequest.objects.filter(organisation=organisation)
    drafts = requests.filter(status=Status.DRAFT)
    return Needs(
        day=day,
        overdue=_requests(overdue(requests, day).order_by("answer_by", "pk")),
        action_needed=_requests(requests.filter(status=Status.ACTION_NEEDED).order_by("pk")),
        approvals=_requests(requests.filter(outgoing_mail__state=SendState.WAITING).order_by("pk")),
        drafts=_requests(drafts.order_by("pk")),
        outdated=_requests(outdated(drafts).order_by("pk")),
        gaps=_gaps(organisation),
        stale=_stale(organisation, day),
        has_workspaces=Workspace.objects.filter(organisation=organisation, retired_at=None).exists(),
    )


def overdue(requests: QuerySet[OptOutRequest], day: datetime.date) -> QuerySet[OptOutRequest]:
    """Return the requests whose answer was due before that day."""
    return requests.filter(status__in=AWAITS_ANSWER, answer_by__lt=day)


def outdated(drafts: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return the drafts of a procedure that has changed since."""
    return drafts.annotate(newest=Max("procedure__versions__number")).filter(newest__gt=F("version__number"))


def _requests(rows: QuerySet[OptOutRequest]) -> Found:
    shown = rows.select_related("workspace__vendor", "procedure", "responsible").defer(
        "values", "body", "snapshot", "procedure__search_text", "workspace__vendor__content"
    )
    return _found(rows, shown)


def _found(rows: QuerySet[Any], shown: QuerySet[Any]) -> Found:
    """Return the first rows, and count only where there are more."""
    first = list(shown[: SHOWN + 1])
    count = len(first) if len(first) <= SHOWN else rows.count()
    return Found(count, first[:SHOWN])


def _gaps(organisation: Organisation) -> Found:
    """Return the workspaces with the most open opt-outs as (workspace, number), and how many are open in all."""
    rows = pairs(organisation).filter(state=State.OPEN).order_by().values_list("workspace_pk").annotate(Count("pk"))
    numbers = Counter(dict(rows))
    top = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    workspaces = Workspace.objects.select_related("vendor").defer("vendor__content").in_bulk([pk for pk, _ in top])
    return Found(numbers.total(), [(workspaces[pk], number) for pk, number in top])


def _stale(organisation: Organisation, day: datetime.date) -> Found:
    """Return the procedures that requests under way or confirmed rest on and whose sources were read long ago."""
    limit = day - datetime.timedelta(days=AGEING_DAYS)
    used = OptOutRequest.objects.filter(organisation=organisation).filter(
        ~Q(status=Status.CLOSED) | Q(outcome__in=(Outcome.CONFIRMED, Outcome.PARTLY_CONFIRMED))
    )
    rows = Procedure.objects.filter(verified_on__lt=limit, retired_at=None, pk__in=used.values("procedure"))
    shown = rows.select_related("vendor").defer("search_text", "vendor__content").order_by("verified_on", "pk")
    return _found(rows, shown)
