"""What a person does about the move that a reply suggests: no reply moves a request by itself."""

from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.intake.proposals import proposal_of
from requests_app.models import (
    Action,
    InboundMail,
    Membership,
    MoveRefused,
    OptOutRequest,
    Source,
    Subject,
    Waits,
    record_event,
)
from requests_app.tracking.changes import locked_request, move_request


def take_suggestion(membership: Membership, mail: InboundMail) -> OptOutRequest:
    """Move the mail's request as the mail suggests, on the day on which it came, and return the request.

    Raises MoveRefused where it suggests nothing any more, or what the request does not allow.
    """
    with transaction.atomic():
        request, row = _locked(mail)
        proposal = proposal_of(row, request)
        if proposal is None:
            raise MoveRefused(_("The mail suggests nothing any more. Somebody may have decided meanwhile."))
        day = row.received_at.astimezone(ZoneInfo(membership.organisation.time_zone)).date()
        on = min(max(day, request.submitted_on or day), membership.organisation.today())
        moved = move_request(membership, request, proposal.status, proposal.outcome, on=on, rests_on=row)
        _settle(membership, row, waits="")
    return moved


def leave_suggestion(membership: Membership, mail: InboundMail) -> InboundMail:
    """Note that the request stays as it is whatever the mail suggests, and return the mail. Raises MoveRefused."""
    with transaction.atomic():
        request, row = _locked(mail)
        if not row.suggestion:
            raise MoveRefused(_("The mail suggests nothing any more. Somebody may have decided meanwhile."))
        record_event(
            request.stream,
            Action.SUGGESTION_LEFT,
            actor=membership.actor,
            source=Source.WEB,
            subject=Subject.of(request),
            detail={"mail": row.pk, "suggestion": row.suggestion["name"]},
            evidence=[row.sha256],
        )
        _settle(membership, row, waits="" if row.waits == Waits.REPLY else row.waits)
    return row


def _locked(mail: InboundMail) -> tuple[OptOutRequest, InboundMail]:
    """Return the request that the mail is filed in, and the mail, as they are now. Raises MoveRefused."""
    if mail.request is None:
        raise MoveRefused(_("The mail is in no request. File it first."))
    request = locked_request(mail.request)
    row = InboundMail.objects.select_for_update(of=("self",)).defer("raw").get(pk=mail.pk)
    if row.request_id != request.pk:
        raise MoveRefused(_("Somebody has moved the mail meanwhile. Look at it again."))
    return request, row


def _settle(membership: Membership, row: InboundMail, waits: str) -> None:
    row.suggestion, row.waits = {}, waits
    row.settled_by, row.settled_at = membership.user, timezone.now()
    row.save(update_fields=["suggestion", "waits", "settled_by", "settled_at"])
