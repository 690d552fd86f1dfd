import datetime
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from django.utils import translation

from requests_app.catalogue.procedure import AnswerTime
from requests_app.drafting.working_days import Calendar
from requests_app.models import ReminderKind, Status
from requests_app.tracking.deadlines import Clock, deadline_of, next_action_of, reverification_day
from requests_app.tracking.policy import Policy

SENT = date(2026, 11, 3)
TODAY = SENT
CLOCK = Clock(Status.SUBMITTED, AnswerTime(14, "days"), Policy(), started_on=SENT)
STATED = AnswerTime(12, "working_days", "within 12 business days.")
BERLIN = ZoneInfo("Europe/Berlin")


def due(**changes: object) -> date:
    deadline = deadline_of(replace(CLOCK, **changes))  # type: ignore[arg-type]
    assert deadline
    return deadline.day


def why(**changes: object) -> str:
    deadline = deadline_of(replace(CLOCK, **changes))  # type: ignore[arg-type]
    assert deadline
    return deadline.why


def next_step(**changes: object) -> tuple[str, str] | None:
    found = next_action_of(replace(CLOCK, **changes), TODAY)  # type: ignore[arg-type]
    return found and (found[0].value, found[1].strftime("%Y-%m-%d %H:%M"))


class DayTests(SimpleTestCase):
    def test_it_counts_from_the_day_of_sending(self) -> None:
        assert due() == date(2026, 11, 17)
        assert due(started_on=date(2026, 11, 4)) == date(2026, 11, 18)
        assert deadline_of(replace(CLOCK, started_on=None)) is None

    def test_one_that_falls_on_a_day_off_moves_to_the_next_working_day(self) -> None:
        assert due(started_on=date(2026, 11, 7)) == date(2026, 11, 23)
        assert due(started_on=date(2026, 12, 11), calendar=Calendar(country="DE")) == date(2026, 12, 28)

    def test_working_days_leave_holidays_out(self) -> None:
        assert due(time=STATED) == date(2026, 11, 19)
        assert due(time=STATED, calendar=Calendar(country="PL")) == date(2026, 11, 20)

    def test_the_day_that_the_letter_names_stays(self) -> None:
        assert due(named=date(2026, 11, 18)) == date(2026, 11, 18)

    def test_an_acknowledgement_does_not_move_it(self) -> None:
        assert due(status=Status.ACKNOWLEDGED) == due()

    def test_a_promised_day_replaces_it(self) -> None:
        assert due(promised_on=date(2026, 12, 1), named=date(2026, 11, 18)) == date(2026, 12, 1)
        assert due(promised_on=date(2026, 12, 5)) == date(2026, 12, 7)
        assert due(promised_on=date(2026, 11, 5)) == date(2026, 11, 5)

    def test_a_pause_stops_the_clock_and_adds_its_days(self) -> None:
        assert deadline_of(replace(CLOCK, is_paused=True)) is None
        assert due(paused_days=3) == date(2026, 11, 20)
        assert due(paused_days=4) == date(2026, 11, 23)  # Saturday 21 November


class SentenceTests(SimpleTestCase):
    def test_it_says_what_was_counted_and_whose_time_it_is(self) -> None:
        assert why() == "14 days after 3 Nov 2026, because the vendor names no time of its own."
        assert why(time=STATED, calendar=Calendar(country="PL")) == (
            "12 working days after 3 Nov 2026, without 11 Nov 2026 (holiday), "
            "as the vendor says: “within 12 business days”."
        )
        assert why(time=AnswerTime(1, "months", "a month")).startswith("One month after 3 Nov 2026, ")
        assert why(time=AnswerTime(48, "hours", "x")).startswith("48 hours after 3 Nov 2026, ")
        assert why(time=AnswerTime(2, "weeks", "x")).startswith("2 weeks after 3 Nov 2026, ")

    def test_it_says_what_moved_it(self) -> None:
        assert "moved on from 21 Nov 2026, a day off" in why(started_on=date(2026, 11, 7))
        assert why(paused_days=4).startswith(
            "14 days after 3 Nov 2026, 4 days later for the pause, moved on from 21 Nov 2026, a day off, "
        )
        assert why(paused_days=1).startswith("14 days after 3 Nov 2026, one day later for the pause, ")
        assert why(promised_on=date(2026, 12, 5)) == (
            "The vendor promised an answer by 5 Dec 2026, moved on from 5 Dec 2026, a day off."
        )
        assert why(named=date(2026, 11, 18)).startswith("The day that the letter names, ")

    def test_a_few_holidays_are_named_and_many_are_counted(self) -> None:
        japan = Calendar(country="JP")
        told = why(time=AnswerTime(60, "working_days", "x"), calendar=japan)
        assert "without 23 Nov 2026, 1 Jan 2027 and 11 Jan 2027 (holidays)" in told
        assert "without 5 holidays" in why(time=AnswerTime(80, "working_days", "x"), calendar=japan)

    def test_it_is_said_in_the_language_of_the_page(self) -> None:
        with translation.override("de"):
            assert "3. Nov" in why()


