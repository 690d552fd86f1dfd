"""What needs a person today: a few questions to the database, each answered with a count and the first rows."""

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue.procedure import AGEING_DAYS
from requests_app.delivery.holding import held_because
from requests_app.drafting.gaps import State
from requests_app.intake.listing import first_waiting
from requests_app.models import (
    FollowUp,
    FollowUpState,
    InboundMail,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    Procedure,
    SendState,
    Status,
    Waits,
    Workspace,
)
from requests_app.models.status import AWAITS_ANSWER, HOLDS
from requests_app.tracking.coverage import pairs
from requests_app.tracking.version_changes import concerned

SHOWN = 5
MOST_COUNTED = 999
# What the list of requests can be narrowed to: all that needs whoever looks, or one thing of it.
NEEDS = {
    "me": _("Me"),
    "follow_up": _("Follow-up to send"),
    "approval": _("Approval of a mail"),
    "unsent": _("Mail that was not sent"),
    "bounced": _("Mail that came back"),
    "reverification": _("To be checked again"),
    "changed": _("Procedure has changed"),
    "new_version": _("Draft of an old version"),
}
UNSENT = (SendState.FAILED, SendState.UNKNOWN)


@dataclass(frozen=True)
class Whose:
    """Of which organisation and, where only that counts, of which person, on which day there."""

    organisation: Organisation
    person: int | None
    day: datetime.date


@dataclass(frozen=True)
class Found:
    """How many there are, counted up to MOST_COUNTED and one, and the first of them."""

    count: int
    rows: list[Any]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)

    @property
    def words(self) -> str:
        """The number as the page says it: beyond MOST_COUNTED nobody counts on a page that is to come at once."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


@dataclass(frozen=True)
class Needs:
    """All that the page of today shows."""

    day: datetime.date
    # Why no mail of the organisation leaves; empty where it does.
    mail_held: str
    mail: Found
    overdue: Found
    action_needed: Found
    follow_ups: Found
    approvals: Found
    unsent: Found
    bounced: Found
    reverifications: Found
    changed: Found
    drafts: Found
    outdated: Found
    gaps: Found
    stale: Found
    has_workspaces: bool

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not self.mail_held and not any(found.count for found in vars(self).values() if isinstance(found, Found))


def needs_of(organisation: Organisation, person: int | None = None) -> Needs:
    """Return what the organisation, or that person in it, has to see to today, in the organisation's time zone."""
    day = organisation.today()
    requests = OptOutRequest.objects.filter(organisation=organisation)
    workspaces = Workspace.objects.filter(organisation=organisation, retired_at=None)
    if person:
        requests, workspaces = requests.filter(responsible=person), workspaces.filter(responsible=person)
    awake, whose = not_snoozed(requests, day), Whose(organisation, person, day)
    return Needs(
        day=day,
        mail_held=held_because(organisation),
        mail=Found(*first_waiting(organisation, SHOWN)),
        overdue=_requests(overdue(awake, day).order_by("answer_by", "pk")),
        action_needed=_requests(awake.filter(status=Status.ACTION_NEEDED).order_by("pk")),
        **{
            name: _requests(needing(requests, need, whose).order_by("pk"))
            for name, need in (
                ("follow_ups", "follow_up"),
                ("approvals", "approval"),
                ("unsent", "unsent"),
                ("bounced", "bounced"),
                ("reverifications", "reverification"),
                ("changed", "changed"),
                ("outdated", "new_version"),
            )
        },
        drafts=_requests(requests.filter(status=Status.DRAFT).order_by("pk")),
        gaps=_gaps(organisation, workspaces if person else None),
        stale=_stale(requests, day),
        has_workspaces=Workspace.objects.filter(organisation=organisation, retired_at=None).exists(),
    )


def needing(rows: QuerySet[OptOutRequest], need: str, whose: Whose) -> QuerySet[OptOutRequest]:
    """Return the requests that have this need, one of NEEDS; each is read off an index of its own."""
    if need == "me":
        return _needing(rows.filter(responsible=whose.person), whose.day)
    if need == "reverification":
        few = not_snoozed(_few(rows, whose, reverify_on__lte=whose.day), whose.day)
        return few.filter(status=Status.CLOSED, outcome__in=HOLDS)
    if need == "follow_up":
        return not_snoozed(rows, whose.day).filter(pk__in=_follow_ups(whose.organisation).values("request"))
    if need in ("changed", "new_version"):
        few = _few(rows, whose, changed_version__isnull=False)
        return concerned(few) if need == "changed" else outdated(few)
    return rows.filter(pk__in=_mail_with(need, whose.organisation).values("request"))


