import datetime
import re
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.models import (
    Campaign,
    Event,
    EventStream,
    Job,
    JobItem,
    JobState,
    Membership,
    OptOutRequest,
    Procedure,
    Vendor,
    Workspace,
)
from requests_app.tracking import run_jobs
from tests.tracking.rows import make_request, make_workspace
from tests.world import AcmeTestCase

NEW = "/o/acme/requests/campaigns/new/"


class CampaignTestCase(AcmeTestCase):
    def setUp(self) -> None:
        Job.objects.all().delete()
        self.client.force_login(self.admin)
        self.zoom = Vendor.objects.get(slug="zoom")
        self.places = [make_workspace(self.acme, self.zoom, f"Zoom {number}") for number in range(3)]
        self.procedure = (
            Procedure.objects.filter(vendor=self.zoom, retired_at=None)
            .exclude(channel="statement")
            .exclude(default_state="no_opt_out_available")[0]
        )

    def all_of_procedure(self) -> str:
        return f"{NEW}?all=1&query=procedure%3D{self.procedure.pk}"

    def start(self, address: str = "", *, name: str = "Zoom everywhere", at_once: float = 60, **more: Any) -> Campaign:
        """Look at the preview, press its button, and return the campaign."""
        address = address or self.all_of_procedure()
        count = self.count_on(address)
        with patch("requests_app.tracking.views_campaigns.AT_ONCE", at_once):
            answer = self.client.post(address, {"name": name, "count": count, **more})
        assert answer.status_code == 302, answer.content.decode()
        return Campaign.objects.get(name=name)

    def count_on(self, address: str) -> str:
        page = self.client.get(address).content.decode()
        found = re.search(r'name="count" value="(\d+)"', page)
        assert found, page
        return found[1]

    def drafted(self) -> list[OptOutRequest]:
        return list(OptOutRequest.objects.filter(workspace__in=self.places, procedure=self.procedure))


class PreviewTests(CampaignTestCase):
    def test_it_counts_and_gives_reasons_and_writes_nothing(self) -> None:
        make_request(self.places[0], self.procedure, status="submitted")
        make_request(self.places[1], self.procedure, status="closed", outcome="confirmed")
        ticked = "&".join(f"row={place.pk}-{self.procedure.pk}" for place in self.places)
        events = Event.objects.count()
        answer = self.client.get(f"{NEW}?{ticked}")
        self.assertContains(answer, "1 request will be drafted")
        self.assertContains(answer, "2 are left as they are")
        self.assertContains(answer, "A request is drafted or under way already.")
        self.assertContains(answer, "It is done already.")
        assert Event.objects.count() == events
        assert not Job.objects.exists()

    def test_what_is_retired_or_made_up_is_counted_as_gone(self) -> None:
        Workspace.objects.filter(pk=self.places[0].pk).update(retired_at=timezone.now())
        rows = [f"{self.places[0].pk}-{self.procedure.pk}", f"{self.places[1].pk}-{self.procedure.pk}", "1-999999"]
        answer = self.client.get(NEW + "?" + "&".join(f"row={row}" for row in rows))
        self.assertContains(answer, "1 request will be drafted")
        self.assertContains(answer, "not in use any more")

    def test_nothing_ticked_leads_back(self) -> None:
        for address in (NEW, f"{NEW}?row=a-b&row=1&row=-", f"{NEW}?row={10**30}-1"):
            self.assertContains(self.client.get(address, follow=True), "Tick at least one opt-out")

    def test_where_nothing_is_open_it_says_so(self) -> None:
        answer = self.client.get(f"{NEW}?all=1&query=vendor%3D999999", follow=True)
        self.assertContains(answer, "Nothing is open there")

    def test_too_many_lead_back(self) -> None:
        with (
            patch("requests_app.tracking.campaign_choice.MOST", 2),
            patch("requests_app.tracking.views_campaigns.MOST", 2),
        ):
            answer = self.client.get(self.all_of_procedure(), follow=True)
        self.assertContains(answer, "Narrow the list first")

    def test_workspaces_of_others_are_as_if_they_were_made_up(self) -> None:
        theirs = make_workspace(self.other, self.zoom, "Their secret")
        answer = self.client.get(f"{NEW}?row={theirs.pk}-{self.procedure.pk}", follow=True)
        self.assertNotContains(answer, "Their secret")
        both = f"{NEW}?row={theirs.pk}-{self.procedure.pk}&row={self.places[0].pk}-{self.procedure.pk}"
        self.start(both)
        assert not OptOutRequest.objects.filter(workspace=theirs).exists()
        assert len(self.drafted()) == 1

    def test_private_procedures_of_others_cannot_be_chosen(self) -> None:
        self.client.force_login(self.outsider)
        place = make_workspace(self.other, self.private_vendor, "Ours")
        slug = self.other.slug
        answer = self.client.get(
            f"/o/{slug}/requests/campaigns/new/?row={place.pk}-{self.private_procedure.pk}", follow=True
        )
        assert answer.status_code in (200, 403)
        assert not OptOutRequest.objects.filter(workspace=place).exists()


