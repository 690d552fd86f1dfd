from tests.tracking.rows import make_vendor
from tests.tracking.test_requests import HOSTILE
from tests.world import AcmeTestCase


class SearchTests(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def test_it_finds_requests_vendors_and_pages(self) -> None:
        vendor = make_vendor("findable", search_text="findable makes phones")
        page = self.client.get("/o/acme/search/?q=slack")
        self.assertContains(page, f"/o/acme/requests/{self.submitted.pk}/")
        self.assertContains(self.client.get("/o/acme/search/?q=Phones"), f"/o/acme/catalogue/{vendor.pk}/")
        self.assertContains(self.client.get("/o/acme/search/?q=dashb"), "/o/acme/dashboard/")

    def test_a_reference_finds_its_request(self) -> None:
        page = self.client.get("/o/acme/search/", {"q": self.submitted.reference})
        self.assertContains(page, f"/o/acme/requests/{self.submitted.pk}/")

    def test_the_palette_gets_the_results_alone(self) -> None:
        answer = self.client.get("/o/acme/search/?q=", headers={"HX-Request": "true"})
        self.assertNotContains(answer, "<html")
        self.assertContains(answer, "/o/acme/settings/")

    def test_an_auditor_is_not_sent_where_only_work_is_done(self) -> None:
        self.client.force_login(self.auditor)
        self.assertNotContains(self.client.get("/o/acme/search/?q=new+request"), 'href="/o/acme/requests/new/"')

    def test_others_find_nothing_of_ours(self) -> None:
        self.client.force_login(self.outsider)
        page = self.client.get("/o/other/search/?q=own+tool")
        self.assertNotContains(page, "Own Tool")
        assert self.client.get("/o/acme/search/?q=slack").status_code == 404

    def test_hostile_texts_do_no_harm(self) -> None:
        for text in (HOSTILE, "%", "_", "\0", "x" * 5000):
            page = self.client.get("/o/acme/search/", {"q": text})
            assert page.status_code == 200
            self.assertNotContains(page, "<script>alert")

    def test_each_page_has_the_palette_and_the_keys(self) -> None:
        page = self.client.get("/o/acme/")
        self.assertContains(page, '<dialog class="oo-dialog" id="palette"')
        self.assertContains(page, '<dialog class="oo-dialog" id="keys"')
