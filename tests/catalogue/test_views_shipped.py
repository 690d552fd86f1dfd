from django.conf import settings

from requests_app.catalogue.load import load_catalogue
from requests_app.models import Procedure, Vendor
from tests.catalogue.html import empty_labels
from tests.catalogue.loading import NOW
from tests.people import PeopleTestCase


class ShippedCatalogueTests(PeopleTestCase):
    """Every vendor and procedure that is shipped, as its page shows it."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        load_catalogue(settings.CATALOGUE_DIR, NOW)

    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def page(self, path: str) -> str:
        response = self.client.get(f"/o/acme/catalogue/{path}")
        assert response.status_code == 200, path
        return response.content.decode()

    def test_every_vendor_has_a_page_without_an_empty_label(self) -> None:
        vendors = Vendor.objects.all()
        assert len(vendors) >= 57
        for vendor in vendors:
            with self.subTest(vendor.slug):
                page = self.page(f"{vendor.pk}/")
                assert empty_labels(page) == []
                for email in vendor.content["emails"]:
                    assert email["address"] in page

    def test_every_procedure_has_a_page_without_an_empty_label(self) -> None:
        procedures = Procedure.objects.select_related("vendor")
        assert len(procedures) >= 88
        for procedure in procedures:
            with self.subTest(str(procedure)):
                assert empty_labels(self.page(f"procedures/{procedure.pk}/")) == []

    def test_every_page_of_the_list_is_without_an_empty_label(self) -> None:
        assert empty_labels(self.page("")) == []
        assert empty_labels(self.page("?page=2")) == []

    def test_slack_says_what_an_admin_needs(self) -> None:
        page = self.page(f"procedures/{Procedure.objects.get(slug='global-models').pk}/")
        for text in (
            "Org Owners, Workspace Owners or the Primary Owner",
            "feedback@slack.com",
            "Slack Global model opt-out request",
            "capital G and a trailing full stop",
            "On by default",
            "High: ",
            "We do not develop LLMs",
            "read on 2026-11-21",
            "Covers global models only",
            "Added by Optout",
            "Please exclude the workspace or org at {{ workspace_url }}",
            "https://github.com/thinkjrs/slack-opt-out/blob/37006f63d3d8cbf36c71f4adbad4807d7f93811e/",
            "no date shown",
        ):
            assert text in page, text

    def test_settings_show_the_meaning_of_their_values_and_the_trap(self) -> None:
        page = self.page(f"procedures/{Procedure.objects.get(slug='windows-diagnostic-data').pk}/")
        assert "Windows registry" in page
        assert "off (Enterprise, Education, Server only)" in page
        assert "set this" in page
        assert "registry path seen only in third-party scripts" in page

    def test_what_has_no_source_is_marked(self) -> None:
        page = self.page(f"procedures/{Procedure.objects.get(slug='gemini-apps-keep-activity').pk}/")
        assert "Unsourced" in page
        assert "the setting is understood to be on for adult accounts" in page

    def test_conflicts_are_shown_as_such(self) -> None:
        procedure = Procedure.objects.filter(default_state="conflicting_sources")[0]
        assert "Sources disagree about the default" in self.page(f"procedures/{procedure.pk}/")
        assert "Sources conflict about" in self.page(f"{procedure.vendor_id}/")
        clearview = Vendor.objects.get(slug="clearview")
        assert "addresses conflict, verify before posting" in self.page(f"{clearview.pk}/")

    def test_the_history_of_a_vendor_is_newest_first(self) -> None:
        slack = Vendor.objects.get(slug="slack")
        changes = self.client.get(f"/o/acme/catalogue/{slack.pk}/").context["changes"]
        assert [change.when for change in changes] == ["2026-08-10", "2024-06-04", "2024-05-17", "2024-05 (after 17th)"]