class NextTests(SimpleTestCase):
    def test_first_it_asks_whether_it_arrived(self) -> None:
        assert next_step() == ("acknowledgement_check", "2026-11-10 08:00")
        assert next_step(zone=BERLIN) == ("acknowledgement_check", "2026-11-10 07:00")

    def test_it_does_not_ask_where_the_answer_itself_is_due_before(self) -> None:
        late = ("overdue", "2026-11-06 08:00")
        assert next_step(time=AnswerTime(48, "hours", "x")) == late
        assert next_step(status=Status.ACKNOWLEDGED) == ("overdue", "2026-11-18 08:00")
        assert next_step(policy=Policy(acknowledgement_days=0)) == ("overdue", "2026-11-18 08:00")
        found = next_action_of(CLOCK, date(2026, 11, 18))
        assert found
        assert found[0] is ReminderKind.OVERDUE

    def test_each_step_counts_from_the_one_before(self) -> None:
        fired: dict[ReminderKind, date] = {}
        steps = []
        for _ in range(6):
            found = next_action_of(replace(CLOCK, fired=dict(fired)), TODAY)
            assert found
            fired[found[0]] = found[1].date()
            steps.append((found[0].value, found[1].date().isoformat()))
        assert steps == [
            ("acknowledgement_check", "2026-11-10"),
            ("overdue", "2026-11-18"),
            ("first_follow_up", "2026-11-20"),
            ("second_follow_up", "2026-12-04"),
            ("escalation", "2026-12-18"),
            ("give_up", "2027-01-29"),
        ]
        assert next_action_of(replace(CLOCK, fired=fired), TODAY) is None

    def test_a_late_step_pushes_the_next_one_to_another_day(self) -> None:
        late = {ReminderKind.OVERDUE: date(2027, 3, 1)}
        assert next_step(fired=late) == ("first_follow_up", "2027-03-02 08:00")

    def test_a_step_that_is_left_out_is_passed_over(self) -> None:
        policy = Policy(first_follow_up_days=0, second_follow_up_days=4)
        assert next_step(policy=policy, fired={ReminderKind.OVERDUE: date(2026, 11, 18)}) == (
            "second_follow_up",
            "2026-11-23 08:00",
        )

    def test_a_promise_that_is_not_kept_has_a_word_of_its_own(self) -> None:
        changes = {"promised_on": date(2026, 12, 1), "status": Status.ACKNOWLEDGED}
        assert next_step(**changes) == ("promise_due", "2026-12-02 08:00")

    def test_after_a_pause_the_wait_begins_again(self) -> None:
        fired = {ReminderKind.OVERDUE: date(2026, 11, 18), ReminderKind.FIRST_FOLLOW_UP: date(2026, 11, 20)}
        resumed = date(2026, 12, 10)
        assert next_step(fired=fired, resumed_on=resumed) == ("second_follow_up", "2026-12-24 08:00")

    def test_nothing_is_due_while_the_clock_stands_still(self) -> None:
        assert next_step(is_paused=True) is None
        for status in (Status.DRAFT, Status.ACTION_NEEDED, Status.CLOSED):
            assert next_step(status=status) is None

    def test_nobody_follows_up_with_oneself(self) -> None:
        assert next_step(is_written=False) == ("overdue", "2026-11-18 08:00")
        assert next_step(is_written=False, fired={ReminderKind.OVERDUE: date(2026, 11, 18)}) is None

    def test_what_is_snoozed_waits(self) -> None:
        assert next_step(snoozed_until=date(2026, 11, 14)) == ("acknowledgement_check", "2026-11-14 08:00")
        assert next_step(snoozed_until=date(2026, 11, 5)) == ("acknowledgement_check", "2026-11-10 08:00")

    def test_a_confirmed_one_is_checked_again(self) -> None:
        day = reverification_day(date(2026, 8, 31), Policy(reverify_months=6))
        assert day == date(2027, 2, 28)
        closed = {"status": Status.CLOSED, "reverify_on": day}
        assert next_step(**closed) == ("reverification", "2027-03-01 08:00")
        assert next_step(**closed, fired={ReminderKind.REVERIFICATION: date(2027, 3, 1)}) is None
        assert reverification_day(date(2026, 8, 31), Policy(reverify_months=0)) is None


class DueTimeTests(SimpleTestCase):
    def test_it_is_eight_o_clock_in_summer_and_winter(self) -> None:
        for start, utc in ((date(2027, 3, 19), "06:00"), (date(2027, 3, 12), "06:00"), (date(2026, 10, 19), "07:00")):
            found = next_action_of(replace(CLOCK, zone=BERLIN, started_on=start), start)
            assert found
            local = found[1].astimezone(BERLIN)
            assert local.time() == datetime.time(8)
            with self.subTest(start):
                assert found[1].strftime("%H:%M") == utc or local.utcoffset() == datetime.timedelta(hours=1)
