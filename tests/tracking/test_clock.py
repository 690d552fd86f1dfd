import datetime
from datetime import date, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from requests_app.delivery.claims import claim_due, record_result
from requests_app.delivery.smtp import Fate, Result
from requests_app.models import (
    Action,
    Event,
    FollowUpPolicy,
    Membership,
    MoveRefused,
    OptOutRequest,
    Outcome,
    Reminder,
    ReminderKind,
    Status,
)
from requests_app.tracking.changes import move_request
from requests_app.tracking.clock import acknowledge, pause, promise, resume, settle_stale, snooze
from requests_app.tracking.next_action import for_clock, work_out
from tests.world import AcmeTestCase

DAY = timedelta(days=1)


class ClockTestCase(AcmeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)
        self.today = self.acme.today()
        settle_stale()
        self.submitted.refresh_from_db()

    def row(self) -> OptOutRequest:
        return OptOutRequest.objects.get(pk=self.submitted.pk)

    def last_event(self) -> Event:
        event = Event.objects.filter(stream=self.submitted.stream).order_by("-sequence").first()
        assert event
        return event

    def later(self, days: int) -> "mock._patch[object]":
        """Let the organisation be so many days further on."""
        return mock.patch("requests_app.models.Organisation.today", lambda _self: self.today + days * DAY)


class StartTests(ClockTestCase):
    def test_what_was_handed_over_starts_on_its_day_with_its_event(self) -> None:
        row, event = self.row(), Event.objects.get(stream=self.submitted.stream, action=Action.REQUEST_SUBMITTED)
        assert (row.clock_started_on, row.clock_event) == (self.today, event.hash)
        assert not row.clock_stale
        assert row.snapshot
        assert row.answer_by == date.fromisoformat(row.snapshot["answer_by"])
        assert row.next_action in (ReminderKind.ACKNOWLEDGEMENT_CHECK, ReminderKind.OVERDUE)
        assert row.next_action_at
        assert row.next_action_at > timezone.now()

    def test_a_mail_starts_it_once_it_has_left(self) -> None:
        queued = OptOutRequest.objects.get(pk=self.queued.pk)
        assert (queued.clock_started_on, queued.next_action_at) == (None, None)
        self.outgoing.state, self.outgoing.due_at = "queued", timezone.now()
        self.outgoing.save()
        [mail] = claim_due(timezone.now(), 1)
        record_result(mail, Result(Fate.SENT, "250 OK"), timezone.now())
        assert settle_stale() == 1
        queued.refresh_from_db()
        sent = Event.objects.get(stream=queued.stream, action=Action.MESSAGE_SENT)
        assert (queued.clock_started_on, queued.clock_event) == (self.today, sent.hash)
        assert queued.next_action_at

    def test_a_draft_has_nothing_due(self) -> None:
        draft = OptOutRequest.objects.get(pk=self.draft.pk)
        assert (draft.clock_stale, draft.next_action, draft.clock_event) == (False, "", "")

    def test_many_take_as_many_queries_as_one(self) -> None:
        rows = list(for_clock(OptOutRequest.objects.filter(pk__in=[self.submitted.pk, self.draft.pk])))
        with self.assertNumQueries(2):
            work_out(rows)
        with self.assertNumQueries(2):
            work_out(rows[:1])


class AcknowledgeTests(ClockTestCase):
    def test_an_acknowledgement_leaves_the_deadline_as_it_is(self) -> None:
        before = self.row().answer_by
        acknowledge(self.olga, self.submitted, self.today, note="They have it.")
        row = self.row()
        assert (row.status, row.acknowledged_on, row.answer_by) == (Status.ACKNOWLEDGED, self.today, before)
        assert row.next_action == ReminderKind.OVERDUE

    def test_a_promise_replaces_it_and_starts_the_reminders_anew(self) -> None:
        until = date(2027, 3, 2)
        acknowledge(self.olga, self.submitted, self.today, until)
        row = self.row()
        assert (row.answer_by, row.promised_on, row.clock_event) == (until, until, self.last_event().hash)
        assert row.next_action == ReminderKind.PROMISE_DUE
        assert self.last_event().action == Action.ANSWER_PROMISED

    def test_a_promise_that_cannot_be_meant_leaves_nothing_behind(self) -> None:
        for until in (self.today - DAY, date(2999, 1, 1)):
            with pytest.raises(MoveRefused, match="cannot be meant"):
                acknowledge(self.olga, self.submitted, self.today, until)
        assert self.row().status == Status.SUBMITTED
        with pytest.raises(MoveRefused, match="No answer is awaited"):
            promise(self.olga, self.draft, self.today)


