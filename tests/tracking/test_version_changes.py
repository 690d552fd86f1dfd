from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.catalogue.load import save_procedure
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.models import Action, Event, Notice, OptOutRequest, Procedure, Status
from requests_app.tracking.needs import needs_of
from requests_app.tracking.version_changes import concerned, note_version_changes
from requests_app.tracking.version_reviews import ReviewRefused, keep_as_it_is, take_up_again
from tests.tracking.rows import make_request, make_workspace
from tests.world import AcmeTestCase


def change(procedure: Procedure, **facts: Any) -> None:
    """Give the procedure another version with these facts, as a load of a changed catalogue does."""
    latest = procedure.versions.order_by("-number")[0]
    content = {**latest.content, "facts": {**latest.content["facts"], **facts}}
    save_procedure(procedure.vendor, Snapshot(content), procedure, (latest.number, latest.content_hash), timezone.now())


class ChangesTestCase(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        note_version_changes()
        self.adam = self.membership(self.admin)

    def concerned(self) -> list[OptOutRequest]:
        return list(concerned(OptOutRequest.objects.all()).order_by("pk"))

    def now(self) -> OptOutRequest:
        return OptOutRequest.objects.get(pk=self.submitted.pk)


class NotingTests(ChangesTestCase):
    def test_what_matters_marks_the_requests_and_tells_who_is_responsible(self) -> None:
        change(self.shared_procedure, subject_line="Another subject")
        assert self.concerned() == []
        assert note_version_changes() == 3
        assert self.concerned() == [self.submitted, self.queued]
        assert needs_of(self.acme).outdated.rows == [self.draft]
        told = Notice.objects.filter(kind="version_changed", membership__user=self.owner)
        assert {row.request_id for row in told} == {self.submitted.pk, self.queued.pk, self.draft.pk}

    def test_a_second_look_finds_nothing_new(self) -> None:
        change(self.shared_procedure, steps=["Do it otherwise"])
        note_version_changes()
        number = Notice.objects.count()
        assert note_version_changes() == 0
        assert Notice.objects.count() == number

    def test_what_does_not_matter_marks_drafts_alone(self) -> None:
        change(self.shared_procedure, caveats=["Read this"])
        assert note_version_changes() == 1
        assert self.concerned() == []

    def test_a_retired_procedure_concerns_what_rests_on_it(self) -> None:
        Procedure.objects.filter(pk=self.shared_procedure.pk).update(retired_at=timezone.now())
        note_version_changes()
        assert self.submitted in self.concerned()
        self.assertContains(self.client.get("/o/acme/changed/"), "Retired")

    def test_what_ended_without_success_is_not_concerned(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(status="closed", outcome="refused")
        change(self.shared_procedure, default_state="no_opt_out_available")
        note_version_changes()
        assert self.submitted not in self.concerned()
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(outcome="confirmed")
        change(self.shared_procedure, default_state="unknown")
        note_version_changes()
        assert self.submitted in self.concerned()

    def test_a_change_that_is_taken_back_concerns_nobody(self) -> None:
        first = self.shared_procedure.versions.get(number=1).content["facts"]
        change(self.shared_procedure, default_state="no_opt_out_available")
        note_version_changes()
        change(self.shared_procedure, default_state=first["default_state"])
        note_version_changes()
        assert self.concerned() == []

    def test_nothing_else_of_a_request_changes(self) -> None:
        before: dict[str, Any] = dict(OptOutRequest.objects.filter(pk=self.submitted.pk).values().get())
        change(self.shared_procedure, subject_line="Another subject")
        note_version_changes()
        after: dict[str, Any] = dict(OptOutRequest.objects.filter(pk=self.submitted.pk).values().get())
        assert {name for name in before if before[name] != after[name]} == {"changed_version"}


class ReviewTests(ChangesTestCase):
    def setUp(self) -> None:
        super().setUp()
        change(self.shared_procedure, subject_line="Another subject")
        note_version_changes()

    def test_still_right_is_recorded_and_asked_no_more(self) -> None:
        keep_as_it_is(self.adam, self.submitted, 2)
        assert self.submitted not in self.concerned()
        event = Event.objects.get(action=Action.VERSION_CHANGE_SEEN)
        assert event.detail == {"from": 1, "to": 2, "acts": False}
        assert self.now().status == Status.SUBMITTED
        note_version_changes()
        assert self.submitted not in self.concerned()

    def test_only_what_is_newer_than_what_was_seen_concerns_it_again(self) -> None:
        keep_as_it_is(self.adam, self.submitted, 2)
        change(self.shared_procedure, caveats=["Read this"])
        note_version_changes()
        assert self.submitted not in self.concerned()
        change(self.shared_procedure, subject_line="Yet another")
        note_version_changes()
        assert self.submitted in self.concerned()

    def test_taking_it_up_again_reopens_it(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(status="closed", outcome="confirmed")
        take_up_again(self.adam, self.submitted, 2)
        assert (self.now().status, self.now().outcome) == (Status.ACTION_NEEDED, "")

    def test_what_changed_once_more_is_refused(self) -> None:
        change(self.shared_procedure, subject_line="Yet another")
        note_version_changes()
        with self.assertRaisesMessage(ReviewRefused, "changed once more"):
            keep_as_it_is(self.adam, self.submitted, 2)
        keep_as_it_is(self.adam, self.submitted, 3)
        with self.assertRaisesMessage(ReviewRefused, "already"):
            keep_as_it_is(self.adam, self.submitted, 3)

    def test_the_page_shows_the_difference_and_takes_the_decision(self) -> None:
        page = self.client.get("/o/acme/changed/")
        self.assertContains(page, "<ins>Another")
        self.assertContains(page, self.submitted.reference)
        self.assertContains(self.client.get("/o/acme/"), "Procedures that have changed")
        answer = self.client.post(
            "/o/acme/changed/review/", {"row": [self.submitted.pk], "version": 2, "decision": "keep"}, follow=True
        )
        self.assertContains(answer, "Recorded for 1 request.")
        self.assertContains(self.client.get(f"/o/acme/requests/{self.submitted.pk}/"), "the request is still right")

    def test_requests_of_others_are_not_found(self) -> None:
        self.client.force_login(self.outsider)
        self.client.post("/o/other/changed/review/", {"row": [self.submitted.pk], "version": 2, "decision": "keep"})
        assert self.submitted in self.concerned()

    def test_more_requests_take_no_more_queries(self) -> None:
        numbers = []
        for round_number in range(2):
            for number in range(15):
                workspace = make_workspace(self.acme, self.slack, f"{round_number} {number}")
                make_request(workspace, self.shared_procedure, status="submitted", changed_version=2)
            self.client.get("/o/acme/changed/")
            with CaptureQueriesContext(connection) as queries:
                self.client.get("/o/acme/changed/")
            numbers.append(len(queries))
        assert numbers[0] == numbers[1] <= 12
