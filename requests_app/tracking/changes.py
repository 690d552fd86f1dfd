"""What may happen to a request after it was handed over: each function writes the change and its event together."""

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.drafting.formats import is_written
from requests_app.drafting.requests import snapshot_of
from requests_app.models import (
    Action,
    InboundMail,
    Membership,
    MoveRefused,
    NoticeKind,
    OptOutRequest,
    Outcome,
    Source,
    Status,
    Subject,
    User,
    check_move,
    notify,
    record_event,
)
from requests_app.tracking.clock_moves import CHANGED, moved
from requests_app.tracking.next_action import find_start, set_next_action


def move_request(
    membership: Membership,
    opt_out_request: OptOutRequest,
    status: Status,
    outcome: Outcome | None = None,
    note: str = "",
    *,
    on: datetime.date | None = None,
    source: Source = Source.WEB,
    rests_on: InboundMail | None = None,
) -> OptOutRequest:
    """Move the request, as the table in models.status allows, and return it as it is now.

    `on` is the day on which it happened: today in the organisation's time zone unless given, never a later one;
    `rests_on` is the mail that says so. Raises MoveRefused, with a sentence for the person, when the move is not
    allowed.
    """
    day = on or membership.organisation.today()
    with transaction.atomic():
        locked = locked_request(opt_out_request)
        current = Status(locked.status)
        _check(locked, status, outcome, day)
        find_start(locked)
        locked.status, locked.outcome = status, outcome or ""
        locked.closed_on = day if status is Status.CLOSED else None
        locked.updated_at = timezone.now()
        event = record_event(
            locked.stream,
            _action_of(current, status),
            actor=membership.actor,
            source=source,
            subject=Subject.of(locked),
            detail=_detail(current, status, outcome, day) | ({"mail": rests_on.pk} if rests_on else {}),
            personal={"note": note} if note else None,
            evidence=[rests_on.sha256] if rests_on else (),
        )
        moved(locked, current, day, event)
        locked.save(update_fields=["status", "outcome", "closed_on", "updated_at", *CHANGED])
        set_next_action(locked)
        if outcome is Outcome.REFUSED:
            notify(locked, NoticeKind.REFUSAL)
    return locked


def add_note(
    membership: Membership, opt_out_request: OptOutRequest, text: str, *, source: Source = Source.WEB
) -> OptOutRequest:
    """Add a note to the request's history and return the request; what it says can be erased one day."""
    with transaction.atomic():
        locked = locked_request(opt_out_request)
        locked.updated_at = timezone.now()
        locked.save(update_fields=["updated_at"])
        record_event(
            locked.stream,
            Action.NOTE_ADDED,
            actor=membership.actor,
            source=source,
            subject=Subject.of(locked),
            personal={"note": text},
        )
    return locked


def assign(
    membership: Membership, opt_out_request: OptOutRequest, responsible: User | None, *, source: Source = Source.WEB
) -> OptOutRequest:
    """Make that person, or nobody, responsible for the request and return it; the same one again writes nothing."""
    with transaction.atomic():
        locked = locked_request(opt_out_request)
        if locked.responsible_id == (responsible and responsible.pk):
            return locked
        locked.responsible = responsible
        locked.updated_at = timezone.now()
        locked.save(update_fields=["responsible", "updated_at"])
        record_event(
            locked.stream,
            Action.REQUEST_ASSIGNED,
            actor=membership.actor,
            source=source,
            subject=Subject.of(locked),
            detail={"to": f"user:{responsible.pk}" if responsible else None},
        )
    return locked


def needs_evidence(opt_out_request: OptOutRequest) -> bool:
    """Return whether "confirmed" rests on evidence: nobody writes back about a setting or a policy."""
    return not is_written(snapshot_of(opt_out_request))


def locked_request(opt_out_request: OptOutRequest) -> OptOutRequest:
    """Return the row as it is now; whoever else changes it waits until the transaction ends."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related(
        "stream", "version", "organisation", "procedure"
    )
    return rows.get(pk=opt_out_request.pk)


def _check(locked: OptOutRequest, status: Status, outcome: Outcome | None, day: datetime.date) -> None:
    if locked.status == Status.DRAFT and status is Status.SUBMITTED:
        raise MoveRefused(_("Hand the draft over first: that is how what was sent is kept."))
    check_move(Status(locked.status), status, outcome)
    if day > locked.organisation.today():
        raise MoveRefused(_("That day has not come yet. Write the day on which it happened."))
    if locked.submitted_on and day < locked.submitted_on:
        raise MoveRefused(_("That is before the request was sent. Write the day on which it happened."))
    if outcome is Outcome.CONFIRMED and needs_evidence(locked) and not locked.evidence.exists():
        raise MoveRefused(
            _("Add evidence first, such as a screenshot of the setting: nobody writes back to confirm a setting.")
        )


def _action_of(current: Status, status: Status) -> Action:
    if status is Status.CLOSED:
        return Action.OUTCOME_RECORDED
    return Action.REQUEST_REOPENED if current is Status.CLOSED else Action.STATUS_CHANGED


def _detail(current: Status, status: Status, outcome: Outcome | None, day: datetime.date) -> dict[str, Any]:
    detail = {"from": current.value, "to": status.value, "on": day.isoformat()}
    return {**detail, "outcome": outcome.value} if outcome else detail
