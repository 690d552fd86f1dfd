"""The sweep: what is due by now becomes a reminder, once for each start of a request's clock, with all it leads to.

A request is looked at again when its time has come: one that was closed, paused or put off meanwhile, or whose answer
waits to be read, is not reminded, and its next time is worked out anew. However many beats were missed, one thing
becomes due in a pass, and what follows it waits for a later day. A request that cannot be dealt with keeps none of the
others from being reminded.
"""

import datetime
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from requests_app.delivery.handover import How
from requests_app.models import (
    Action,
    FollowUp,
    FollowUpState,
    InboundKind,
    InboundMail,
    NewEvent,
    NoticeKind,
    OptOutRequest,
    Reminder,
    ReminderKind,
    ReminderState,
    Source,
    Status,
    Subject,
    notify_all,
    record_events,
)
from requests_app.models.follow_up import OPEN
from requests_app.models.local_time import instant
from requests_app.models.many_rows import insert_many, update_many
from requests_app.models.status import AWAITS_ANSWER, HOLDS
from requests_app.tracking.automatic import who_writes_automatically
from requests_app.tracking.deadlines import DUE_TIME
from requests_app.tracking.next_action import KEPT, for_clock, settle_some, work_out
from requests_app.tracking.set_aside import all_but_the_bad

CLOCK = "clock"
# So many rows are held at a time, whatever is due.
BATCH = 1000
# What is later than this may have been overtaken by what comes after it: only the latest fires.
MISSED = datetime.timedelta(hours=12)
# Seconds after which a pass begins no other batch: the next one is due anyway.
LONGEST_PASS = 50
# When a request is tried again that could not be dealt with.
TRIED_AGAIN_AFTER = datetime.timedelta(hours=1)
WRITTEN = frozenset(
    {
        ReminderKind.ACKNOWLEDGEMENT_CHECK,
        ReminderKind.FIRST_FOLLOW_UP,
        ReminderKind.SECOND_FOLLOW_UP,
        ReminderKind.ESCALATION,
    }
)
# Whom to escalate to, and whether to ask again after a year, is for a person to say.
GO_ALONE = WRITTEN - {ReminderKind.ESCALATION}
WRITTEN_HOWS = (How.EMAIL, How.POST, How.FORM, How.TICKET)
LATE = frozenset({ReminderKind.OVERDUE, ReminderKind.PROMISE_DUE})
_DAY = datetime.timedelta(days=1)


@dataclass
class Swept:
    """What a pass did: how many reminders of each kind, how many requests were not due any more, and what failed."""

    fired: Counter[ReminderKind] = field(default_factory=Counter)
    put_off: int = 0
    settled: int = 0
    set_aside: set[int] = field(default_factory=set)


def fire_due(now: datetime.datetime, *, batch: int = BATCH, longest: float = LONGEST_PASS) -> Swept:
    """Fire what is due and return what was done. Any number of sweeps may run at the same time."""
    swept, end = Swept(), time.monotonic() + longest
    while settled := _settle_batch(batch, swept):
        swept.settled += settled
        if settled < batch or time.monotonic() > end:
            break
    while time.monotonic() < end:
        taken = _fire_batch(now, batch, swept)
        if taken < batch:
            break
    return swept


def _settle_batch(size: int, swept: Swept) -> int:
    """Work out anew up to so many requests; one that fails is left as it is, to be tried again by the next pass."""
    besides = swept.set_aside
    return all_but_the_bad(lambda only, taken: settle_some(size, only, taken, besides), besides.add)


def _fire_batch(now: datetime.datetime, size: int, swept: Swept) -> int:
    """Fire up to so many requests and return how many were taken up; one that fails is tried again in an hour."""

    def put_aside(key: int) -> None:
        swept.set_aside.add(key)
        OptOutRequest.objects.filter(pk=key).update(next_action_at=now + TRIED_AGAIN_AFTER)

    return all_but_the_bad(lambda only, taken: _fire(now, size, swept, only, taken), put_aside)


def _fire(now: datetime.datetime, size: int, swept: Swept, only: Sequence[int] | None, taken: list[int]) -> int:
    """Fire up to so many requests, or these alone, in one transaction; `taken` are those that were taken up."""
    with transaction.atomic():
        rows = _claimed(now, size, only)
        taken += [row.pk for row in rows]
        if not rows:
            return 0
        due, others = _looked_at_again(rows, now)
        fired = Counter(ReminderKind(row.next_action) for row in due)
        _write(due, now)
        work_out(rows)
        # Never twice on one day, whatever the rules of the clock come to.
        for row in rows:
            if row.next_action_at and row.next_action_at <= now:
                row.next_action_at = _tomorrow(row, now)
        update_many(rows, KEPT)
    swept.fired += fired
    swept.put_off += len(others)
    return len(rows)


def _claimed(now: datetime.datetime, size: int, only: Sequence[int] | None) -> list[OptOutRequest]:
    """Return what is due, the oldest first, under its lock; what another sweep holds is left to it.

    On SQLite there is one writer at a time: the transaction has begun as one, so that what it reads is its own.
    """
    skip = connection.features.has_select_for_update_skip_locked
    due = OptOutRequest.objects.filter(next_action_at__lte=now, clock_stale=False).order_by("next_action_at", "pk")
    if only is not None:
        due = due.filter(pk__in=only)
    return list(for_clock(due.select_for_update(of=("self",), skip_locked=skip, no_key=True))[:size])


