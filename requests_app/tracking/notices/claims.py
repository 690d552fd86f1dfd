"""Claiming one row of a queue, and writing how the attempt ended: committed before and after, never around it."""

import datetime
import uuid
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F

from requests_app.models import SendState
from requests_app.models.queue import QueuedRow

# No attempt lasts as long: after it, the worker was killed, and what it had come to is not known.
ABANDONED_AFTER = datetime.timedelta(minutes=10)
# When to try again after the first, second, ... attempt that failed for now.
BACKOFF = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
Row = TypeVar("Row", bound=QueuedRow)


def claim_one(model: type[Row], now: datetime.datetime) -> Row | None:
    """Return a row that was due and that is now the caller's alone, committed as `sending`; None: nothing is due."""
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        due = model._default_manager.filter(state=SendState.QUEUED, due_at__lte=now).order_by("due_at", "pk")
        row = due.select_for_update(skip_locked=skip, of=("self",)).first()
        return claim_row(row, now) if row else None


def claim_row(row: Row, now: datetime.datetime) -> Row | None:
    """Return the row, now the caller's alone; None: somebody else has it."""
    mine = type(row)._default_manager.filter(pk=row.pk, state=SendState.QUEUED)
    claim = uuid.uuid4()
    mine.update(state=SendState.SENDING, claim=claim, claimed_at=now, attempts=F("attempts") + 1)
    return type(row)._default_manager.filter(claim=claim).first()


def end(
    row: QueuedRow, state: SendState, now: datetime.datetime, *, code: int = 0, reply: str = "", **values: object
) -> bool:
    """Write how the caller's attempt ended, and return whether the claim was still the caller's.

    `queued` means another attempt later, or `failed` when there were enough of them.
    """
    if state is SendState.QUEUED and row.attempts > len(BACKOFF):
        state = SendState.FAILED
    if state is SendState.QUEUED:
        values = {"due_at": now + BACKOFF[row.attempts - 1]}
    else:
        values["ended_at"] = now
    before = (SendState.SENDING, SendState.UNKNOWN)
    mine = type(row)._default_manager.filter(pk=row.pk, claim=row.claim, state__in=before)
    return mine.update(state=state, code=code, reply=reply[:1000], **values) == 1


def give_up_abandoned(model: type[QueuedRow], now: datetime.datetime) -> int:
    """Mark what a killed worker left behind as unknown, and return how many there were: it may have been sent."""
    left = model._default_manager.filter(state=SendState.SENDING, claimed_at__lt=now - ABANDONED_AFTER)
    return left.update(state=SendState.UNKNOWN, ended_at=now)
