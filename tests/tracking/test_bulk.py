import datetime
import json
import re
from html import unescape
from typing import Any
from unittest.mock import patch

from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.utils import timezone

from requests_app.drafting.requests import draft_of, start_request
from requests_app.models import (
    Event,
    ItemState,
    Job,
    JobItem,
    JobState,
    MailSettings,
    Membership,
    OptOutRequest,
    OutgoingMail,
    PausedAddress,
    Procedure,
)
from requests_app.tracking import run_jobs
from tests.drafting.requests import load_vendor
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace
from tests.world import AcmeTestCase

MANY = "/o/acme/requests/many/"


class BulkTestCase(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        Job.objects.all().delete()
        self.procedure = make_procedure(make_vendor("bulky"), channel="email")
        self.place = make_workspace(self.acme, self.procedure.vendor, "Bulky")
        self.rows = [make_request(self.place, self.procedure, status="submitted") for _ in range(3)]

    def chosen(self) -> str:
        return MANY + "?" + "&".join(f"row={row.pk}" for row in self.rows)

    def do(self, address: str, **values: Any) -> Job:
        """Preview, then press the button of the preview; return the job."""
        preview = self.client.post(address, values)
        count = re.search(r'name="count" value="(\d+)"', preview.content.decode())
        assert count, preview.content.decode()
        self.client.post(address, {**values, "count": count[1]})
        return Job.objects.latest("pk")


class PreviewTests(BulkTestCase):
    def test_it_counts_and_names_reasons_and_changes_nothing(self) -> None:
        OptOutRequest.objects.filter(pk=self.rows[0].pk).update(responsible=self.owner)
        events = Event.objects.count()
        answer = self.client.post(self.chosen(), {"act": "assign", "responsible": self.owner.pk})
        self.assertContains(answer, "2 requests will be changed")
        self.assertContains(answer, "Is so already")
        assert not Job.objects.exists()
        assert Event.objects.count() == events

    def test_what_is_ticked_can_be_exported_and_nothing_else_is(self) -> None:
        page = self.client.get(f"{MANY}?row={self.rows[0].pk}&row={self.rows[2].pk}").content.decode()
        query = f"only={self.rows[0].pk}-{self.rows[2].pk}"
        assert f'name="query" value="{query}"' in page
        answer = self.client.post("/o/acme/requests/export/", {"format": "json", "query": query})
        assert isinstance(answer, StreamingHttpResponse)
        pages = [row["page"] for row in json.loads(answer.getvalue())["requests"]]
        assert [page.rpartition("/requests/")[2] for page in pages] == [f"{row.pk}/" for row in self.rows[::-2]]
        listed = self.client.get(f"{MANY}?all=1&query=vendor={self.procedure.vendor_id}").content.decode()
        assert f'name="query" value="vendor={self.procedure.vendor_id}"' in listed

    def test_more_than_an_address_holds_cannot_be_exported_by_their_ticks(self) -> None:
        many = "&".join(f"row={number}" for number in range(1, 102))
        self.assertNotContains(self.client.get(f"{self.chosen()}&{many}"), 'name="query"')

    def test_nothing_chosen_leads_back(self) -> None:
        self.assertContains(self.client.get(MANY, follow=True), "Tick at least one")

    def test_too_many_lead_back(self) -> None:
        with patch("requests_app.tracking.bulk.MOST", 2):
            answer = self.client.get(f"{MANY}?all=1&query=vendor={self.procedure.vendor_id}", follow=True)
        self.assertContains(answer, "Narrow the list")

    def test_bad_input_is_kept_with_its_error(self) -> None:
        later = (self.acme.today() + datetime.timedelta(days=1)).isoformat()
        answer = self.client.post(
            self.chosen(), {"act": "close", "outcome": "withdrawn", "on": later, "note": "Keep me"}
        )
        self.assertContains(answer, "has not come yet", status_code=422)
        self.assertContains(answer, "Keep me", status_code=422)

    def test_a_list_that_changed_meanwhile_is_shown_again(self) -> None:
        address = f"{MANY}?all=1&query=vendor%3D{self.procedure.vendor_id}"
        answer = self.client.post(address, {"act": "assign", "responsible": "", "count": "2"})
        self.assertContains(answer, "The list has changed meanwhile")
        assert not Job.objects.exists()


class DoingTests(BulkTestCase):
    def test_each_request_is_changed_with_its_event_and_has_a_row(self) -> None:
        job = self.do(self.chosen(), act="assign", responsible=self.owner.pk)
        assert job.state == JobState.DONE
        for row in self.rows:
            row.refresh_from_db()
            assert row.responsible == self.owner
            assert row.stream.events.get().action == "request_assigned"
        assert set(job.items.values_list("state", flat=True)) == {ItemState.DONE}
        self.assertContains(self.client.get(f"/o/acme/jobs/{job.pk}/"), "3 of 3 seen to: 3 done, 0 left")
        self.assertContains(self.client.get("/o/acme/jobs/"), "Make somebody responsible")

    def test_all_that_match_are_those_of_every_page(self) -> None:
        for _ in range(60):
            make_request(self.place, self.procedure, status="submitted")
        self.do(f"{MANY}?all=1&query=vendor%3D{self.procedure.vendor_id}", act="assign", responsible=self.owner.pk)
        run_jobs.run_jobs()  # the page works for a moment only, and leaves the rest to the clock
        assert OptOutRequest.objects.filter(workspace=self.place, responsible=self.owner).count() == 63

    def test_what_cannot_be_closed_so_is_left_with_the_reason(self) -> None:
        OptOutRequest.objects.filter(pk=self.rows[0].pk).update(status="closed", outcome="refused")
        job = self.do(
            self.chosen(), act="close", outcome="no_reply", on=self.acme.today().isoformat(), note="Private words"
        )
        assert sorted(job.items.values_list("state", flat=True)) == ["done", "done", "skipped"]
        left = job.items.get(request=self.rows[0])
        assert "cannot become Closed" in left.reason
        assert "note" not in job.wanted
        self.rows[1].refresh_from_db()
        assert (self.rows[1].status, self.rows[1].outcome) == ("closed", "no_reply")

    def test_they_are_put_off_until_a_day(self) -> None:
        OptOutRequest.objects.filter(pk=self.rows[0].pk).update(status="draft")
        day = self.acme.today() + datetime.timedelta(days=7)
        job = self.do(self.chosen(), act="snooze", until=day.isoformat())
        assert sorted(job.items.values_list("state", flat=True)) == ["done", "done", "skipped"]
        assert OptOutRequest.objects.filter(workspace=self.place, snoozed_until=day).count() == 2
        today = self.client.post(self.chosen(), {"act": "snooze", "until": self.acme.today().isoformat()})
        self.assertContains(today, "still to come", status_code=422)

    def test_a_setting_is_not_confirmed_without_evidence(self) -> None:
        self.procedure.channel = "admin_setting"
        self.procedure.save()
        answer = self.client.post(
            self.chosen(), {"act": "close", "outcome": "confirmed", "on": self.acme.today().isoformat()}
        )
        self.assertContains(answer, "0 requests will be changed")
        self.assertContains(answer, "there is none yet")

    def test_drafts_are_put_into_the_outbox_and_incomplete_ones_are_left(self) -> None:
        MailSettings.objects.update(needs_approval=False)
        broken = OptOutRequest.objects.get(pk=self.draft.pk)
        broken.campaign = None
        broken.pk, broken.stream = None, make_request(self.place, self.procedure).stream
        OptOutRequest.objects.filter(stream=broken.stream).delete()
        broken.values = {}
        broken.save()
        before = OutgoingMail.objects.count()
        job = self.do(f"{MANY}?row={self.draft.pk}&row={broken.pk}&row={self.submitted.pk}", act="send")
        assert OutgoingMail.objects.count() == before + 1
        states = dict(job.items.values_list("request", "state"))
        assert states == {self.draft.pk: "done", broken.pk: "skipped", self.submitted.pk: "skipped"}
        assert "missing" in job.items.get(request=broken).reason

    def test_sending_does_what_its_preview_counted_and_says_what_the_others_lack(self) -> None:
        MailSettings.objects.update(needs_approval=False)
        member = Membership.objects.get(organisation=self.acme, user=self.admin)
        drafts = [self.draft]
        for channel in sorted(set(Procedure.objects.values_list("channel", flat=True))):
            known = Procedure.objects.filter(vendor__slug__in=("slack", "microsoft", "zoom"), retired_at=None)
            for procedure in known.filter(channel=channel)[:2]:
                place = make_workspace(self.acme, procedure.vendor, procedure.slug)
                drafts.append(start_request(member, place, procedure))
        address = MANY + "?" + "&".join(f"row={row.pk}" for row in drafts)
        page = self.client.post(address, {"act": "send"}).content.decode()
        counted = re.search(r"Send (\d+) request", page)
        assert counted, page
        assert "recipient_email" not in page
        assert "Goes another way: Admin setting" in page
        job = self.do(address, act="send")
        run_jobs.run_jobs()
        done = job.items.filter(state=ItemState.DONE)
        assert done.count() == int(counted[1]) > 0, list(job.items.values_list("reason", flat=True))
        for item in job.items.filter(state=ItemState.SKIPPED):
            assert item.reason in unescape(page)

    def test_a_form_goes_by_mail_where_its_draft_names_an_address(self) -> None:
        MailSettings.objects.update(needs_approval=False)
        member = Membership.objects.get(organisation=self.acme, user=self.admin)
        load_vendor("intercom")
        procedure = Procedure.objects.get(vendor__slug="intercom", channel="form")
        row = start_request(member, make_workspace(self.acme, procedure.vendor, "By mail"), procedure)
        address = f"{MANY}?row={row.pk}"
        self.assertContains(self.client.post(address, {"act": "send"}), "Goes another way: Web form")
        row.values["recipient_email"] = "privacy@vendor.example"
        row.save()
        self.assertNotContains(self.client.post(address, {"act": "send"}), "Goes another way")

    def test_the_preview_tells_of_an_address_that_is_paused(self) -> None:
        MailSettings.objects.update(needs_approval=False)
        address, now = f"{MANY}?row={self.draft.pk}", timezone.now()
        self.assertNotContains(self.client.post(address, {"act": "send"}), "came back as undeliverable")
        paused = draft_of(self.draft, output="eml").recipient_email
        PausedAddress.objects.create(organisation=self.acme, address=paused.lower(), since=now)
        self.assertContains(self.client.post(address, {"act": "send"}), f"Mail to {paused} came back as undeliverable")
        job = self.do(address, act="send")
        run_jobs.run_jobs()
        assert "came back as undeliverable" in job.items.get().reason

    def test_requests_of_others_are_not_chosen(self) -> None:
        theirs = make_request(make_workspace(self.other, self.procedure.vendor), self.procedure)
        assert self.client.get(f"{MANY}?row={theirs.pk}").status_code == 302


class ClockTests(BulkTestCase):
    def start(self) -> Job:
        """Return a job of which the page itself did nothing."""
        with patch("requests_app.tracking.views_bulk.AT_ONCE", 0):
            return self.do(self.chosen(), act="assign", responsible=self.owner.pk)

    def test_the_clock_does_what_the_page_had_no_time_for(self) -> None:
        job = self.start()
        assert set(job.items.values_list("state", flat=True)) == {ItemState.OPEN}
        call_command("run_jobs", stdout=None)
        job.refresh_from_db()
        assert job.state == JobState.DONE

    def test_a_cancelled_job_changes_nothing_more(self) -> None:
        job = self.start()
        self.client.post(f"/o/acme/jobs/{job.pk}/cancel/")
        run_jobs.run_jobs()
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED
        assert OptOutRequest.objects.filter(responsible=self.owner, workspace=self.place).count() == 0
        self.assertContains(self.client.get(f"/o/acme/jobs/{job.pk}/"), "3 were not seen to any more")

    def test_two_workers_never_share_a_job(self) -> None:
        job = self.start()
        assert run_jobs._claimed(job.pk) is not None
        assert run_jobs._claimed(job.pk) is None
        assert run_jobs.run_jobs() == 0

    def test_the_request_that_a_worker_died_at_is_left_and_the_rest_is_done(self) -> None:
        job = self.start()
        run_jobs._claimed(job.pk)
        Job.objects.update(claimed_until=timezone.now() - datetime.timedelta(seconds=1))
        run_jobs.run_jobs()
        assert list(job.items.values_list("state", flat=True)) == ["skipped", "done", "done"]

    def test_who_lost_the_right_changes_nothing(self) -> None:
        job = self.start()
        Membership.objects.filter(user=self.admin, organisation=self.acme).update(role="auditor")
        run_jobs.run_jobs()
        assert set(job.items.values_list("state", flat=True)) == {ItemState.SKIPPED}
        job.refresh_from_db()
        assert job.state == JobState.DONE

    def test_with_htmx_the_progress_comes_alone(self) -> None:
        job = self.start()
        answer = self.client.get(f"/o/acme/jobs/{job.pk}/", headers={"HX-Request": "true"})
        self.assertContains(answer, "0 of 3 seen to")
        self.assertNotContains(answer, "<html")

    def test_a_fault_stops_the_job_and_is_not_hidden(self) -> None:
        job = self.start()
        fault = patch("requests_app.tracking.bulk_acts.Assign.do", side_effect=KeyError("a fault"))
        with fault, self.assertRaises(KeyError):
            run_jobs.run_jobs()
        assert JobItem.objects.filter(job=job, state=ItemState.OPEN).count() == 3
