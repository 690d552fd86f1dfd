"""What people decide about mail that came in: each function writes the change and its events together.

Whoever decides does so about the mail as it was loaded; where somebody else decided meanwhile, nothing is changed.
The requests are locked first, in the order of their keys, and their mail after them.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.drafting.requests import start_request
from requests_app.intake.filing import facts_of, locked_request, people_of, put_into
from requests_app.models import (
    Action,
    EventStream,
    InboundKind,
    InboundMail,
    InboundState,
    Membership,
    OptOutRequest,
    Procedure,
    Source,
    Subject,
    Waits,
    Workspace,
    record_event,
)

# What is not in any request and may be put into one, or discarded.
SET_ASIDE = (InboundState.HELD, InboundState.FAILED, InboundState.QUARANTINED)
_UNREAD = {
    "unreadable": InboundState.FAILED,
    "too_much": InboundState.QUARANTINED,
    "too_slow": InboundState.QUARANTINED,
    "too_large": InboundState.QUARANTINED,
}


class TriageRefused(ValueError):
    """What is asked of the mail cannot be done; says why. Nothing was changed."""


def mark_of(mail: InboundMail) -> str:
    """Return what tells whether somebody has decided about the mail since it was looked at."""
    return f"{mail.state}:{mail.waits}:{mail.request_id or ''}:{mail.suggested_request_id or ''}"


def confirm_mail(membership: Membership, mail: InboundMail) -> InboundMail:
    """File the mail where it is suggested, or say that it is where it belongs and from whom it says; return it.

    What it asks of us goes on waiting: proof, or another address than the one that bounced. Raises TriageRefused where
    nothing is suggested, and when somebody was faster.
    """
    with transaction.atomic():
        row, requests = _lock(membership, mail, mail.suggested_request_id)
        if row.state == InboundState.MATCHED and row.waits:
            _settle(membership, row, _asks(row) if row.waits == Waits.UNCERTAIN else "")
            _record(membership, row, requests[row.request_id or 0], Action.REPLY_MATCHED, {"matched_by": "person"})
        elif row.state in SET_ASIDE and row.suggested_request_id:
            _put(membership, row, requests[row.suggested_request_id], "suggestion")
        else:
            raise TriageRefused(_("There is nothing to confirm."))
    return row


def move_mail(
    membership: Membership, mail: InboundMail, target: OptOutRequest, matched_by: str = "person"
) -> InboundMail:
    """File the mail, held or filed elsewhere, into that request and return it: its message belongs there from now on.

    Raises TriageRefused where it is there already or cannot be filed, and when somebody was faster.
    """
    if target.organisation_id != membership.organisation_id:
        raise TriageRefused(_("That request is not one of yours."))
    with transaction.atomic():
        row, requests = _lock(membership, mail, target.pk)
        _place(membership, row, requests, target.pk, matched_by)
    return row


def new_request_of(
    membership: Membership, mail: InboundMail, workspace: Workspace, procedure: Procedure
) -> InboundMail:
    """Draft a request for the workspace and return the mail, which is the draft's first message.

    Raises DraftRefused and TriageRefused; then there is no draft.
    """
    with transaction.atomic():
        draft = start_request(membership, workspace, procedure)
        row, requests = _lock(membership, mail, draft.pk)
        _place(membership, row, requests, draft.pk, "new_request")
    return row


def discard_mail(membership: Membership, mail: InboundMail, reason: str) -> InboundMail:
    """Set the mail aside for good and return it: it leaves its request, and its original is kept.

    Raises TriageRefused where it is discarded already, came twice or is not read yet, and when somebody was faster.
    """
    with transaction.atomic():
        row, requests = _lock(membership, mail)
        if row.state not in (*SET_ASIDE, InboundState.MATCHED):
            raise TriageRefused(_("It cannot be discarded as it is now."))
        before, message = requests.get(row.request_id or 0), row.message
        row.state, row.note, row.message, row.request = InboundState.DISCARDED, reason, None, None
        row.suggested_request = before or row.suggested_request
        _settle(membership, row, "", "state", "note", "message", "request", "suggested_request", "organisation")
        if message:
            message.delete()  # its bytes are those of the mail, which stays
        _record(membership, row, before, Action.REPLY_DISCARDED, {}, {"note": reason})
    return row


def take_back(membership: Membership, mail: InboundMail) -> InboundMail:
    """Let a discarded mail wait again and return it.

    Raises TriageRefused for any other, and when somebody was faster.
    """
    with transaction.atomic():
        row, _requests = _lock(membership, mail)
        if row.state != InboundState.DISCARDED:
            raise TriageRefused(_("It is not discarded."))
        row.state, row.waits, row.note = _UNREAD.get(row.reason, InboundState.HELD), Waits.HELD, ""
        row.settled_by, row.settled_at = None, None
        row.save(update_fields=["state", "waits", "note", "settled_by", "settled_at"])
        _record(membership, row, None, Action.REPLY_RESTORED)
    return row


def mark_seen(membership: Membership, mail: InboundMail) -> InboundMail:
    """Say that nothing is to be done about a filed mail, and return it.

    Raises TriageRefused where it does not wait for anybody, and when somebody was faster.
    """
    with transaction.atomic():
        row, requests = _lock(membership, mail)
        if row.state != InboundState.MATCHED or not row.waits:
            raise TriageRefused(_("It does not wait for anybody."))
        _settle(membership, row, "")
        _record(membership, row, requests[row.request_id or 0], Action.REPLY_SEEN)
    return row


def _lock(
    membership: Membership, mail: InboundMail, target: int | None = None
) -> tuple[InboundMail, dict[int, OptOutRequest]]:
    """Return the mail and the requests it is in and goes to, under their locks. Raises TriageRefused."""
    if mail.state == InboundState.STORED:  # Whoever reads it holds its lock, and then asks for that of its request.
        raise TriageRefused(_("It is being read. Try again in a moment."))
    requests = {pk: locked_request(pk) for pk in sorted({mail.request_id or 0, target or 0} - {0})}
    rows = InboundMail.objects.select_for_update(of=("self",)).select_related("organisation", "message")
    row = rows.get(pk=mail.pk)
    if mark_of(row) != mark_of(mail):
        raise TriageRefused(_("Somebody has decided about this mail meanwhile. Look at it again."))
    # What nothing says whose it is belongs to the organisation whose person decides about it.
    row.organisation = row.organisation or membership.organisation
    return row, requests


def _place(
    membership: Membership, row: InboundMail, requests: dict[int, OptOutRequest], target: int, matched_by: str
) -> None:
    if row.state == InboundState.MATCHED:
        _move(membership, row, requests, target)
    elif row.state in SET_ASIDE:
        _put(membership, row, requests[target], matched_by)
    else:
        raise TriageRefused(_("It cannot be filed as it is now. Take it back first."))


def _put(membership: Membership, row: InboundMail, target: OptOutRequest, matched_by: str) -> None:
    """File what was set aside."""
    put_into(row, target)
    _settle(membership, row, _asks(row))
    _record(membership, row, target, Action.REPLY_MATCHED, {"matched_by": matched_by})


def _move(membership: Membership, row: InboundMail, requests: dict[int, OptOutRequest], target: int) -> None:
    before, after = requests[row.request_id or 0], requests[target]
    if before == after or row.message is None:
        raise TriageRefused(_("It is in that request already."))
    row.message.request = after
    row.message.save(update_fields=["request"])
    row.request = after
    _settle(membership, row, _asks(row), "request")
    moved = {"from": str(before), "to": str(after)}
    for request in sorted((before, after), key=lambda one: one.pk):
        OptOutRequest.objects.filter(pk=request.pk).update(updated_at=row.settled_at, clock_stale=True)
        _record(membership, row, request, Action.REPLY_MOVED, moved)


def _asks(row: InboundMail) -> str:
    """Return what a mail goes on waiting for once it is known whose it is: somebody who sees to what it asks."""
    if row.kind == InboundKind.BOUNCE:
        return Waits.BOUNCED
    return Waits.PROOF if row.suggestion.get("name") == "proof" else ""


def _settle(membership: Membership, row: InboundMail, waits: str, *changed: str) -> None:
    row.waits, row.settled_by, row.settled_at = waits, membership.user, timezone.now()
    row.save(update_fields=["waits", "settled_by", "settled_at", *changed])


def _record(
    membership: Membership,
    row: InboundMail,
    opt_out_request: OptOutRequest | None,
    action: Action,
    detail: dict[str, Any] | None = None,
    personal: dict[str, str] | None = None,
) -> None:
    """Write the event into the history of the request, else of the organisation."""
    organisation = row.organisation or membership.organisation
    record_event(
        opt_out_request.stream if opt_out_request else EventStream.of_organisation(organisation),
        action,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(row),
        detail=facts_of(row) | (detail or {}),
        personal=people_of(row) | (personal or {}),
        evidence=[row.sha256],
    )
