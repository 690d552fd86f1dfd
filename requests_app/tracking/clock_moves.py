"""What a move of a request does to its clock: start, stop, go on, end. Each function changes the row, unsaved."""

import datetime

from requests_app.models import Event, OptOutRequest, Status
from requests_app.models.status import HOLDS
from requests_app.tracking.deadlines import reverification_day
from requests_app.tracking.policy import policy_of

CHANGED = [
    "clock_started_on",
    "clock_event",
    "acknowledged_on",
    "promised_on",
    "paused_on",
    "paused_days",
    "resumed_on",
    "snoozed_until",
    "reverify_on",
]


def moved(row: OptOutRequest, before: Status, day: datetime.date, event: Event) -> None:
    """Set the clock of a request that came from the status `before` on that day, as the event tells.

    Reopened and sent again both start it anew, and a reopened one waits for us first. What needs an action of ours
    stops it.
    """
    status = Status(row.status)
    if status is Status.CLOSED:
        _end(row, day, event)
    elif before is Status.CLOSED:
        start(row, day, event)
        stop(row, day)
    elif status is Status.ACTION_NEEDED:
        stop(row, day)
    elif status is Status.SUBMITTED:
        start(row, day, event)
    else:
        row.acknowledged_on = day
        go_on(row, day)


def start(row: OptOutRequest, day: datetime.date, event: Event) -> None:
    """Start the clock anew: nothing of what moved it before counts any more."""
    _clear(row, event)
    row.clock_started_on, row.acknowledged_on, row.promised_on = day, None, None


def promise(row: OptOutRequest, day: datetime.date, event: Event) -> None:
    """Let the day that the vendor promised replace the deadline; what follows on it begins anew."""
    _clear(row, event)
    row.promised_on = day


def stop(row: OptOutRequest, day: datetime.date) -> None:
    """Stop the clock, unless it stands still already."""
    row.paused_on = row.paused_on or day


def go_on(row: OptOutRequest, day: datetime.date) -> None:
    """Let the clock go on and add the days for which it stood still; one that runs stays as it is."""
    if row.paused_on is None:
        return
    row.paused_days += max((day - row.paused_on).days, 0)
    row.paused_on, row.resumed_on = None, day


def _end(row: OptOutRequest, day: datetime.date, event: Event) -> None:
    _clear(row, event)
    if row.outcome in HOLDS:
        row.reverify_on = reverification_day(day, policy_of(row))


def _clear(row: OptOutRequest, event: Event) -> None:
    row.clock_event = event.hash
    row.paused_on, row.paused_days, row.resumed_on = None, 0, None
    row.snoozed_until, row.reverify_on = None, None
