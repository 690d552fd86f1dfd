import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from requests_app.models import (
    Action,
    FollowUp,
    FollowUpState,
    InboundKind,
    InboundMail,
    InboundState,
    Notice,
    NoticeKind,
    OptOutRequest,
    Outcome,
    Reminder,
    ReminderKind,
    ReminderState,
    Status,
    Waits,
    Way,
)
from requests_app.records.chain import verify_stream
from requests_app.tracking.changes import move_request
from requests_app.tracking.clock import pause, snooze
from tests.tracking.sweeping import BERLIN, SweepTestCase

IN_ORDER = ["acknowledgement_check", "overdue", "first_follow_up", "second_follow_up", "escalation", "give_up"]


class FireTests(SweepTestCase):
    def test_nothing_fires_before_its_time(self) -> None:
        assert self.request.next_action_at
        self.traveller.move_to(self.request.next_action_at - datetime.timedelta(seconds=1))
        assert not self.sweep().fired
        self.go_on(seconds=1)
        assert self.sweep().fired == {ReminderKind.ACKNOWLEDGEMENT_CHECK: 1}

    def test_it_writes_the_ledger_the_event_the_text_and_the_next_time(self) -> None:
        self.sweep_next()
        reminder = Reminder.objects.get()
        assert (reminder.kind, reminder.clock_event) == ("acknowledgement_check", self.request.clock_event)
        event = self.request.stream.events.order_by("-sequence")[0]
        assert (event.action, event.actor) == (Action.REMINDER_SENT, "clock")
        assert event.detail["kind"] == "acknowledgement_check"
        assert FollowUp.objects.get().state == FollowUpState.WAITING
        assert self.request.next_action == ReminderKind.OVERDUE
        assert self.next_at() > reminder.fired_at
        assert verify_stream(self.request.stream).fault is None

    def test_the_whole_course_of_a_request_that_nobody_answers(self) -> None:
        for _step in IN_ORDER:
            self.sweep_next()
            local = datetime.datetime.now(tz=BERLIN)
            assert (local.hour, local.minute) == (8, 0)
            assert local.isoweekday() <= 5
        assert self.kinds() == IN_ORDER
        assert self.request.next_action_at is None
        waiting = FollowUp.objects.filter(state=FollowUpState.WAITING)
        assert [follow_up.kind for follow_up in waiting] == ["escalation"]
        assert Reminder.objects.filter(state=ReminderState.SKIPPED).count() == 3

    def test_a_second_pass_at_the_same_time_fires_nothing(self) -> None:
        self.sweep_next()
        assert not self.sweep().fired
        assert len(self.kinds()) == 1

    def test_people_are_told_of_an_answer_that_is_overdue(self) -> None:
        self.sweep_until("overdue")
        assert set(Notice.objects.values_list("kind", flat=True)) == {NoticeKind.OVERDUE}

    def test_missed_beats_make_no_flood(self) -> None:
        self.go_on(days=300)
        assert self.sweep().fired == {ReminderKind.OVERDUE: 1}
        assert not self.sweep().fired
        for kind in IN_ORDER[2:]:
            before = datetime.datetime.now(tz=datetime.UTC)
            self.sweep_next()
            assert datetime.datetime.now(tz=datetime.UTC) - before > datetime.timedelta(hours=20)
            assert self.kinds()[-1] == kind
        assert self.kinds() == IN_ORDER[1:]

    def test_many_are_fired_in_batches(self) -> None:
        for _more in range(4):
            self.send()
        self.go_on(days=300)
        assert self.sweep(batch=2).fired == {ReminderKind.OVERDUE: 5}


