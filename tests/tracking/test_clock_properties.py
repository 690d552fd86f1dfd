"""What becomes due does so once and on the right local day: over zones, years, changes of clocks and late beats."""

import datetime
import zoneinfo
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from hypothesis import example, given, settings
from hypothesis import strategies as st

from requests_app.catalogue.procedure import AnswerTime
from requests_app.drafting.working_days import Calendar
from requests_app.models import ReminderKind, Status
from requests_app.tracking.deadlines import DUE_TIME, Clock, deadline_of, next_action_of
from requests_app.tracking.policy import Policy

# No deadline for the tests below: the first look at a country reads its holidays.
SECOND = timedelta(seconds=1)
# Zones whose clocks change at midnight, so that a day begins at 01:00 or 00:00 comes twice; and odd offsets.
MIDNIGHT = ["America/Havana", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Asuncion", "Asia/Amman"]
ODD = ["Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
ALL = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
ZONES = st.one_of(st.sampled_from([*MIDNIGHT, *ODD, "Europe/Berlin", "America/New_York"]), st.sampled_from(ALL)).map(
    ZoneInfo
)
DAYS = st.dates(date(2019, 1, 1), date(2037, 12, 31))
TIMES = st.builds(AnswerTime, st.integers(1, 60), st.sampled_from(["hours", "days", "working_days", "weeks", "months"]))
WAITS = st.integers(0, 40)
CLOCKS = st.builds(
    Clock,
    status=st.sampled_from([Status.SUBMITTED, Status.ACKNOWLEDGED]),
    time=TIMES,
    policy=st.builds(Policy, WAITS, WAITS, WAITS, WAITS, WAITS),
    calendar=st.builds(
        Calendar,
        weekdays=st.frozensets(st.integers(1, 7), min_size=1),
        country=st.sampled_from(["", "DE", "US", "AE", "JP"]),
    ),
    zone=ZONES,
    started_on=DAYS,
    promised_on=st.one_of(st.none(), DAYS),
    paused_days=st.integers(0, 40),
    is_written=st.booleans(),
)
LEAP = Clock(Status.ACKNOWLEDGED, AnswerTime(1, "months"), Policy(), started_on=date(2028, 1, 31))
NEW_YEAR = Clock(
    Status.ACKNOWLEDGED,
    AnswerTime(1, "days"),
    Policy(),
    calendar=Calendar(frozenset({1, 2, 3, 4, 5, 6, 7})),
    zone=ZoneInfo("Pacific/Kiritimati"),
    started_on=date(2026, 12, 31),
)


class LocalDayTests(SimpleTestCase):
    @settings(deadline=None)
    @given(CLOCKS)
    @example(LEAP)
    @example(NEW_YEAR)
    @example(replace(NEW_YEAR, zone=ZoneInfo("America/Havana"), started_on=date(2027, 3, 12)))
    @example(replace(NEW_YEAR, zone=ZoneInfo("America/Havana"), started_on=date(2027, 10, 29)))
    def test_it_is_eight_o_clock_of_a_working_day_and_not_a_second_before(self, clock: Clock) -> None:
        assert clock.started_on
        deadline, found = deadline_of(clock), next_action_of(clock, clock.started_on)
        assert deadline
        assert found
        kind, at = found
        local = at.astimezone(clock.zone)
        assert at.tzinfo is datetime.UTC
        assert local.time() == DUE_TIME
        assert clock.calendar.is_working(local.date())
        before = (at - SECOND).astimezone(clock.zone)
        assert (before.date(), before.time()) < (local.date(), DUE_TIME)
        if kind is ReminderKind.ACKNOWLEDGEMENT_CHECK:
            assert clock.started_on < local.date() < deadline.day
        else:
            assert local.date() > deadline.day

    @settings(deadline=None)
    @given(CLOCKS)
    def test_a_deadline_is_a_working_day_after_the_day_of_sending(self, clock: Clock) -> None:
        assert clock.started_on
        deadline = deadline_of(clock)
        assert deadline
        assert clock.calendar.is_working(deadline.day)
        assert clock.promised_on or deadline.day > clock.started_on
        assert deadline.why.endswith(".")

    @settings(deadline=None)
    @given(CLOCKS, ZONES)
    def test_in_another_zone_it_is_the_same_day_at_the_same_hour(self, clock: Clock, zone: ZoneInfo) -> None:
        assert clock.started_on
        moved = replace(clock, zone=zone)
        assert deadline_of(moved) == deadline_of(clock)
        here, there = next_action_of(clock, clock.started_on), next_action_of(moved, clock.started_on)
        assert here
        assert there
        assert here[0] is there[0]
        assert here[1].astimezone(clock.zone).replace(tzinfo=None) == there[1].astimezone(zone).replace(tzinfo=None)

    def test_a_month_from_the_last_of_january_ends_on_the_leap_day(self) -> None:
        deadline = deadline_of(LEAP)
        assert deadline
        assert deadline.day == date(2028, 2, 29)
        deadline = deadline_of(replace(LEAP, started_on=date(2027, 1, 31)))
        assert deadline
        assert deadline.day == date(2027, 3, 1)  # the 28th is a Sunday

    def test_the_new_year_begins_where_the_organisation_is(self) -> None:
        found = next_action_of(NEW_YEAR, date(2026, 12, 31))
        assert found
        assert found[1] == datetime.datetime(2027, 1, 1, 18, tzinfo=datetime.UTC)  # 2 January, 08:00 at UTC+14


class SweepTests(SimpleTestCase):
    """Plays the sweep: it looks at its own times, late or not, and fires what is due by then."""

    @settings(deadline=None)
    @given(CLOCKS, st.lists(st.integers(1, 90 * 24), min_size=1, max_size=80))
    def test_each_step_comes_once_and_two_are_never_on_one_day(self, clock: Clock, hours: list[int]) -> None:
        assert clock.started_on
        now = datetime.datetime.combine(clock.started_on, datetime.time(12), clock.zone).astimezone(datetime.UTC)
        fired: dict[ReminderKind, date] = {}
        for wait in hours:
            now += timedelta(hours=wait)
            today = now.astimezone(clock.zone).date()
            found = next_action_of(replace(clock, fired=dict(fired)), today)
            if found is None or found[1] > now:
                continue
            assert found[0] not in fired
            assert today not in fired.values()
            fired[found[0]] = today
        assert list(fired.values()) == sorted(fired.values())
        assert len(fired) <= len(ReminderKind)

    @settings(deadline=None)
    @given(CLOCKS)
    def test_looked_at_every_day_each_step_comes_on_its_day(self, clock: Clock) -> None:
        assert clock.started_on
        fired: dict[ReminderKind, date] = {}
        today = clock.started_on
        while found := next_action_of(replace(clock, fired=dict(fired)), today):
            day = found[1].astimezone(clock.zone).date()
            assert day > max([*fired.values(), date.min])
            fired[found[0]] = today = max(day, today)
        late = ReminderKind.PROMISE_DUE if clock.promised_on else ReminderKind.OVERDUE
        assert late in fired
        for kind, wait in (
            (ReminderKind.FIRST_FOLLOW_UP, clock.policy.first_follow_up_days),
            (ReminderKind.GIVE_UP, clock.policy.give_up_days),
        ):
            assert (kind in fired) == bool(wait and clock.is_written)


class SnoozeTests(SimpleTestCase):
    @settings(deadline=None)
    @given(CLOCKS, DAYS)
    def test_nothing_comes_before_the_day_until_which_it_is_put_off(self, clock: Clock, until: date) -> None:
        assert clock.started_on
        found = next_action_of(clock, clock.started_on)
        snoozed = next_action_of(replace(clock, snoozed_until=until), clock.started_on)
        assert found
        assert snoozed
        assert snoozed[0] is found[0]
        day, put_off = (each[1].astimezone(clock.zone).date() for each in (found, snoozed))
        assert put_off == max(day, until)


class PauseTests(SimpleTestCase):
    @settings(deadline=None)
    @given(CLOCKS, st.integers(1, 60))
    def test_a_longer_pause_never_makes_it_due_earlier(self, clock: Clock, more: int) -> None:
        first, second = deadline_of(clock), deadline_of(replace(clock, paused_days=clock.paused_days + more))
        assert first
        assert second
        assert first.day <= second.day