class StartTests(CampaignTestCase):
    def test_each_workspace_gets_a_draft_with_its_event_and_a_row(self) -> None:
        campaign = self.start(responsible=self.owner.pk, note="The board decided it.")
        drafts = self.drafted()
        assert {draft.workspace for draft in drafts} == set(self.places)
        for draft in drafts:
            assert (draft.campaign, draft.status, draft.responsible) == (campaign, "draft", self.owner)
            assert draft.stream.events.get().detail["campaign"] == campaign.pk
        job = campaign.jobs.get()
        assert job.state == JobState.DONE
        assert set(job.items.values_list("request", flat=True)) == {draft.pk for draft in drafts}
        page = self.client.get(f"/o/acme/jobs/{job.pk}/")
        self.assertContains(page, "3 of 3 seen to: 3 done, 0 left")
        self.assertContains(self.client.get("/o/acme/jobs/"), "Draft: Zoom everywhere")

    def test_the_history_of_the_organisation_tells_it_without_the_texts(self) -> None:
        campaign = self.start(note="Jane decided it.")
        event = EventStream.of_organisation(self.acme).events.get(action="campaign_started")
        assert (event.subject_type, event.subject_id) == ("campaign", str(campaign.pk))
        assert {"chosen": 3, "open": 3}.items() <= event.detail.items()
        assert "Jane" not in str(event.detail)
        assert event.personal == {"name": "Zoom everywhere", "note": "Jane decided it."}

    def test_a_ground_that_does_not_fit_gives_way(self) -> None:
        self.start(ground="contract_amendment", locale="de")
        assert {draft.locale for draft in self.drafted()} == {"de"}
        assert len(self.drafted()) == 3

    def test_the_default_name_says_the_vendor_and_the_day_and_is_free(self) -> None:
        name = f"Zoom, {self.acme.today().isoformat()}"
        self.assertContains(self.client.get(self.all_of_procedure()), name)
        Campaign.objects.create(organisation=self.acme, name=name, created_at=timezone.now())
        self.assertContains(self.client.get(self.all_of_procedure()), f"{name} (2)")

    def test_a_name_that_is_taken_is_refused_and_what_was_typed_stays(self) -> None:
        answer = self.client.post(
            self.all_of_procedure(), {"name": self.campaign.name, "note": "Keep me", "count": "3"}
        )
        self.assertContains(answer, "There is a campaign “Slack, autumn 2026” already.", status_code=422)
        self.assertContains(answer, "Keep me", status_code=422)
        assert not self.drafted()
        assert not Job.objects.exists()

    def test_a_list_that_changed_meanwhile_is_shown_again(self) -> None:
        answer = self.client.post(self.all_of_procedure(), {"name": "New", "count": "2"})
        self.assertContains(answer, "The list has changed meanwhile")
        assert not Job.objects.exists()

    def test_a_second_click_starts_nothing_twice(self) -> None:
        count = self.count_on(self.all_of_procedure())
        for name in ("First", "Second"):
            self.client.post(self.all_of_procedure(), {"name": name, "count": count})
        run_jobs.run_jobs()
        assert len(self.drafted()) == 3
        assert not Campaign.objects.filter(name="Second").exists()

    def test_without_a_name_it_asks_for_one(self) -> None:
        answer = self.client.post(self.all_of_procedure(), {"name": " ", "count": "3"})
        self.assertContains(answer, "This field is required", status_code=422)


