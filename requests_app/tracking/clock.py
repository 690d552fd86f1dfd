"""What people record about the clock of a request: each function writes the change and its event together."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from requests_app.models import (
    Action,
    Event,
    Membership,
    MoveRefused,
    OptOutRequest,
    Source,
    Status,
    Subject,
    record_event,
)
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking import clock_moves
from requests_app.tracking.changes import locked_request, move_request
from requests_app.tracking.next_action import set_next_action, settle_stale

__all__ = ["acknowledge", "pause", "promise", "resume", "set_next_action", "settle_stale", "snooze"]

# A promise or a snooze beyond it is a slip of the pen.
LONGEST = datetime.timedelta(days=2 * 366)


def acknowledge(
    membership: Membership,
    opt_out_request: OptOutRequest,
    on: datetime.date,
    promised: datetime.date | None = None,
    note: str = "",
    *,
    source: Source = Source.WEB,
) -> OptOutRequest:
    """Record that the vendor acknowledged the request on that day, and the day that it promised, if it did.

    Return the request as it is now. Raises MoveRefused, with a sentence for the person.
    """
    with transaction.atomic():
        row = move_request(membership, opt_out_request, Status.ACKNOWLEDGED, note=note, on=on, source=source)
        return promise(membership, row, promised, on=on, source=source) if promised else row


def promise(
    membership: Membership,
    opt_out_request: OptOutRequest,
    until: datetime.date,
    *,
    on: datetime.date | None = None,
    source: Source = Source.WEB,
) -> OptOutRequest:
    """Record that the vendor promised, on `on` or today, an answer by that day; it replaces the deadline.

    Raises MoveRefused where no answer is awaited, and for a day that cannot be meant.
    """

    def check(row: OptOutRequest, today: datetime.date) -> None:
        _awaits(row)
        _between(until, on or today, today + LONGEST)

    return _act(
        membership,
        opt_out_request,
        Action.ANSWER_PROMISED,
        check=check,
        change=lambda row, event: clock_moves.promise(row, until, event),
        detail={"until": until.isoformat()},
        source=source,
    )


def pause(
    membership: Membership,
    opt_out_request: OptOutRequest,
    on: datetime.date | None = None,
    note: str = "",
    *,
    source: Source = Source.WEB,
) -> OptOutRequest:
    """Stop the clock from that day (today) on, because the vendor waits for us; nothing is due meanwhile.

    Raises MoveRefused where no answer is awaited, where it stands still already, and for a day that cannot be meant.
    """
    day = on or membership.organisation.today()

    def check(row: OptOutRequest, today: datetime.date) -> None:
        _awaits(row)
        if row.paused_on:
            raise MoveRefused(_("The clock stands still already."))
        _between(day, row.clock_started_on or row.submitted_on or day, today)

    return _act(
        membership,
        opt_out_request,
        Action.CLOCK_PAUSED,
        check=check,
        change=lambda row, event: clock_moves.stop(row, day),
        detail={"on": day.isoformat()},
        note=note,
        source=source,
    )


def resume(
    membership: Membership,
    opt_out_request: OptOutRequest,
    on: datetime.date | None = None,
    *,
    source: Source = Source.WEB,
) -> OptOutRequest:
    """Let the clock go on from that day (today); the days for which it stood still are added to the deadline.

    Raises MoveRefused where it runs, where something else has to happen first, and for a day that cannot be meant.
    """
    day = on or membership.organisation.today()

    def check(row: OptOutRequest, today: datetime.date) -> None:
        _awaits(row)
        if row.paused_on is None:
            raise MoveRefused(_("The clock runs already."))
        _between(day, row.paused_on, today)

    return _act(
        membership,
        opt_out_request,
        Action.CLOCK_RESUMED,
        check=check,
        change=lambda row, event: clock_moves.go_on(row, day),
        detail={"on": day.isoformat()},
        source=source,
    )


def snooze(
    membership: Membership,
    opt_out_request: OptOutRequest,
    until: datetime.date,
    *,
    source: Source = Source.WEB,
) -> OptOutRequest:
    """Let nothing become due for the request before that day; deadlines stay as they are.

    Raises MoveRefused for a draft, which has no clock, and for a day that is not to come.
    """

    def check(row: OptOutRequest, today: datetime.date) -> None:
        if row.status == Status.DRAFT:
            raise MoveRefused(_("Nothing becomes due for a draft. Hand it over first."))
        _between(until, today + datetime.timedelta(days=1), today + LONGEST)

    def change(row: OptOutRequest, event: Event) -> None:
        row.snoozed_until = until

    return _act(
        membership,
        opt_out_request,
        Action.REMINDER_SNOOZED,
        check=check,
        change=change,
        detail={"until": until.isoformat()},
        source=source,
    )


def _act(
    membership: Membership,
    opt_out_request: OptOutRequest,
    action: Action,
    *,
    check: Callable[[OptOutRequest, datetime.date], None],
    change: Callable[[OptOutRequest, Event], None],
    detail: dict[str, Any],
    source: Source,
    note: str = "",
) -> OptOutRequest:
    """Check and change the locked row, with its event and what is due next, in one transaction; return the row."""
    with transaction.atomic():
        row = locked_request(opt_out_request)
        check(row, membership.organisation.today())
        event = record_event(
            row.stream,
            action,
            actor=membership.actor,
            source=source,
            subject=Subject.of(row),
            detail=detail,
            personal={"note": note} if note else None,
        )
        change(row, event)
        row.updated_at = timezone.now()
        row.save(update_fields=[*clock_moves.CHANGED, "updated_at"])
        set_next_action(row)
    return row


def _awaits(row: OptOutRequest) -> None:
    if row.status not in AWAITS_ANSWER:
        raise MoveRefused(_("No answer is awaited for this request."))


def _between(day: datetime.date, first: datetime.date, last: datetime.date) -> None:
    if first <= day <= last:
        return
    text = _("That day cannot be meant. Choose one from {first} to {last}.")
    raise MoveRefused(text.format(first=date_format(first, "DATE_FORMAT"), last=date_format(last, "DATE_FORMAT")))
