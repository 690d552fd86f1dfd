"""One's own account, and the settings of the organisation."""

from django.core.cache import cache

from requests_app.models import Event, Organisation, User
from tests.accounts.signing_in import AccountsTestCase
from tests.accounts.test_setup import ORGANISATION

ADDRESS = "/o/acme/settings/organisation/"


class OrganisationTests(AccountsTestCase):
    def test_an_owner_changes_it_and_the_event_says_what(self) -> None:
        self.client.force_login(self.owner)
        self.assertRedirects(self.client.post(ADDRESS, ORGANISATION | {"name": "Acme SE"}), "/o/acme/settings/")
        self.acme.refresh_from_db()
        assert (self.acme.name, self.acme.slug) == ("Acme SE", "acme")
        event = Event.objects.get()
        assert event.action == "organisation_changed"
        assert event.detail["name"] == {"from": "Acme GmbH", "to": "Acme SE"}
        assert "country" not in event.detail

    def test_names_of_people_stay_outside_the_chain(self) -> None:
        self.client.force_login(self.owner)
        self.client.post(ADDRESS, ORGANISATION | {"signatory_name": "Max Mustermann"})
        event = Event.objects.get()
        assert event.personal["signatory_name"] == {"from": "Jane Doe", "to": "Max Mustermann"}
        assert "Mustermann" not in event.detail_json

    def test_saving_without_a_change_writes_no_event(self) -> None:
        self.client.force_login(self.owner)
        self.client.post(ADDRESS, ORGANISATION)
        before = Event.objects.count()
        self.client.post(ADDRESS, ORGANISATION)
        assert Event.objects.count() == before

    def test_extra_fields_do_nothing(self) -> None:
        self.client.force_login(self.owner)
        more = {
            "slug": "x",
            "is_demo": "1",
            "setup_done": "",
            "last_reference": '{"2026": 999}',
            "id": str(self.other.pk),
        }
        self.client.post(ADDRESS, ORGANISATION | more)
        self.acme.refresh_from_db()
        assert (self.acme.slug, self.acme.is_demo, self.acme.setup_done) == ("acme", False, True)
        assert self.acme.last_reference == {}
        assert Organisation.objects.get(pk=self.other.pk).name == "Other Inc."

    def test_admin_and_auditor_read_it_and_the_outsider_finds_nothing(self) -> None:
        for user, get, post in ((self.admin, 200, 403), (self.auditor, 200, 403), (self.outsider, 404, 404)):
            self.client.force_login(user)
            page = self.client.get(ADDRESS)
            assert page.status_code == get
            assert b"Save the organisation" not in page.content
            assert get == 404 or b'<dd class="oo-text">Germany</dd>' in page.content
            assert self.client.post(ADDRESS, ORGANISATION).status_code == post
        self.acme.refresh_from_db()
        assert self.acme.language == "en"

    def test_bad_input_keeps_what_was_typed_and_the_frame_as_it_was(self) -> None:
        self.client.force_login(self.owner)
        page = self.client.post(ADDRESS, ORGANISATION | {"name": "Typed", "signatory_email": "nonsense"})
        self.assertContains(page, 'value="Typed"')
        self.assertContains(page, '<p class="oo-label">Acme GmbH</p>', html=True)
        self.assertContains(page, "Enter a valid email address")

    def test_the_index_leads_to_each_page(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get("/o/acme/settings/")
        self.assertContains(page, ADDRESS)
        self.assertContains(page, "3 people belong to Acme GmbH")


class ProfileTests(AccountsTestCase):
    def test_a_person_changes_name_language_theme_and_keys(self) -> None:
        self.client.force_login(self.auditor)
        self.client.post("/me/", {"name": "Aude A.", "language": "de", "theme": "dark"})
        self.auditor.refresh_from_db()
        user = self.auditor
        assert (user.name, user.language, user.theme, user.single_keys) == ("Aude A.", "de", "dark", False)
        self.assertContains(self.client.get("/me/"), 'data-theme="dark"')

    def test_extra_fields_do_nothing(self) -> None:
        self.client.force_login(self.auditor)
        more = {"email": "x@example.org", "is_superuser": "1", "is_staff": "1", "password": "x", "is_active": ""}
        self.client.post("/me/", {"name": "A", "language": "", "theme": "auto"} | more)
        user = User.objects.get(pk=self.auditor.pk)
        assert (user.email, user.is_superuser, user.is_staff) == (self.auditor.email, False, False)
        assert user.is_active
        assert user.check_password("correct horse battery")

    def test_a_name_is_needed(self) -> None:
        self.client.force_login(self.auditor)
        self.assertContains(self.client.post("/me/", {"name": " ", "theme": "auto"}), "This field is required")

    def test_an_address_cannot_be_taken_over_on_the_page_of_django_allauth(self) -> None:
        self.client.force_login(self.auditor)
        self.client.post("/accounts/email/", {"email": "nora@example.org", "action_add": ""})
        assert User.objects.get(pk=self.auditor.pk).email == "aude@example.org"


class CacheTests(AccountsTestCase):
    def test_what_is_counted_is_in_the_database_where_every_process_sees_it(self) -> None:
        assert cache.add("lock", 1)
        assert not cache.add("lock", 1)
