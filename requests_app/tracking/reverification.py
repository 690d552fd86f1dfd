"""Checking again that a confirmed opt-out still holds: the procedure's own steps as a checklist, with proof."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.delivery.evidence import StoredFile, record_evidence
from requests_app.drafting import checklist
from requests_app.drafting.requests import snapshot_of
from requests_app.models import (
    Action,
    FollowUp,
    FollowUpState,
    Membership,
    MoveRefused,
    OptOutRequest,
    Reminder,
    ReminderKind,
    ReminderState,
    Source,
    Status,
    Subject,
    record_event,
)
from requests_app.models.follow_up import OPEN
from requests_app.models.status import HOLDS
from requests_app.tracking.changes import locked_request, move_request
from requests_app.tracking.deadlines import reverification_day
from requests_app.tracking.next_action import set_next_action
from requests_app.tracking.policy import policy_of


def checklist_of(opt_out_request: OptOutRequest) -> list[str]:
    """Return what there is to look at: the same as when the request was carried out."""
    return checklist.checklist_of(snapshot_of(opt_out_request))


def is_checkable(opt_out_request: OptOutRequest) -> bool:
    """Return whether there is something that may have been switched back."""
    return opt_out_request.status == Status.CLOSED and opt_out_request.outcome in HOLDS


def is_due(opt_out_request: OptOutRequest) -> bool:
    """Return whether the day has come on which it is to be checked again."""
    due = opt_out_request.reverify_on
    return is_checkable(opt_out_request) and due is not None and due <= opt_out_request.organisation.today()


def still_holds(
    membership: Membership,
    opt_out_request: OptOutRequest,
    *,
    ticked: Sequence[int],
    note: str = "",
    proof: StoredFile | None = None,
) -> OptOutRequest:
    """Record that it was checked and still holds, with what was ticked, set the next day and return the request.

    Raises MoveRefused where there is nothing to check any more.
    """
    today = membership.organisation.today()
    with transaction.atomic():
        row = locked_request(opt_out_request)
        if not is_checkable(row):
            raise MoveRefused(_("Only what was confirmed is checked again."))
        evidence = [record_evidence(membership, row, proof, "").sha256] if proof else []
        event = record_event(
            row.stream,
            Action.REQUEST_REVERIFIED,
            actor=membership.actor,
            source=Source.WEB,
            subject=Subject.of(row),
            detail=_detail(row, ticked, today),
            personal={"note": note} if note else None,
            evidence=evidence,
        )
        row.clock_event, row.updated_at, row.snoozed_until = event.hash, timezone.now(), None
        row.reverify_on = reverification_day(today, policy_of(row))
        row.save(update_fields=["clock_event", "updated_at", "reverify_on", "snoozed_until"])
        _settle(row)
        set_next_action(row)
    return row


def switched_back(
    membership: Membership, opt_out_request: OptOutRequest, *, note: str = "", proof: StoredFile | None = None
) -> OptOutRequest:
    """Reopen the request, with its history, because it does not hold any more, and return it. Raises MoveRefused."""
    with transaction.atomic():
        row = locked_request(opt_out_request)
        if not is_checkable(row):
            raise MoveRefused(_("Only what was confirmed is checked again."))
        if proof:
            record_evidence(membership, row, proof, "")
        _settle(row)
        return move_request(membership, row, Status.ACTION_NEEDED, note=note)


def _detail(row: OptOutRequest, ticked: Sequence[int], today: datetime.date) -> dict[str, object]:
    return {
        "on": today.isoformat(),
        "ticked": sorted(ticked),
        "steps": len(checklist_of(row)),
        "version": row.version.number,
    }


def _settle(row: OptOutRequest) -> None:
    """Take what waited for this check off the lists."""
    waiting = Reminder.objects.filter(request=row, kind=ReminderKind.REVERIFICATION, state=ReminderState.FIRED)
    waiting.update(state=ReminderState.DONE)
    left = FollowUp.objects.filter(request=row, kind=ReminderKind.REVERIFICATION, state__in=OPEN)
    left.update(state=FollowUpState.DROPPED, decided_at=timezone.now())
