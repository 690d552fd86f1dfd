import datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.delivery.evidence import add_evidence
from requests_app.drafting.requests import start_request
from requests_app.models import (
    MOVES,
    OUTCOMES,
    Action,
    Event,
    Membership,
    MoveRefused,
    Notice,
    NoticeKind,
    OptOutRequest,
    Outcome,
    Status,
    check_move,
)
from requests_app.tracking.changes import add_note, assign, move_request
from requests_app.tracking.forms import HAPPENED, choices_for
from tests.drafting.requests import find, new_workspace
from tests.world import AcmeTestCase


def last_event(request: OptOutRequest) -> Event:
    found = Event.objects.filter(stream=request.stream).order_by("-sequence").first()
    assert found
    return found


class ChangesTestCase(AcmeTestCase):
    adam: Membership

    def setUp(self) -> None:
        self.adam = self.membership(self.admin)

    def move(
        self, request: OptOutRequest, status: Status, outcome: Outcome | None = None, **more: Any
    ) -> OptOutRequest:
        return move_request(self.adam, request, status, outcome, **more)


class MoveTests(ChangesTestCase):
    def test_it_changes_the_status_and_says_so_in_the_history(self) -> None:
        moved = self.move(self.submitted, Status.ACKNOWLEDGED, note="They wrote back.")
        assert OptOutRequest.objects.get(pk=moved.pk).status == Status.ACKNOWLEDGED
        event = last_event(moved)
        assert (event.action, event.actor) == (Action.STATUS_CHANGED, f"user:{self.admin.pk}")
        assert event.detail["from"] == "submitted"
        assert event.detail["to"] == "acknowledged"
        assert event.personal == {"note": "They wrote back."}
        assert "They wrote back." not in event.detail_json

    def test_a_refusal_is_told_to_whoever_can_take_it_on(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(responsible=None)
        self.move(self.submitted, Status.CLOSED, Outcome.REFUSED)
        told = Notice.objects.filter(request=self.submitted, kind=NoticeKind.REFUSAL)
        assert {notice.membership.user for notice in told if notice.membership} == {self.owner, self.admin}

    def test_nobody_is_disturbed_by_another_outcome(self) -> None:
        self.move(self.submitted, Status.CLOSED, Outcome.NO_REPLY)
        assert not Notice.objects.exists()

    def test_it_closes_with_an_outcome_on_the_day_it_happened(self) -> None:
        closed = self.move(self.submitted, Status.CLOSED, Outcome.REFUSED)
        assert (closed.outcome, closed.closed_on) == (Outcome.REFUSED, self.acme.today())
        assert last_event(closed).action == Action.OUTCOME_RECORDED
        assert last_event(closed).detail["outcome"] == "refused"

    def test_reopening_takes_the_outcome_away(self) -> None:
        closed = self.move(self.submitted, Status.CLOSED, Outcome.NO_REPLY)
        opened = self.move(closed, Status.ACTION_NEEDED)
        assert (opened.outcome, opened.closed_on) == ("", None)
        assert last_event(opened).action == Action.REQUEST_REOPENED

    def test_a_move_outside_the_table_is_refused_and_writes_nothing(self) -> None:
        before = Event.objects.count()
        with pytest.raises(MoveRefused, match="cannot become"):
            self.move(self.draft, Status.ACKNOWLEDGED)
        assert Event.objects.count() == before
        assert OptOutRequest.objects.get(pk=self.draft.pk).status == Status.DRAFT

    def test_a_draft_is_handed_over_not_moved(self) -> None:
        with pytest.raises(MoveRefused, match="Hand the draft over"):
            self.move(self.draft, Status.SUBMITTED)

    def test_it_goes_by_the_status_in_the_database(self) -> None:
        stale = OptOutRequest.objects.get(pk=self.submitted.pk)
        self.move(self.submitted, Status.CLOSED, Outcome.REFUSED)
        with pytest.raises(MoveRefused):
            self.move(stale, Status.ACKNOWLEDGED)

    def test_a_day_that_has_not_come_or_was_before_it_was_sent_is_refused(self) -> None:
        for days, said in ((1, "has not come yet"), (-1, "before the request was sent")):
            with pytest.raises(MoveRefused, match=said):
                self.move(self.submitted, Status.ACKNOWLEDGED, on=self.acme.today() + datetime.timedelta(days=days))

    def test_today_is_the_organisations_today(self) -> None:
        with time_machine.travel(datetime.datetime(2026, 12, 31, 23, 30, tzinfo=datetime.UTC), tick=False):
            closed = self.move(self.draft, Status.CLOSED, Outcome.WITHDRAWN)
        assert closed.closed_on == datetime.date(2027, 1, 1)


class EvidenceTests(ChangesTestCase):
    def setting(self) -> OptOutRequest:
        procedure = find("microsoft/windows-diagnostic-data")
        workspace = new_workspace(self.acme, procedure.vendor)
        request = start_request(self.adam, workspace, procedure)
        OptOutRequest.objects.filter(pk=request.pk).update(status=Status.SUBMITTED)
        return request

    def test_a_setting_is_confirmed_only_with_evidence(self) -> None:
        request = self.setting()
        with pytest.raises(MoveRefused, match="Add evidence first"):
            self.move(request, Status.CLOSED, Outcome.CONFIRMED)
        add_evidence(self.adam, request, SimpleUploadedFile("policy.txt", b"AllowTelemetry 0"), "The policy")
        assert self.move(request, Status.CLOSED, Outcome.CONFIRMED).outcome == Outcome.CONFIRMED

    def test_a_vendors_answer_needs_none(self) -> None:
        self.submitted.evidence.all().delete()
        assert self.move(self.submitted, Status.CLOSED, Outcome.CONFIRMED).outcome == Outcome.CONFIRMED


class NoteTests(ChangesTestCase):
    def test_a_note_stands_beside_the_chain(self) -> None:
        add_note(self.adam, self.draft, "Call Jane.")
        event = last_event(self.draft)
        assert (event.action, event.personal) == (Action.NOTE_ADDED, {"note": "Call Jane."})
        assert "Jane" not in event.detail_json


class AssignTests(ChangesTestCase):
    def test_it_names_the_person_by_key(self) -> None:
        assign(self.adam, self.draft, self.admin)
        assert last_event(self.draft).detail == {"to": f"user:{self.admin.pk}"}

    def test_the_same_person_again_writes_nothing(self) -> None:
        assign(self.adam, self.draft, self.admin)
        before = Event.objects.count()
        assign(self.adam, self.draft, self.admin)
        assert Event.objects.count() == before


class TableTests(SimpleTestCase):
    @given(st.lists(st.tuples(st.sampled_from(Status), st.sampled_from([None, *Outcome]))))
    def test_no_sequence_of_moves_leaves_the_table(self, wished: list[tuple[Status, Outcome | None]]) -> None:
        status, outcome = Status.DRAFT, None
        for new, with_outcome in wished:
            try:
                check_move(status, new, with_outcome)
            except MoveRefused:
                continue
            assert new in MOVES[status]
            assert with_outcome is None or with_outcome in OUTCOMES[status]
            status, outcome = new, with_outcome
        assert (status is Status.CLOSED) == (outcome is not None)

    @given(st.sampled_from(Status))
    def test_the_form_offers_what_the_table_allows_and_nothing_else(self, status: Status) -> None:
        for name, _words in choices_for(status):
            new, outcome, _ = HAPPENED[name]
            check_move(status, new, outcome)

    def test_a_draft_can_only_be_withdrawn_or_not_apply(self) -> None:
        assert [name for name, _words in choices_for(Status.DRAFT)] == ["not_applicable", "withdrawn"]