def _few(rows: QuerySet[OptOutRequest], whose: Whose, **rare: Any) -> QuerySet[OptOutRequest]:
    """Return those rows for which this rare thing holds, which an index of nothing else finds before all others."""
    found = OptOutRequest.objects.filter(organisation=whose.organisation, **rare)
    return rows.filter(pk__in=found.order_by().values("pk"))


def _follow_ups(organisation: Organisation) -> QuerySet[FollowUp]:
    """Return what waits to be sent once more, where the request has not gone on since."""
    waiting = FollowUp.objects.filter(organisation=organisation, state=FollowUpState.WAITING)
    same = waiting.filter(reminder__clock_event=F("request__clock_event"), request__paused_on=None)
    return same.filter(request__status__in=(*AWAITS_ANSWER, Status.CLOSED))


def _mail_with(need: str, organisation: Organisation) -> QuerySet[Any]:
    """Return the mail that waits for a second person, that did not leave, or that came back."""
    if need == "bounced":
        return InboundMail.objects.filter(organisation=organisation, waits=Waits.BOUNCED, request__isnull=False)
    states = (SendState.WAITING,) if need == "approval" else UNSENT
    return OutgoingMail.objects.filter(organisation=organisation, state__in=states)


def _needing(mine: QuerySet[OptOutRequest], day: datetime.date) -> QuerySet[OptOutRequest]:
    """Return those of a person's requests that need the person: to be sent, answered, chased or looked at again."""
    due = Q(status__in=AWAITS_ANSWER, answer_by__lt=day)
    again = Q(status=Status.CLOSED, outcome__in=HOLDS, reverify_on__lte=day)
    changed = ~Q(status=Status.CLOSED) | Q(outcome__in=HOLDS)
    todo = Q(status__in=(Status.DRAFT, Status.ACTION_NEEDED))
    return not_snoozed(mine, day).filter(todo | due | again | (changed & Q(changed_version__isnull=False)))


def not_snoozed(requests: QuerySet[OptOutRequest], day: datetime.date) -> QuerySet[OptOutRequest]:
    """Return what nobody has put off beyond that day."""
    return requests.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=day))


def overdue(requests: QuerySet[OptOutRequest], day: datetime.date) -> QuerySet[OptOutRequest]:
    """Return the requests whose answer was due before that day."""
    return requests.filter(status__in=AWAITS_ANSWER, answer_by__lt=day)


def outdated(requests: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return the drafts of a procedure that has changed since, as the clock has marked them."""
    return requests.filter(status=Status.DRAFT, changed_version__gt=F("version__number"))


def _requests(rows: QuerySet[OptOutRequest]) -> Found:
    shown = rows.select_related("workspace__vendor", "procedure", "responsible").defer(
        "values", "body", "snapshot", "procedure__search_text", "workspace__vendor__content"
    )
    return _found(rows, shown)


def _found(rows: QuerySet[Any], shown: QuerySet[Any]) -> Found:
    """Return the first rows, and count only where there are more, and no further than the page says."""
    first = list(shown[: SHOWN + 1])
    count = len(first) if len(first) <= SHOWN else rows.order_by()[: MOST_COUNTED + 1].count()
    return Found(count, first[:SHOWN])


def _gaps(organisation: Organisation, workspaces: QuerySet[Workspace] | None) -> Found:
    """Return the workspaces with the most open opt-outs as (workspace, number), and how many are open in all."""
    rows = pairs(organisation).filter(state=State.OPEN)
    if workspaces is not None:
        rows = rows.filter(workspace_pk__in=workspaces.order_by().values("pk"))
    numbers = Counter(dict(rows.order_by().values_list("workspace_pk").annotate(Count("pk"))))
    top = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    found = Workspace.objects.select_related("vendor").defer("vendor__content").in_bulk([pk for pk, _ in top])
    return Found(numbers.total(), [(found[pk], number) for pk, number in top])


def _stale(requests: QuerySet[OptOutRequest], day: datetime.date) -> Found:
    """Return the procedures that requests under way or confirmed rest on and whose sources were read long ago."""
    limit = day - datetime.timedelta(days=AGEING_DAYS)
    used = requests.filter(~Q(status=Status.CLOSED) | Q(outcome__in=HOLDS))
    rows = Procedure.objects.filter(verified_on__lt=limit, retired_at=None)
    rows = rows.filter(Exists(used.filter(procedure=OuterRef("pk")).order_by()))
    shown = rows.select_related("vendor").defer("search_text", "vendor__content").order_by("verified_on", "pk")
    return _found(rows, shown)
