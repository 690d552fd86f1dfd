"""What the event log says of a mail, and how its fate moves its request."""

from collections.abc import Mapping, Sequence
from typing import Any

from requests_app.models import (
    Action,
    Event,
    OptOutRequest,
    OutgoingMail,
    SendState,
    Source,
    Status,
    Subject,
    record_event,
)
from requests_app.models.kept_sql import update_rows
from requests_app.models.status import AWAITS_ANSWER

# In an event of a change of status: the mail whose fate made it.
_MAIL = "because_of_mail"


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
    move_to_a_person(_locked_request(mail), actor, source, {_MAIL: mail.mail_id})


def move_to_a_person(row: OptOutRequest, actor: str, source: Source, why: Mapping[str, str] | None = None) -> None:
    """Mark the locked request, with one event, unless it is marked or closed; `why` goes into the event."""
    # A closed request stays closed.
    if row.status in AWAITS_ANSWER:
        _move(row, Status.ACTION_NEEDED, actor, source, why or {})


def goes_on(mail: OutgoingMail, actor: str, source: Source) -> None:
    """Undo that mark once the mail's fate is known, unless another mail or something else needs a person, too."""
    row = _locked_request(mail)
    others = row.outgoing_mail.filter(state__in=(SendState.FAILED, SendState.UNKNOWN)).exclude(pk=mail.pk)
    if row.status != Status.ACTION_NEEDED or others.exists():
        return
    last = Event.objects.filter(stream=row.stream, action=Action.STATUS_CHANGED).order_by("-sequence").first()
    if last and _MAIL in last.detail:
        _move(row, Status(last.detail["from"]), actor, source, {_MAIL: mail.mail_id})


def lock_request(mail: OutgoingMail) -> None:
    """Take the lock of the request before that of its mail, as everybody does who needs both."""
    OptOutRequest.objects.select_for_update(of=("self",)).only("pk").get(pk=mail.request_id)


def wind_clock(mail: OutgoingMail) -> None:
    """Let the clock of the request be worked out anew, now that its mail has left; takes the lock of the request."""
    update_rows(OptOutRequest, {"clock_stale": True}, {"pk": mail.request_id})


def _locked_request(mail: OutgoingMail) -> OptOutRequest:
    current = OptOutRequest.objects.select_for_update(of=("self",)).select_related("organisation", "stream")
    return current.get(pk=mail.request_id)


def _move(row: OptOutRequest, status: Status, actor: str, source: Source, why: Mapping[str, str]) -> None:
    before, row.status, row.clock_stale = row.status, status, True
    row.save(update_fields=["status", "clock_stale"])
    on = row.organisation.today().isoformat()
    record_event(
        row.stream,
        Action.STATUS_CHANGED,
        actor=actor,
        source=source,
        subject=Subject.of(row),
        detail={"from": str(before), "to": status.value, "on": on, **why},
    )