class WorkTests(CampaignTestCase):
    def started(self, name: str = "Later", chosen: str = "") -> Job:
        """Return a job of which the page itself did nothing."""
        return self.start(chosen, name=name, at_once=0).jobs.get()

    def test_two_campaigns_for_the_same_opt_outs_draft_each_once(self) -> None:
        first, second = self.started("One"), self.started("Two")
        run_jobs.run_jobs()
        assert len(self.drafted()) == 3
        assert set(first.items.values_list("state", flat=True)) == {"done"}
        assert set(second.items.values_list("state", "reason")) == {("skipped", "A draft exists.")}
        page = self.client.get(f"/o/acme/jobs/{second.pk}/")
        self.assertContains(page, "A draft exists.")
        self.assertContains(page, "Zoom 0")
        self.assertContains(
            self.client.get(f"/o/acme/requests/campaigns/{second.campaign_id}/"), "No request was drafted"
        )

    def test_what_a_dead_worker_had_drafted_is_not_drafted_again(self) -> None:
        job = self.started()
        with patch.object(run_jobs, "CHUNK", 1):
            claimed = run_jobs._claimed(job.pk)
            assert claimed
            run_jobs._run_chunk(claimed, run_jobs._next_items(claimed), float("inf"))
        Job.objects.update(claimed_until=timezone.now() - datetime.timedelta(seconds=1))
        run_jobs.run_jobs()
        assert list(job.items.values_list("state", flat=True)) == ["done", "skipped", "done"]
        assert len(self.drafted()) == 2

    def test_a_worker_that_lost_its_turn_drafts_nothing_twice(self) -> None:
        job = self.started()
        late = run_jobs._claimed(job.pk)
        assert late
        keys = run_jobs._next_items(late)
        Job.objects.update(claim=None)
        run_jobs.run_jobs()
        run_jobs._run_chunk(late, keys, float("inf"))
        assert len(self.drafted()) == 3

    def test_a_fault_leaves_no_draft_behind(self) -> None:
        job = self.started()
        with patch.object(run_jobs, "_settle", side_effect=KeyError("a fault")), self.assertRaises(KeyError):
            run_jobs.run_jobs()
        assert not self.drafted()
        assert JobItem.objects.filter(job=job, state="open").count() == 3

    def test_cancelled_it_drafts_nothing_more(self) -> None:
        job = self.started()
        page = self.client.get(f"/o/acme/requests/campaigns/{job.campaign_id}/")
        self.assertContains(page, "0 of 3 seen to")
        self.assertContains(page, "Cancel the rest")
        self.client.post(f"/o/acme/jobs/{job.pk}/cancel/")
        run_jobs.run_jobs()
        assert not self.drafted()
        self.assertContains(
            self.client.get(f"/o/acme/requests/campaigns/{job.campaign_id}/"),
            "0 drafted, 0 left as they are, 3 not seen to",
        )

    def test_what_was_retired_meanwhile_is_left_with_the_reason(self) -> None:
        job = self.started()
        Workspace.objects.filter(pk=self.places[0].pk).update(retired_at=timezone.now())
        run_jobs.run_jobs()
        assert job.items.get(workspace=self.places[0]).reason == "The workspace is retired."
        Procedure.objects.filter(pk=self.procedure.pk).update(retired_at=timezone.now())
        assert len(self.drafted()) == 2

    def test_who_lost_the_right_drafts_nothing(self) -> None:
        job = self.started()
        Membership.objects.filter(user=self.admin, organisation=self.acme).update(role="auditor")
        run_jobs.run_jobs()
        assert not self.drafted()
        assert set(job.items.values_list("state", flat=True)) == {"skipped"}

    def test_a_person_who_left_is_not_made_responsible(self) -> None:
        job = self.started()
        Job.objects.filter(pk=job.pk).update(wanted={"responsible": self.outsider.pk})
        run_jobs.run_jobs()
        assert not self.drafted()
        assert "has left the organisation" in job.items.all()[0].reason