class PauseTests(ClockTestCase):
    def test_a_pause_stops_the_clock_and_its_days_are_added(self) -> None:
        before = self.row().answer_by
        assert before
        pause(self.olga, self.submitted, note="They want a list of users.")
        assert (self.row().answer_by, self.row().next_action, self.row().next_action_at) == (None, "", None)
        with self.later(7):
            resume(self.olga, self.submitted)
        row = self.row()
        assert (row.paused_days, row.paused_on, row.answer_by) == (7, None, before + 7 * DAY)
        assert row.next_action_at
        assert self.last_event().detail["on"] == (self.today + 7 * DAY).isoformat()

    def test_it_is_refused_where_it_makes_no_sense(self) -> None:
        with pytest.raises(MoveRefused, match="runs already"):
            resume(self.olga, self.submitted)
        pause(self.olga, self.submitted)
        with pytest.raises(MoveRefused, match="stands still already"):
            pause(self.olga, self.submitted)
        with pytest.raises(MoveRefused, match="cannot be meant"):
            resume(self.olga, self.submitted, self.today - DAY)
        with pytest.raises(MoveRefused, match="No answer is awaited"):
            pause(self.olga, self.draft)

    def test_what_needs_an_action_of_ours_stops_it_until_the_vendor_has_it_again(self) -> None:
        move_request(self.olga, self.submitted, Status.ACTION_NEEDED)
        assert (self.row().paused_on, self.row().answer_by, self.row().next_action) == (self.today, None, "")
        with self.later(3):
            move_request(self.olga, self.submitted, Status.ACKNOWLEDGED)
        assert (self.row().paused_days, self.row().paused_on) == (3, None)


class RestartTests(ClockTestCase):
    def test_sending_again_starts_it_anew(self) -> None:
        acknowledge(self.olga, self.submitted, self.today, self.today + 30 * DAY)
        move_request(self.olga, self.submitted, Status.ACTION_NEEDED)
        with self.later(5):
            move_request(self.olga, self.submitted, Status.SUBMITTED)
            row = self.row()
        assert row.clock_started_on == self.today + 5 * DAY
        assert (row.clock_event, row.promised_on, row.paused_days) == (self.last_event().hash, None, 0)

    def test_a_reopened_one_waits_for_us_and_then_starts_anew(self) -> None:
        move_request(self.olga, self.submitted, Status.CLOSED, Outcome.REFUSED)
        assert self.row().next_action_at is None
        move_request(self.olga, self.submitted, Status.ACTION_NEEDED)
        assert (self.row().paused_on, self.row().clock_event) == (self.today, self.last_event().hash)

    def test_reminders_of_an_earlier_start_count_no_more(self) -> None:
        acknowledge(self.olga, self.submitted, self.today)
        row = self.row()
        for kind in (ReminderKind.OVERDUE, ReminderKind.FIRST_FOLLOW_UP):
            Reminder.objects.create(request=row, kind=kind, clock_event=row.clock_event, fired_at=timezone.now())
        snooze(self.olga, row, self.today + DAY)
        assert self.row().next_action == ReminderKind.SECOND_FOLLOW_UP
        promise(self.olga, row, self.today + 10 * DAY)
        assert self.row().next_action == ReminderKind.PROMISE_DUE


class ConfirmedTests(ClockTestCase):
    def test_a_confirmed_one_is_checked_again(self) -> None:
        FollowUpPolicy.objects.create(organisation=self.acme, vendor=self.slack, reverify_months=1)
        move_request(self.olga, self.submitted, Status.CLOSED, Outcome.CONFIRMED)
        row = self.row()
        assert row.reverify_on
        assert timedelta(days=28) <= row.reverify_on - self.today <= timedelta(days=31)
        assert (row.next_action, row.clock_event) == (ReminderKind.REVERIFICATION, self.last_event().hash)

    def test_one_that_was_confirmed_before_there_was_a_clock_is_checked_again_too(self) -> None:
        move_request(self.olga, self.submitted, Status.CLOSED, Outcome.CONFIRMED)
        expected = self.row()
        OptOutRequest.objects.filter(pk=expected.pk).update(
            clock_event="", reverify_on=None, next_action="", next_action_at=None, clock_stale=True
        )
        settle_stale()
        found = self.row()
        for name in ("clock_event", "reverify_on", "next_action", "next_action_at"):
            assert getattr(found, name) == getattr(expected, name), name

    def test_a_refused_one_is_not(self) -> None:
        move_request(self.olga, self.submitted, Status.CLOSED, Outcome.REFUSED)
        assert (self.row().reverify_on, self.row().next_action) == (None, "")


class SnoozeTests(ClockTestCase):
    def test_nothing_becomes_due_before_that_day_and_the_deadline_stays(self) -> None:
        before, until = self.row().answer_by, self.today + 100 * DAY
        snooze(self.olga, self.submitted, until)
        row = self.row()
        assert row.next_action_at
        assert (row.snoozed_until, row.answer_by) == (until, before)
        assert row.next_action_at.date() == until
        assert self.last_event().detail["until"] == until.isoformat()

    def test_it_is_refused_for_a_draft_and_for_a_day_that_is_not_to_come(self) -> None:
        with pytest.raises(MoveRefused, match="for a draft"):
            snooze(self.olga, self.draft, self.today + DAY)
        with pytest.raises(MoveRefused, match="cannot be meant"):
            snooze(self.olga, self.submitted, self.today)


class ZoneTests(ClockTestCase):
    def test_the_hour_follows_the_time_zone(self) -> None:
        for zone, hour in (("UTC", 8), ("Pacific/Kiritimati", 18), ("America/Phoenix", 15)):
            self.acme.time_zone = zone
            self.acme.save()
            OptOutRequest.objects.update(clock_stale=True)
            settle_stale()
            at = self.row().next_action_at
            assert at
            with self.subTest(zone):
                assert at.astimezone(datetime.UTC).hour == hour
