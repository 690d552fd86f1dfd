"""From what is open to a campaign whose drafts are made, with the mouse and with the keyboard alone."""

from unittest.mock import patch

from playwright.sync_api import expect

from requests_app.models import Campaign, OptOutRequest, Procedure, Vendor, Workspace
from requests_app.tracking.run_jobs import run_jobs
from tests.e2e.accessibility import assert_accessible
from tests.e2e.base import BrowserTestCase
from tests.e2e.hands import Hands, Keyboard, Mouse
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace
from tests.world import write_acme

AT_ONCE = "requests_app.tracking.views_campaigns.AT_ONCE"


class CampaignJourneyTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.acme = write_acme()
        self.zoom = Vendor.objects.get(slug="zoom")
        self.places = [make_workspace(self.acme.acme, self.zoom, f"Zoom {number}") for number in range(3)]
        self.sign_in(self.acme.admin)

    def test_with_the_mouse(self) -> None:
        self.journey(Mouse(self.page))

    def test_with_the_keyboard_alone(self) -> None:
        self.journey(Keyboard(self.page))

    def journey(self, hands: Hands) -> None:
        """Tick two opt-outs, look at the preview, and start: two drafts, which the page of the campaign counts."""
        procedure = Procedure.objects.filter(vendor=self.zoom).exclude(default_state="no_opt_out_available")[0]
        state = "cannot" if procedure.channel == "statement" else "open"
        self.open(f"/o/acme/workspaces/gaps/?vendor={self.zoom.pk}&state={state}")
        assert_accessible(self.page)
        for place in self.places[:2]:
            hands.tick(f"Tick {procedure.title['en']}, {place.name}")
        hands.follow("Campaign with the ticked ones")
        expect(self.page.get_by_role("heading", name="2 requests will be drafted")).to_be_visible()
        assert_accessible(self.page)
        hands.fill("Name", "Zoom, both")
        hands.follow("Draft 2 requests")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Zoom, both")
        assert set(Campaign.objects.get(name="Zoom, both").requests.values_list("workspace", flat=True)) == {
            place.pk for place in self.places[:2]
        }
        hands.follow("See the requests")
        expect(self.page.get_by_text("Of the campaign Zoom, both")).to_be_visible()
        assert_accessible(self.page)

    def test_progress_survives_a_reload_and_goes_on_by_itself(self) -> None:
        with patch(AT_ONCE, 0):
            self.start_all()
        expect(self.page.get_by_text("0 of 3 seen to")).to_be_visible()
        self.page.reload()
        expect(self.page.get_by_text("0 of 3 seen to")).to_be_visible()
        assert_accessible(self.page)
        run_jobs()
        expect(self.page.get_by_text("3 of 3 seen to: 3 done")).to_be_visible(timeout=10_000)
        self.page.reload()
        expect(self.page.get_by_role("heading", name="3 requests", exact=True)).to_be_visible()

    def test_the_rest_can_be_cancelled(self) -> None:
        with patch(AT_ONCE, 0):
            self.start_all()
        hands = Mouse(self.page)
        hands.follow("Cancel the rest")
        hands.follow("Back to the campaign")
        expect(self.page.get_by_text("No request was drafted")).to_be_visible()
        assert_accessible(self.page)
        run_jobs()
        assert not OptOutRequest.objects.filter(campaign__name="Everything").exists()

    def start_all(self) -> None:
        """Start a campaign for all that one procedure is open for."""
        vendor = self.acme.private_vendor
        for number in range(3):
            make_workspace(self.acme.acme, vendor, f"Place {number}")
        self.open(f"/o/acme/workspaces/gaps/?vendor={vendor.pk}")
        hands = Mouse(self.page)
        hands.follow("Campaign with all 3")
        hands.fill("Name", "Everything")
        hands.follow("Draft 3 requests")

    def test_pages_with_many_and_with_reasons_are_usable(self) -> None:
        procedure = make_procedure(make_vendor("many"))
        for number in range(12):
            place = make_workspace(self.acme.acme, procedure.vendor, f"Place {number} " + "x" * 80)
            if number % 2:
                make_request(place, procedure, status="submitted")
        ticked = "&".join(f"row={pk}-{procedure.pk}" for pk in Workspace.objects.values_list("pk", flat=True))
        for path in (f"new/?{ticked}", f"{self.acme.campaign.pk}/", ""):
            assert_accessible(self.open(f"/o/acme/requests/campaigns/{path}"))