class LookedAtAgainTests(SweepTestCase):
    """What changed between the time that was worked out and the time that came."""

    def fired_after(self, **change: Any) -> list[str]:
        """Make the change behind the clock's back, let the time come and return what fired."""
        OptOutRequest.objects.filter(pk=self.request.pk).update(**change)
        self.sweep_next()
        return self.kinds()

    def test_a_closed_request_is_not_reminded(self) -> None:
        assert self.fired_after(status=Status.CLOSED, outcome=Outcome.WITHDRAWN) == []
        assert self.request.next_action_at is None

    def test_a_request_that_waits_for_us_is_not_reminded(self) -> None:
        assert self.fired_after(status=Status.ACTION_NEEDED) == []

    def test_a_paused_request_is_not_reminded(self) -> None:
        assert self.fired_after(paused_on=self.acme.today()) == []
        assert self.request.next_action_at is None

    def test_a_request_that_was_put_off_is_reminded_on_that_day(self) -> None:
        until = self.acme.today() + datetime.timedelta(days=9)
        assert self.fired_after(snoozed_until=until) == []
        assert self.next_at().astimezone(BERLIN).date() == until
        self.sweep_next()
        assert len(self.kinds()) == 1

    def test_what_the_ledger_has_had_is_not_fired_again(self) -> None:
        row = self.request
        Reminder.objects.create(request=row, kind=row.next_action, clock_event=row.clock_event, fired_at=self.next_at())
        assert self.fired_after() == ["acknowledgement_check"]
        assert self.request.next_action == ReminderKind.OVERDUE

    def test_a_reply_that_nobody_has_read_puts_it_off_to_the_next_day(self) -> None:
        mail = InboundMail.objects.create(
            organisation=self.acme, way=Way.PIPE, key="1", raw=b"", size=0, sha256="", kind=InboundKind.REPLY,
            state=InboundState.MATCHED, request=self.request, received_at=self.at, waits=Waits.REPLY,
        )  # fmt: skip
        before = self.next_at()
        assert self.fired_after() == []
        assert self.request.next_action_at == before + datetime.timedelta(days=1)
        InboundMail.objects.filter(pk=mail.pk).update(waits="")
        self.sweep_next()
        assert self.kinds() == ["acknowledgement_check"]

    def test_what_lower_layers_marked_is_worked_out_anew(self) -> None:
        OptOutRequest.objects.filter(pk=self.request.pk).update(
            clock_stale=True, next_action_at=self.at - datetime.timedelta(days=1)
        )
        swept = self.sweep()
        assert (swept.settled, swept.fired) == (1, {})


class MovedTests(SweepTestCase):
    def test_the_clock_starts_anew_when_it_is_sent_again(self) -> None:
        self.sweep_until("overdue")
        move_request(self.member, self.request, Status.ACTION_NEEDED)
        self.go_on(days=1)
        move_request(self.member, self.request, Status.SUBMITTED)
        self.sweep_next()
        assert self.kinds() == ["acknowledgement_check", "overdue", "acknowledgement_check"]

    def test_a_confirmed_request_is_checked_again_after_a_year(self) -> None:
        self.go_on(days=3)
        move_request(self.member, self.request, Status.CLOSED, Outcome.CONFIRMED)
        self.sweep_next()
        assert self.kinds() == ["reverification"]
        assert self.acme.today() == datetime.date(2027, 1, 15)
        assert self.follow_up().kind == "reverification"


class OnceTests(HypothesisTestCase, SweepTestCase):
    """Whatever passes, pauses and moves come in whatever order, nothing fires twice and nothing in the night."""

    STEP = st.one_of(
        st.tuples(st.just("sweep"), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.floats(0.2, 40)),
        st.tuples(st.just("snooze"), st.integers(1, 20)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("resend"), st.just(0)),
        st.tuples(st.just("stale"), st.just(0)),
    )

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(STEP, max_size=10))
    def test_it_fires_once(self, steps: list[tuple[str, float]]) -> None:
        self.traveller.move_to(self.at)
        request = self.send()
        for name, amount in steps:
            getattr(self, f"do_{name}")(request, amount)
            request.refresh_from_db()
        seen = list(Reminder.objects.filter(request=request).values_list("kind", "clock_event"))
        assert len(seen) == len(set(seen))
        fired = request.stream.events.filter(action=Action.REMINDER_SENT).count()
        assert fired == len(seen)
        days = Reminder.objects.filter(request=request).values_list("fired_at", flat=True)
        local = [day.astimezone(BERLIN) for day in days]
        assert len({day.date() for day in local}) == len(local)
        assert FollowUp.objects.filter(request=request, state=FollowUpState.WAITING).count() <= 1
        assert verify_stream(request.stream).fault is None

    def do_sweep(self, _request: OptOutRequest, times: float) -> None:
        for _pass in range(int(times)):
            self.sweep()

    def do_wait(self, _request: OptOutRequest, days: float) -> None:
        self.go_on(days=days)

    def do_snooze(self, request: OptOutRequest, days: float) -> None:
        if request.status in (Status.SUBMITTED, Status.ACKNOWLEDGED):
            snooze(self.member, request, self.acme.today() + datetime.timedelta(days=int(days)))

    def do_pause(self, request: OptOutRequest, _amount: float) -> None:
        if request.status == Status.SUBMITTED and request.paused_on is None:
            pause(self.member, request)

    def do_resend(self, request: OptOutRequest, _amount: float) -> None:
        if request.status == Status.SUBMITTED:
            move_request(self.member, request, Status.ACTION_NEEDED)
        move_request(self.member, request, Status.SUBMITTED)

    def do_stale(self, request: OptOutRequest, _amount: float) -> None:
        OptOutRequest.objects.filter(pk=request.pk).update(clock_stale=True)
