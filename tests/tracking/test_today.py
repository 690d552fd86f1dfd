import datetime

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.models import OptOutRequest, OutgoingMail, Procedure
from requests_app.tracking.needs import Found, needs_of
from requests_app.tracking.version_changes import note_version_changes
from tests.drafting.requests import new_version
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace
from tests.world import AcmeTestCase


class TodayTests(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def test_a_calm_page_names_the_next_step(self) -> None:
        self.client.force_login(self.outsider)
        response = self.client.get("/o/other/")
        self.assertContains(response, "No workspace yet")
        self.assertContains(response, "/o/other/workspaces/new/")

    def test_drafts_and_gaps_are_shown(self) -> None:
        make_workspace(self.acme, make_procedure(make_vendor("gappy")).vendor, "Gappy workspace")
        response = self.client.get("/o/acme/")
        self.assertContains(response, "Drafts to finish or hand over")
        self.assertContains(response, f"/o/acme/requests/{self.draft.pk}/")
        self.assertContains(response, "Gappy workspace")
        self.assertNotContains(response, "Answer overdue")

    def test_an_answer_is_overdue_from_the_next_day_on_where_the_organisation_is(self) -> None:
        OptOutRequest.objects.update(answer_by=None)
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(answer_by=datetime.date(2027, 6, 30))
        for moment, number in (("2027-06-30T21:59:00", 0), ("2027-06-30T22:01:00", 1)):
            with time_machine.travel(datetime.datetime.fromisoformat(moment + "+00:00"), tick=False):
                assert needs_of(self.acme).overdue.count == number

    def test_what_is_closed_or_needs_us_is_not_overdue(self) -> None:
        past = datetime.date(2020, 1, 1)
        for status, outcome in (("closed", "no_reply"), ("action_needed", ""), ("draft", "")):
            OptOutRequest.objects.filter(pk=self.submitted.pk).update(status=status, outcome=outcome, answer_by=past)
            assert needs_of(self.acme).overdue.count == 0

    def test_it_counts_more_than_it_shows(self) -> None:
        for _ in range(7):
            make_request(self.workspace, self.shared_procedure, status="action_needed")
        found = needs_of(self.acme).action_needed
        assert (found.count, len(found.rows), found.more) == (7, 5, 2)

    def test_beyond_a_number_nobody_counts(self) -> None:
        assert (Found(999, []).words, Found(1000, []).words) == ("999", "999+")

    def test_stale_sources_count_when_a_request_rests_on_them(self) -> None:
        Procedure.objects.update(verified_on=datetime.date(2020, 1, 1))
        assert needs_of(self.acme).stale.rows == [self.shared_procedure]
        OptOutRequest.objects.update(status="closed", outcome="withdrawn")
        assert needs_of(self.acme).stale.count == 0

    def test_a_draft_of_an_older_version_is_named(self) -> None:
        assert needs_of(self.acme).outdated.count == 0
        new_version(self.shared_procedure, follow_up_days=21)
        note_version_changes()
        assert needs_of(self.acme).outdated.rows == [self.draft]
        self.assertContains(self.client.get("/o/acme/"), "Drafts whose procedure has changed")

    def test_more_rows_take_no_more_queries(self) -> None:
        self.client.get("/o/acme/")
        numbers = []
        for _ in range(2):
            for _number in range(10):
                make_request(self.workspace, self.shared_procedure, status="action_needed")
                make_request(
                    self.workspace, self.shared_procedure, answer_by=datetime.date(2020, 1, 1), status="submitted"
                )
                make_request(self.workspace, self.shared_procedure, status="draft")
            with CaptureQueriesContext(connection) as queries:
                self.client.get("/o/acme/")
            numbers.append(len(queries))
        assert numbers[0] == numbers[1] <= 28

    def test_mine_is_what_i_am_responsible_for(self) -> None:
        mine = make_request(self.workspace, self.shared_procedure, status="action_needed", responsible=self.admin)
        theirs = make_request(self.workspace, self.shared_procedure, status="action_needed", responsible=self.owner)
        assert needs_of(self.acme).action_needed.rows == [mine, theirs]
        assert needs_of(self.acme, self.admin.pk).action_needed.rows == [mine]
        page = self.client.get("/o/acme/?who=mine")
        self.assertContains(page, f"/o/acme/requests/{mine.pk}/")
        self.assertNotContains(page, f"/o/acme/requests/{theirs.pk}/")

    def test_what_is_put_off_waits_for_its_day(self) -> None:
        row = make_request(self.workspace, self.shared_procedure, status="action_needed")
        for days, number in ((1, 0), (0, 1), (-1, 1)):
            OptOutRequest.objects.filter(pk=row.pk).update(
                snoozed_until=self.acme.today() + datetime.timedelta(days=days)
            )
            assert needs_of(self.acme).action_needed.count == number

    def test_what_is_to_be_checked_again_is_shown_from_its_day_on(self) -> None:
        row = make_request(self.workspace, self.shared_procedure, status="closed", outcome="confirmed")
        for days, number in ((1, 0), (0, 1)):
            OptOutRequest.objects.filter(pk=row.pk).update(
                reverify_on=self.acme.today() + datetime.timedelta(days=days)
            )
            assert needs_of(self.acme).reverifications.count == number

    def test_mail_that_did_not_leave_is_shown(self) -> None:
        assert needs_of(self.acme).unsent.count == 0
        OutgoingMail.objects.update(state="failed")
        assert needs_of(self.acme).unsent.rows == [self.queued]
        self.assertContains(self.client.get("/o/acme/"), "Mail that was not sent")

    def test_demo_data_is_announced(self) -> None:
        self.assertNotContains(self.client.get("/o/acme/"), "Demo data")
        self.acme.is_demo = True
        self.acme.save()
        self.assertContains(self.client.get("/o/acme/"), "Demo data: nothing can be sent")
