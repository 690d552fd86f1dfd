from requests_app.models import SavedView
from requests_app.tracking.saved_views import MOST, normalised
from tests.world import AcmeTestCase


class SavedViewTests(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def save(self, name: str = "Mine", query: str = "status=draft&sort=old", **more: str) -> SavedView:
        self.client.post("/o/acme/requests/views/new/", {"name": name, "query": query, **more})
        return SavedView.objects.get(name=name)

    def test_known_filters_are_kept_in_one_order_and_nothing_else(self) -> None:
        assert normalised("sort=old&status=draft&page=3&x=1&evil=%00", 1) == "status=draft&sort=old"
        assert normalised("status=nonsense&vendor=abc&due_before=yesterday&sort=new", 1) == (
            "status=%3F&due_before=%3F&vendor=%3F"
        )
        assert normalised("responsible=me&due_before=2026-11-24&q=+a%26b", 1) == (
            "q=a%26b&due_before=2026-11-24&responsible=me"
        )
        assert normalised("&".join("q=1" for _ in range(200)), 1) == "vendor=%3F"

    def test_it_stands_above_the_list_and_is_the_current_one(self) -> None:
        view = self.save()
        page = self.client.get("/o/acme/requests/?sort=old&status=draft")
        self.assertContains(page, 'href="?status=draft&amp;sort=old" aria-current="page"')
        self.assertContains(page, f"/o/acme/requests/views/{view.pk}/")

    def test_others_see_what_is_shared_and_nothing_else(self) -> None:
        own, shared = self.save("Mine alone"), self.save("For all", shared="on")
        self.client.force_login(self.owner)
        page = self.client.get("/o/acme/requests/")
        self.assertContains(page, "For all")
        self.assertNotContains(page, "Mine alone")
        assert self.client.get(f"/o/acme/requests/views/{own.pk}/").status_code == 404
        assert self.client.get(f"/o/acme/requests/views/{shared.pk}/").status_code == 200

    def test_an_auditor_keeps_own_views_and_shares_none(self) -> None:
        self.client.force_login(self.auditor)
        assert self.save("Audit", shared="on").user == self.auditor
        assert self.client.get(f"/o/acme/requests/views/{self.shared_view.pk}/").status_code == 403

    def test_a_name_is_given_once_and_what_was_typed_stays(self) -> None:
        self.save()
        answer = self.client.post("/o/acme/requests/views/new/", {"name": "Mine", "query": "status=closed"})
        self.assertContains(answer, "Choose another name", status_code=422)
        self.assertContains(answer, 'value="status=closed"', status_code=422)

    def test_filters_that_no_column_holds_are_refused(self) -> None:
        answer = self.client.post("/o/acme/requests/views/new/", {"name": "Long", "query": "q=" + "%F0%9F%93%8E" * 99})
        self.assertContains(answer, "too long to be kept", status_code=422)

    def test_it_is_renamed_and_deleted(self) -> None:
        view = self.save()
        self.client.post(f"/o/acme/requests/views/{view.pk}/", {"name": "Drafts"})
        view.refresh_from_db()
        assert (view.name, view.query) == ("Drafts", "status=draft&sort=old")
        self.client.post(f"/o/acme/requests/views/{view.pk}/", {"delete": "yes"})
        assert not SavedView.objects.filter(pk=view.pk).exists()

    def test_there_is_an_end_of_them(self) -> None:
        SavedView.objects.bulk_create(
            SavedView(organisation=self.acme, user=self.admin, name=str(number)) for number in range(MOST)
        )
        answer = self.client.post("/o/acme/requests/views/new/", {"name": "One more", "query": ""})
        self.assertContains(answer, "Delete one first", status_code=422)
