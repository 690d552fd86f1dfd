"""By which day an answer is due, why, and what Optout does next. Pure: nothing here reads a row or the time.

The rules:

* The clock starts on the day on which the request was sent, in the organisation's time zone; never on the day of the
  draft. The time that runs is the vendor's own, as the procedure's version states it, else Optout's own interval.
* Working days are those of the organisation's calendar. Hours become whole days; weeks and months are calendar ones,
  and a month without that day ends on its last one. A deadline that falls on a day off moves to the next working day.
* While nothing moved it, the deadline is the day that the letter names: a later change of the calendar does not let
  what was written and what is counted part.
* An acknowledgement does not move it: no fact of the catalogue ties a vendor's time to one.
* A day that the vendor promised replaces it.
* A pause stops the clock: there is no deadline meanwhile, and afterwards its calendar days are added.
* Sending again, also after reopening, starts the clock anew.
* Steps that follow are counted in working days from the deadline, then from the step before, as that came to pass;
  two are never on one day, however late the first one was, and a pause lets the wait of the next one begin again.
* What stands at 08:00 of that day in the organisation's time zone becomes due then.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.catalogue.procedure import AnswerTime
from requests_app.drafting.dates import add_months, answer_day, last_day
from requests_app.drafting.working_days import WEEKDAYS, Calendar
from requests_app.models import ReminderKind, Status
from requests_app.models.local_time import instant
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking.policy import Policy

DUE_TIME = datetime.time(8)
_LATE = (ReminderKind.OVERDUE, ReminderKind.PROMISE_DUE)
# More holidays than these are counted instead of named.
_NAMED = 3


@dataclass(frozen=True)
class Deadline:
    """By which day an answer is due, and one sentence that says how that day comes about."""

    day: datetime.date
    why: str


@dataclass(frozen=True)
class Clock:
    """What the deadline and the next step of one request depend on; all days are local ones.

    `named` is the day that the letter names, where it was sent on the day for which it was written; `fired` tells on
    which day each step of this start of the clock came to pass.
    """

    status: Status
    time: AnswerTime
    policy: Policy
    calendar: Calendar = WEEKDAYS
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    is_written: bool = True
    started_on: datetime.date | None = None
    named: datetime.date | None = None
    promised_on: datetime.date | None = None
    is_paused: bool = False
    paused_days: int = 0
    resumed_on: datetime.date | None = None
    snoozed_until: datetime.date | None = None
    reverify_on: datetime.date | None = None
    fired: Mapping[ReminderKind, datetime.date] = field(default_factory=dict)


def deadline_of(clock: Clock) -> Deadline | None:
    """Return by which day an answer is due; None where nothing was sent yet, and while the clock stands still."""
    first, day = _first_day(clock), deadline_day(clock)
    if first is None or day is None:
        return None
    told, reason = _how(clock, first)
    told += [*_pause(clock.paused_days), *_moved(clock, first), *([reason] if reason else [])]
    return Deadline(day, _sentence(told))


def deadline_day(clock: Clock) -> datetime.date | None:
    """Return the day of deadline_of without its sentence, which takes longer than the day does."""
    first = _first_day(clock)
    if first is None:
        return None
    return clock.calendar.next_working(first + datetime.timedelta(days=clock.paused_days))


def _first_day(clock: Clock) -> datetime.date | None:
    """Return the day that the vendor promised, that the letter names or that is counted, before any pause."""
    if clock.started_on is None or clock.is_paused:
        return None
    return clock.promised_on or clock.named or answer_day(clock.started_on, clock.time, clock.calendar)


def _how(clock: Clock, first: datetime.date) -> tuple[list[str], str]:
    """Return how that day comes about, in clauses, and why; a promise needs no reason."""
    if clock.promised_on or clock.started_on is None:
        return [_("the vendor promised an answer by {day}").format(day=_said(first))], ""
    counted = answer_day(clock.started_on, clock.time, clock.calendar)
    told = _counting(clock, clock.started_on, counted) if first == counted else [_("the day that the letter names")]
    return told, _reason(clock.time)


def _counting(clock: Clock, start: datetime.date, counted: datetime.date) -> list[str]:
    """Return how the day was counted from the day of sending, in clauses."""
    told = [_after(clock.time).format(number=clock.time.amount, day=_said(start))]
    if clock.time.unit == "working_days":
        return [*told, *_holidays(list(clock.calendar.holidays_between(start, counted)))]
    last = last_day(start, clock.time)
    return told if last == counted else [*told, _day_off(last)]


def _moved(clock: Clock, first: datetime.date) -> list[str]:
    """Return a clause where a pause or a promise ended on a day off."""
    last = first + datetime.timedelta(days=clock.paused_days)
    return [] if clock.calendar.is_working(last) else [_day_off(last)]


def _day_off(day: datetime.date) -> str:
    return _("moved on from {day}, a day off").format(day=_said(day))


def _pause(days: int) -> list[str]:
    text = ngettext("one day later for the pause", "{number} days later for the pause", days)
    return [text.format(number=days)] if days else []


def _holidays(days: list[datetime.date]) -> list[str]:
    if not days:
        return []
    if len(days) > _NAMED:
        return [_("without {number} holidays").format(number=len(days))]
    named = get_text_list([_said(day) for day in days], _("and"))
    return [ngettext("without {days} (holiday)", "without {days} (holidays)", len(days)).format(days=named)]


def _reason(time: AnswerTime) -> str:
    if time.stated_as:
        return _("as the vendor says: “{words}”").format(words=time.stated_as.rstrip("."))
    return _("because the vendor names no time of its own")


def _after(time: AnswerTime) -> str:
    number = time.amount
    texts = {
        "hours": ngettext("one hour after {day}", "{number} hours after {day}", number),
        "days": ngettext("one day after {day}", "{number} days after {day}", number),
        "working_days": ngettext("one working day after {day}", "{number} working days after {day}", number),
        "weeks": ngettext("one week after {day}", "{number} weeks after {day}", number),
        "months": ngettext("one month after {day}", "{number} months after {day}", number),
    }
    return texts[time.unit]


def _said(day: datetime.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _sentence(told: list[str]) -> str:
    text = ", ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def next_action_of(clock: Clock, today: datetime.date) -> tuple[ReminderKind, datetime.datetime] | None:
    """Return what becomes due next and when, in UTC; None where nothing does.

    It may be in the past: then it is due at once. `today` only decides whether it is too late for asking if a request
    arrived.
    """
    step = _reverification(clock) if clock.status is Status.CLOSED else _step(clock, today)
    if step is None:
        return None
    kind, day = step
    return kind, instant(max(day, clock.snoozed_until or day), DUE_TIME, clock.zone)


def reverification_day(closed_on: datetime.date, policy: Policy) -> datetime.date | None:
    """Return the day from which a confirmed request is checked again, if it is."""
    return add_months(closed_on, policy.reverify_months) if policy.reverify_months else None


def _reverification(clock: Clock) -> tuple[ReminderKind, datetime.date] | None:
    if clock.reverify_on is None or ReminderKind.REVERIFICATION in clock.fired:
        return None
    return ReminderKind.REVERIFICATION, clock.calendar.next_working(clock.reverify_on)


def _step(clock: Clock, today: datetime.date) -> tuple[ReminderKind, datetime.date] | None:
    deadline = deadline_day(clock)
    if deadline is None or clock.status not in AWAITS_ANSWER:
        return None
    return _acknowledgement(clock, deadline, today) or _after_deadline(clock, deadline)


def _acknowledgement(
    clock: Clock, deadline: datetime.date, today: datetime.date
) -> tuple[ReminderKind, datetime.date] | None:
    """Return when to ask whether it arrived; never where the answer itself is due before that or already late."""
    wait, start = clock.policy.acknowledgement_days, clock.started_on
    asked = clock.fired or clock.promised_on or clock.status is not Status.SUBMITTED
    if not (wait and start and clock.is_written) or asked or today > deadline:
        return None
    day = clock.calendar.add_working_days(max(start, clock.resumed_on or start), wait)
    return (ReminderKind.ACKNOWLEDGEMENT_CHECK, day) if day < deadline else None


def _after_deadline(clock: Clock, deadline: datetime.date) -> tuple[ReminderKind, datetime.date] | None:
    """Return the first step after the deadline that has not come to pass."""
    counted_from, last = deadline, None
    for kind, wait in _steps(clock):
        if kind in clock.fired:
            last = clock.fired[kind]
            counted_from = counted_from if kind in _LATE else last
        elif wait:
            day = clock.calendar.add_working_days(max(counted_from, clock.resumed_on or counted_from), wait)
            return kind, max(day, clock.calendar.add_working_days(last, 1)) if last else day
    return None


def _steps(clock: Clock) -> list[tuple[ReminderKind, int]]:
    """Return each step after the deadline with its wait in working days; nobody writes to oneself twice."""
    late = ReminderKind.PROMISE_DUE if clock.promised_on else ReminderKind.OVERDUE
    policy = clock.policy
    if not clock.is_written:
        return [(late, 1)]
    return [
        (late, 1),
        (ReminderKind.FIRST_FOLLOW_UP, policy.first_follow_up_days),
        (ReminderKind.SECOND_FOLLOW_UP, policy.second_follow_up_days),
        (ReminderKind.ESCALATION, policy.escalation_days),
        (ReminderKind.GIVE_UP, policy.give_up_days),
    ]
