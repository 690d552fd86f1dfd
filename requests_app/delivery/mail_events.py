"""What the event log says of a mail, and how its fate moves its request."""

from collections.abc import Mapping, Sequence
from typing import Any

from requests_app.models import (
    Action,
    OptOutRequest,
    OutgoingMail,
    Source,
    Status,
    Subject,
    record_event,
)

# Who has not answered yet may be told that nothing was sent; a closed request stays closed.
_UNDER_WAY = (Status.SUBMITTED, Status.ACKNOWLEDGED)


def locked_mail(mail: OutgoingMail) -> OutgoingMail:
    """Return the row as it is now, under its lock; whoever also locks the request does that first."""
    rows = OutgoingMail.objects.select_for_update(of=("self",)).select_related("message", "request__stream")
    return rows.get(pk=mail.pk)


def record(
    mail: OutgoingMail,
    action: Action,
    actor: str,
    source: Source,
    detail: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    evidence: Sequence[str] = (),
) -> None:
    """Write the event of a mail into its request's stream; call it in the transaction of the change."""
    record_event(
        mail.request.stream,
        action,
        actor=actor,
        source=source,
        subject=Subject.of(mail),
        detail={"message_id": mail.mail_id, **(detail or {})},
        personal=personal,
        evidence=evidence,
    )


def needs_a_person(mail: OutgoingMail, actor: str, source: Source) -> None:
    """Mark the request: its mail was not sent, or nobody knows. One that was closed meanwhile stays closed."""
    _move(mail, _UNDER_WAY, Status.ACTION_NEEDED, actor, source)


def goes_on(mail: OutgoingMail, actor: str, source: Source) -> None:
    """Undo that mark once the mail's fate is known."""
    _move(mail, (Status.ACTION_NEEDED,), Status.SUBMITTED, actor, source)


def lock_request(mail: OutgoingMail) -> None:
    """Take the lock of the request before that of its mail, as everybody does who needs both."""
    OptOutRequest.objects.select_for_update(of=("self",)).get(pk=mail.request_id)


def _move(mail: OutgoingMail, possible: Sequence[Status], status: Status, actor: str, source: Source) -> None:
    current = OptOutRequest.objects.select_for_update(of=("self",)).select_related("organisation", "stream")
    row = current.get(pk=mail.request_id)
    if row.status not in possible:
        return
    before, row.status = row.status, status
    row.save(update_fields=["status"])
    record_event(
        row.stream,
        Action.STATUS_CHANGED,
        actor=actor,
        source=source,
        subject=Subject.of(row),
        detail={"from": str(before), "to": status.value, "on": row.organisation.today().isoformat()},
    )
