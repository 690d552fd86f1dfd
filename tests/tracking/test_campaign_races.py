"""Two people and two workers at the same opt-outs: each is drafted once."""

from requests_app.models import Campaign, Job, Membership, OptOutRequest, Procedure, Vendor
from requests_app.tracking.campaign_choice import Chosen, Pair
from requests_app.tracking.campaigns import CampaignRefused, CampaignValues, start_campaign
from requests_app.tracking.run_jobs import run_job
from tests.database import HistoryTransactionTestCase
from tests.tracking.notices.test_many_workers import at_once
from tests.tracking.rows import make_workspace
from tests.world import write_acme


class CampaignRaceTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        acme = write_acme()
        members = Membership.objects.select_related("organisation", "user")
        self.olga, self.andy = members.get(user=acme.owner), members.get(user=acme.admin)
        zoom = Vendor.objects.get(slug="zoom")
        procedure = Procedure.objects.filter(vendor=zoom).exclude(default_state="no_opt_out_available")[0]
        self.places = [make_workspace(acme.acme, zoom, f"Zoom {number}") for number in range(6)]
        self.chosen = Chosen([Pair(place.pk, procedure.pk, "") for place in self.places])
        self.told: list[str] = []

    def start(self, member: Membership, name: str) -> None:
        try:
            start_campaign(member, self.chosen, CampaignValues(name))
        except CampaignRefused as refusal:
            self.told.append(str(refusal))

    def drafted(self) -> int:
        return OptOutRequest.objects.filter(workspace__in=self.places).count()

    def test_two_people_start_the_same_campaign_and_one_is_told(self) -> None:
        at_once(lambda: self.start(self.olga, "Zoom"), lambda: self.start(self.andy, "Zoom"))
        assert Campaign.objects.filter(name="Zoom").count() == 1
        assert len(self.told) == 1

    def test_two_campaigns_worked_on_together_draft_each_opt_out_once(self) -> None:
        self.start(self.olga, "One")
        self.start(self.andy, "Two")
        first, second = Job.objects.filter(kind="draft").order_by("pk").values_list("pk", flat=True)
        at_once(lambda: run_job(first, 60), lambda: run_job(second, 60))
        assert self.drafted() == len(self.places)

    def test_two_workers_at_one_campaign_draft_each_opt_out_once(self) -> None:
        self.start(self.olga, "One")
        job = Job.objects.get(kind="draft")
        at_once(lambda: run_job(job.pk, 60), lambda: run_job(job.pk, 60))
        assert self.drafted() == len(self.places)
        assert set(job.items.values_list("state", flat=True)) == {"done"}