class PageTests(CampaignTestCase):
    def page(self, campaign: Campaign) -> str:
        return self.client.get(f"/o/acme/requests/campaigns/{campaign.pk}/").content.decode()

    def test_it_counts_by_status_and_outcome_and_leads_to_the_list(self) -> None:
        campaign = self.start()
        first, second, _third = self.drafted()
        OptOutRequest.objects.filter(pk=first.pk).update(status="submitted")
        OptOutRequest.objects.filter(pk=second.pk).update(status="closed", outcome="refused")
        page = self.page(campaign)
        assert f'?campaign={campaign.pk}&amp;outcome=refused">Refused' in page
        assert f'?campaign={campaign.pk}&amp;status=submitted">' in page
        assert "1 draft to hand over" in page

    def test_it_says_what_the_drafts_lack(self) -> None:
        campaign = self.start()
        OptOutRequest.objects.filter(campaign=campaign).update(values={})
        page = self.page(campaign)
        assert "3 drafts lack something" in page
        assert "/edit/?check=1" in page

    def test_it_tells_what_goes_by_mail_from_what_is_done_by_hand(self) -> None:
        OptOutRequest.objects.filter(campaign=self.campaign).exclude(status="draft").delete()
        page = self.page(self.campaign)
        assert "1 goes by e-mail and is ready." in page
        assert "Send all that are ready" in page
        by_hand = Procedure.objects.filter(channel="admin_setting", retired_at=None, vendor__organisation=None)[0]
        place = make_workspace(self.acme, by_hand.vendor, "By hand")
        page = self.page(self.start(f"{NEW}?row={place.pk}-{by_hand.pk}", name="By hand"))
        assert "Send all that are ready" not in page
        assert "another way" in page or "lacks something" in page

    def test_a_pack_is_offered_once_something_was_handed_over(self) -> None:
        campaign = self.start()
        assert "Export evidence pack" not in self.page(campaign)
        OptOutRequest.objects.filter(pk=self.drafted()[0].pk).update(status="submitted")
        assert "Export evidence pack" in self.page(campaign)

    def test_what_is_ready_is_sent_through_the_bulk_page(self) -> None:
        campaign = self.start()
        OptOutRequest.objects.filter(pk=self.draft.pk).update(campaign=campaign)
        address = f"/o/acme/requests/many/?all=1&query=campaign%3D{campaign.pk}%26status%3Ddraft"
        assert address.replace("&", "&amp;") in self.page(campaign)
        self.assertContains(self.client.post(address, {"act": "send"}), "This is a preview")

    def test_the_request_names_its_campaign(self) -> None:
        self.assertContains(self.client.get(f"/o/acme/requests/{self.draft.pk}/"), self.campaign.name)
        self.assertContains(self.client.get(f"/o/acme/requests/{self.draft.pk}/"), "as part of a campaign")

    def test_auditors_see_and_change_nothing(self) -> None:
        self.client.force_login(self.auditor)
        page = self.page(self.campaign)
        assert "Send all that are ready" not in page
        assert "Rename" not in page
        assert 'type="checkbox"' not in self.client.get("/o/acme/workspaces/gaps/").content.decode()

    def test_it_is_renamed_with_an_event_and_only_if_something_differs(self) -> None:
        address = f"/o/acme/requests/campaigns/{self.campaign.pk}/edit/"
        for _twice in range(2):
            self.client.post(address, {"name": "All of Slack", "note": ""})
        events = EventStream.of_organisation(self.acme).events.filter(action="campaign_changed")
        assert [event.detail["changed"] for event in events] == [["name"]]
        self.assertContains(self.client.get("/o/acme/requests/campaigns/"), "All of Slack")

    def test_a_name_that_is_taken_is_refused(self) -> None:
        Campaign.objects.create(organisation=self.acme, name="Taken", created_at=timezone.now())
        answer = self.client.post(f"/o/acme/requests/campaigns/{self.campaign.pk}/edit/", {"name": "Taken"})
        self.assertContains(answer, "There is a campaign “Taken” already.", status_code=422)

    def test_the_list_without_any_has_one_action(self) -> None:
        self.client.force_login(self.outsider)
        page = self.client.get(f"/o/{self.other.slug}/requests/campaigns/")
        self.assertContains(page, "No campaigns yet")

    def test_gaps_can_be_ticked_and_taken_whole(self) -> None:
        page = self.client.get("/o/acme/workspaces/gaps/", {"vendor": self.zoom.pk}).content.decode()
        assert f'name="row" value="{self.places[0].pk}-{self.procedure.pk}"' in page
        assert f'name="query" value="vendor={self.zoom.pk}"' in page
        assert "Campaign with all" in page
        done = self.client.get("/o/acme/workspaces/gaps/", {"state": "done"}).content.decode()
        assert "Campaign with" not in done

    def test_vendor_and_procedure_lead_here(self) -> None:
        vendor = self.client.get(f"/o/acme/catalogue/{self.zoom.pk}/").content.decode()
        assert f"campaigns/new/?all=1&amp;query=vendor%3D{self.zoom.pk}" in vendor
        procedure = self.client.get(f"/o/acme/catalogue/procedures/{self.procedure.pk}/").content.decode()
        assert f"campaigns/new/?all=1&amp;query=procedure%3D{self.procedure.pk}" in procedure


class ManyTests(CampaignTestCase):
    def queries(self, address: str) -> int:
        self.client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert self.client.get(address).status_code == 200
        return len(captured)

    def test_pages_take_as_many_queries_for_2000_workspaces_as_for_three(self) -> None:
        campaign = self.start()
        pages = (
            f"{NEW}?all=1&query=vendor%3D{self.zoom.pk}",
            f"/o/acme/requests/campaigns/{campaign.pk}/",
            "/o/acme/requests/campaigns/",
            f"/o/acme/requests/?campaign={campaign.pk}",
        )
        before = [self.queries(address) for address in pages]
        now = timezone.now()
        Workspace.objects.bulk_create(
            Workspace(organisation=self.acme, vendor=self.zoom, name=f"More {number}") for number in range(2000)
        )
        Campaign.objects.bulk_create(
            Campaign(organisation=self.acme, name=f"Campaign {number}", created_at=now) for number in range(45)
        )
        one = self.drafted()[0]
        places = list(Workspace.objects.filter(name__startswith="More ").order_by("pk"))[:60]
        for place in places:
            make_request(place, self.procedure, campaign=campaign, version_id=one.version_id)
        assert [self.queries(address) for address in pages] == before
        self.assertContains(self.client.get(pages[0]), "requests will be drafted")
