"""Random acts through the public functions, in any order: none of them finds a way around the table of moves."""

import datetime
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from requests_app.delivery.handover import HandOverRefused, How, submit_request
from requests_app.delivery.outbox import cancel_message, queue_message
from requests_app.delivery.sending import SendingRefused
from requests_app.drafting.requests import EditedMeanwhile, start_request
from requests_app.models import (
    MOVES,
    OUTCOMES,
    Action,
    Event,
    Membership,
    MoveRefused,
    OptOutRequest,
    Outcome,
    OutgoingMail,
    Status,
)
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking.changes import move_request
from requests_app.tracking.clock import acknowledge, pause, promise, resume, settle_stale, snooze
from tests.world import AcmeTestCase

DAYS = st.integers(-3, 20)
REFUSALS = (MoveRefused, SendingRefused, EditedMeanwhile, HandOverRefused)
# By delivery alone: a draft that never left comes back.
TAKEN_BACK = {(Status.SUBMITTED, Status.DRAFT), (Status.ACTION_NEEDED, Status.DRAFT)}


class Moves(RuleBasedStateMachine):
    """One request, anything that can be done with it, and what it was before each act."""

    membership: Membership
    start: Any

    def __init__(self) -> None:
        super().__init__()
        self.pk = self.start().pk
        self.today = self.membership.organisation.today()
        self.was = (Status.DRAFT, "")
        self.events = self.count()

    def row(self) -> OptOutRequest:
        return OptOutRequest.objects.select_related("organisation", "stream", "version", "procedure").get(pk=self.pk)

    def count(self) -> int:
        return Event.objects.filter(stream=self.row().stream).count()

    def day(self, days: int) -> datetime.date:
        return self.today + datetime.timedelta(days=days)

    def attempt(self, act: Any, *arguments: Any, **more: Any) -> None:
        before = self.row()
        try:
            with transaction.atomic():
                act(self.membership, before, *arguments, **more)
        except REFUSALS:
            after = self.row()
            assert (after.status, after.outcome, after.edition) == (before.status, before.outcome, before.edition)
            assert self.count() == self.events, "what was refused left an event"

    @rule(status=st.sampled_from(Status), outcome=st.one_of(st.none(), st.sampled_from(Outcome)), days=DAYS)
    def move(self, status: Status, outcome: Outcome | None, days: int) -> None:
        self.attempt(move_request, status, outcome, on=self.day(days))

    @rule(status=st.sampled_from(Status), outcome=st.sampled_from(Outcome))
    def move_as_a_person_would(self, status: Status, outcome: Outcome) -> None:
        self.attempt(move_request, status, outcome if status is Status.CLOSED else None)

    @rule(how=st.sampled_from([How.EMAIL, How.POST]))
    def hand_over(self, how: How) -> None:
        self.attempt(submit_request, on=self.today, how=how)

    @rule()
    def queue(self) -> None:
        self.attempt(queue_message)

    @rule()
    def take_back(self) -> None:
        mail = OutgoingMail.objects.filter(request=self.pk).order_by("-pk").first()
        if mail:
            self.attempt(lambda membership, _row: cancel_message(membership, mail))

    @rule(on=DAYS, promised=st.one_of(st.none(), DAYS))
    def acknowledged(self, on: int, promised: int | None) -> None:
        self.attempt(acknowledge, self.day(on), None if promised is None else self.day(promised))

    @rule(days=DAYS, act=st.sampled_from([pause, resume, snooze, promise]))
    def clock(self, days: int, act: Any) -> None:
        self.attempt(act, self.day(days))

    @rule()
    def sweep(self) -> None:
        settle_stale()

    @invariant()
    def each_change_is_in_the_table_and_in_the_history(self) -> None:
        row, events = self.row(), self.count()
        status = Status(row.status)
        before, outcome = self.was
        if status is not before:
            assert status in MOVES[before] or (before, status) in TAKEN_BACK, f"{before} became {status}"
            assert events > self.events, "a change left no event"
        if row.outcome != outcome and row.outcome:
            assert Outcome(row.outcome) in OUTCOMES[before]
        assert (status is Status.CLOSED) == bool(row.outcome) == (row.closed_on is not None)
        self.was, self.events = (status, row.outcome), events

    @invariant()
    def the_clock_agrees_with_the_status(self) -> None:
        row = self.row()
        if row.clock_stale:
            return
        waits = row.status in AWAITS_ANSWER and row.clock_started_on and not row.paused_on
        checked_again = row.status == Status.CLOSED and row.reverify_on
        assert bool(row.next_action_at) == bool(waits or checked_again)
        assert bool(row.next_action) == bool(row.next_action_at)
        assert not (row.paused_on and row.answer_by and row.clock_started_on)
        if row.next_action_at:
            assert Event.objects.filter(stream=row.stream, hash=row.clock_event).exists()

    def teardown(self) -> None:
        actions = Event.objects.filter(stream=self.row().stream).order_by("sequence").values_list("action", flat=True)
        assert actions[0] == Action.REQUEST_DRAFTED


class MoveTests(AcmeTestCase):
    def test_no_order_of_acts_finds_a_way_around_the_table(self) -> None:
        olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)

        class OneRequest(Moves):
            membership = olga

            def start(self) -> OptOutRequest:
                return start_request(olga, MoveTests.workspace, MoveTests.shared_procedure)

        bounded = settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        run_state_machine_as_test(OneRequest, settings=bounded)
