"""One's own account, and the settings of the organisation."""

from django.core.cache import cache

from requests_app.models import Event, OptOutRequest, Organisation, User
from tests.accounts.signing_in import AccountsTestCase
from tests.accounts.test_setup import ORGANISATION
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace

ADDRESS = "/o/acme/settings/organisation/"
SAVED = ORGANISATION | {"working_days": ["1", "2", "3", "4", "5"], "holiday_country": "", "holiday_region": ""}


class OrganisationTests(AccountsTestCase):
    def test_an_owner_changes_it_and_the_event_says_what(self) -> None:
        self.client.force_login(self.owner)
        self.assertRedirects(self.client.post(ADDRESS, SAVED | {"name": "Acme SE"}), "/o/acme/settings/")
        self.acme.refresh_from_db()
        assert (self.acme.name, self.acme.slug) == ("Acme SE", "acme")
        event = Event.objects.get()
        assert event.action == "organisation_changed"
        assert event.detail["name"] == {"from": "Acme GmbH", "to": "Acme SE"}
        assert "country" not in event.detail

    def test_names_of_people_stay_outside_the_chain(self) -> None:
        self.client.force_login(self.owner)
        self.client.post(ADDRESS, SAVED | {"signatory_name": "Max Mustermann"})
        event = Event.objects.get()
        assert event.personal["signatory_name"] == {"from": "Jane Doe", "to": "Max Mustermann"}
        assert "Mustermann" not in event.detail_json

    def test_saving_without_a_change_writes_no_event(self) -> None:
        self.client.force_login(self.owner)
        self.client.post(ADDRESS, SAVED)
        before = Event.objects.count()
        self.client.post(ADDRESS, SAVED)
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
        self.client.post(ADDRESS, SAVED | more)
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
            assert self.client.post(ADDRESS, SAVED).status_code == post
        self.acme.refresh_from_db()
        assert self.acme.language == "en"

    def test_bad_input_keeps_what_was_typed_and_the_frame_as_it_was(self) -> None:
        self.client.force_login(self.owner)
        page = self.client.post(ADDRESS, SAVED | {"name": "Typed", "signatory_email": "nonsense"})
        self.assertContains(page, 'value="Typed"')
        self.assertContains(page, '<p class="oo-label">Acme GmbH</p>', html=True)
        self.assertContains(page, "Enter a valid email address")

    def test_the_index_leads_to_each_page(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get("/o/acme/settings/")
        self.assertContains(page, ADDRESS)
        self.assertContains(page, "3 people belong to Acme GmbH")

    def test_the_calendar_is_kept_and_the_event_says_so(self) -> None:
        self.client.force_login(self.owner)
        self.client.post(ADDRESS, SAVED)
        calendar = {"working_days": ["7", "1"], "holiday_country": "DE", "holiday_region": "by"}
        self.assertRedirects(self.client.post(ADDRESS, SAVED | calendar), "/o/acme/settings/")
        self.acme.refresh_from_db()
        assert (sorted(self.acme.working_days), self.acme.holiday_country, self.acme.holiday_region) == (
            [1, 7],
            "DE",
            "BY",
        )
        event = Event.objects.order_by("-sequence")[0]
        assert event.detail["holiday_region"] == {"from": "", "to": "BY"}

    def test_a_part_of_a_country_that_is_not_known_is_refused_with_those_that_are(self) -> None:
        self.client.force_login(self.owner)
        page = self.client.post(ADDRESS, SAVED | {"holiday_country": "DE", "holiday_region": "Bavaria"})
        self.assertContains(page, "Choose one of these, or leave it empty: BB, BE, BW, BY")
        page = self.client.post(ADDRESS, SAVED | {"holiday_country": "none", "holiday_region": "BY"})
        self.assertContains(page, "Leave it empty.")
        page = self.client.post(ADDRESS, SAVED | {"working_days": []})
        self.assertContains(page, "This field is required.")


class ClockTests(AccountsTestCase):
    def test_a_change_of_zone_or_calendar_lets_the_clocks_of_open_requests_be_worked_out_anew(self) -> None:
        self.client.force_login(self.owner)
        procedure = make_procedure(make_vendor("acme-vendor"))
        workspace = make_workspace(self.acme, procedure.vendor)
        rows = [
            make_request(workspace, procedure, status=status, outcome=outcome, clock_stale=False)
            for status, outcome in (("submitted", ""), ("closed", "refused"), ("draft", ""))
        ]
        for change, expected in (({"name": "Acme SE"}, [0, 0, 0]), ({"time_zone": "Asia/Tokyo"}, [1, 0, 0])):
            self.client.post(ADDRESS, SAVED | change)
            assert [OptOutRequest.objects.get(pk=row.pk).clock_stale for row in rows] == list(map(bool, expected))


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