def _looked_at_again(
    rows: Sequence[OptOutRequest], now: datetime.datetime
) -> tuple[list[OptOutRequest], list[OptOutRequest]]:
    """Return what is to be reminded of, and what is not: not any more, not yet, or not again."""
    late = [row for row in rows if row.next_action_at and now - row.next_action_at > MISSED]
    if late:
        work_out(late)
    had = set(Reminder.objects.filter(request__in=rows).values_list("request_id", "kind", "clock_event"))
    answered = _answered(rows)
    due: list[OptOutRequest] = []
    others: list[OptOutRequest] = []
    for row in rows:
        again = (row.pk, row.next_action, row.clock_event) in had
        applies = not again and row.pk not in answered and _applies(row, now)
        (due if applies else others).append(row)
    return due, others


def _applies(row: OptOutRequest, now: datetime.datetime) -> bool:
    """Return whether the request still waits for what has become due, and nobody has put it off."""
    if row.next_action_at is None or row.next_action_at > now:
        return False
    if row.snoozed_until and row.snoozed_until > now.astimezone(ZoneInfo(row.organisation.time_zone)).date():
        return False
    if row.next_action == ReminderKind.REVERIFICATION:
        return row.status == Status.CLOSED and row.outcome in HOLDS
    return row.status in AWAITS_ANSWER and row.paused_on is None


def _answered(rows: Sequence[OptOutRequest]) -> set[int]:
    """Return those whose vendor has written and nobody has looked at it yet."""
    mails = InboundMail.objects.filter(request__in=rows, kind=InboundKind.REPLY).exclude(waits="")
    return {key for key in mails.values_list("request_id", flat=True) if key is not None}


def _tomorrow(row: OptOutRequest, now: datetime.datetime) -> datetime.datetime:
    """Return when the request is looked at again."""
    zone = ZoneInfo(row.organisation.time_zone)
    return instant(now.astimezone(zone).date() + _DAY, DUE_TIME, zone)


def _write(due: Sequence[OptOutRequest], now: datetime.datetime) -> None:
    """Write the reminders of these requests, what they lead to, and their events."""
    reminders = [Reminder(request=row, kind=row.next_action, clock_event=row.clock_event, fired_at=now) for row in due]
    insert_many(reminders)
    written = [reminder for reminder in reminders if _is_written(reminder)]
    replaced = _replace_open(written, now)
    automatic = who_writes_automatically([reminder.request for reminder in written])
    follow_ups = [_follow_up(reminder, automatic, now) for reminder in written]
    insert_many(follow_ups)
    states = {follow_up.request_id: follow_up.state for follow_up in follow_ups}
    record_events(_event(reminder, states, replaced) for reminder in reminders)
    notify_all([(reminder.request, {}) for reminder in reminders if reminder.kind in LATE], NoticeKind.OVERDUE)


def _is_written(reminder: Reminder) -> bool:
    """Return whether the vendor is to be written to: a setting is checked again by looking at it."""
    if reminder.kind == ReminderKind.REVERIFICATION:
        return reminder.request.submitted_how in WRITTEN_HOWS
    return reminder.kind in WRITTEN


def _follow_up(reminder: Reminder, automatic: set[int], now: datetime.datetime) -> FollowUp:
    alone = reminder.request_id in automatic and reminder.kind in GO_ALONE
    return FollowUp(
        organisation_id=reminder.request.organisation_id,
        request=reminder.request,
        reminder=reminder,
        kind=reminder.kind,
        state=FollowUpState.DUE if alone else FollowUpState.WAITING,
        due_at=now if alone else None,
        created_at=now,
    )


def _replace_open(written: Sequence[Reminder], now: datetime.datetime) -> dict[int, str]:
    """Drop what still waits from before for these requests, and return its kind by request: one letter is enough."""
    left = FollowUp.objects.filter(request__in=[reminder.request_id for reminder in written], state__in=OPEN)
    found = list(left.values_list("pk", "request_id", "kind", "reminder_id"))
    if found:
        FollowUp.objects.filter(pk__in=[key for key, *_ in found]).update(state=FollowUpState.DROPPED, decided_at=now)
        skipped = Reminder.objects.filter(pk__in=[reminder for *_, reminder in found])
        skipped.update(state=ReminderState.SKIPPED)
    return {request: kind for _, request, kind, _ in found}


def _event(reminder: Reminder, states: Mapping[int, str], replaced: Mapping[int, str]) -> NewEvent:
    detail: dict[str, Any] = {"kind": str(reminder.kind), "clock_event": reminder.clock_event}
    key = reminder.request_id
    if key in states:
        detail["follow_up"] = str(states[key])
    if key in replaced:
        detail["instead_of"] = replaced[key]
    return NewEvent(
        stream_id=reminder.request.stream_id,
        action=Action.REMINDER_SENT,
        actor=CLOCK,
        source=Source.CLOCK,
        subject=Subject("optoutrequest", str(key)),
        detail=detail,
    )
