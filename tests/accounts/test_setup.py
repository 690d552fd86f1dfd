"""The set-up wizard, from the link that the server printed to the first page."""

import io
from typing import Any

from django.core.cache import cache
from django.test import TestCase
from django.utils import timezone

from requests_app.management.commands.run import Command
from requests_app.models import Event, EventStream, Membership, Organisation, Role, SetupLink, User, Vendor, Workspace
from requests_app.people.setup import SetupOver, free_slug, new_setup_link, set_up_organisation
from requests_app.people.tokens import token_hash
from tests.accounts.signing_in import sign_in
from tests.people import new_person

PASSWORD = "a long sentence indeed"
ACCOUNT = {"name": "Jane Doe", "email": "Jane.Doe@example.org", "password": PASSWORD}
ORGANISATION = {
    "name": "Acme GmbH",
    "postal_address": "Musterstraße 1\n10115 Berlin",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "language": "de",
    "signatory_name": "Jane Doe",
    "signatory_role": "Workspace Owner",
    "signatory_email": "jane.doe@example.org",
}


def new_vendor(slug: str, **fields: Any) -> Vendor:
    return Vendor.objects.create(slug=slug, name=slug.title(), website="https://example.org", content={}, **fields)


class SetupTestCase(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.token = new_setup_link() or ""

    def step_1(self) -> Any:
        return self.client.post(f"/setup/{self.token}/", ACCOUNT)

    def step_2(self, **changes: str) -> Any:
        return self.client.post("/setup/organisation/", ORGANISATION | changes)

    def actions(self) -> list[str]:
        return list(Event.objects.order_by("sequence").values_list("action", flat=True))


class JourneyTests(SetupTestCase):
    def test_whoever_wants_to_goes_on_to_the_mail(self) -> None:
        self.step_1()
        self.step_2()
        page = self.client.get("/setup/vendors/")
        self.assertContains(page, "Then set up mail")
        done = self.client.post("/setup/vendors/", {"skip": "1", "mail": "1"})
        assert done["Location"] == "/o/acme-gmbh/settings/mail/"

    def test_three_steps_lead_to_an_organisation_with_workspaces(self) -> None:
        vendor, other = new_vendor("slack"), new_vendor("zoom")
        self.assertRedirects(self.step_1(), "/setup/organisation/")
        page = self.client.get("/setup/organisation/")
        self.assertContains(page, 'value="jane.doe@example.org"')
        self.assertContains(page, 'value="Jane Doe"')
        self.assertRedirects(self.step_2(), "/setup/vendors/")
        done = self.client.post("/setup/vendors/", {"vendors": [vendor.pk]})
        assert done["Location"] == "/o/acme-gmbh/"
        organisation = Organisation.objects.get()
        assert (organisation.country, organisation.setup_done) == ("DE", True)
        membership = Membership.objects.get()
        assert (membership.user.email, membership.role) == ("jane.doe@example.org", Role.OWNER)
        workspace = Workspace.objects.get()
        assert (workspace.vendor, workspace.name, workspace.responsible) == (vendor, "Slack", membership.user)
        assert self.actions() == ["organisation_created", "member_joined", "workspace_registered"]
        assert "jane" not in "".join(Event.objects.values_list("detail_json", flat=True)).lower()
        assert other.workspaces.count() == 0

    def test_vendors_can_be_skipped(self) -> None:
        vendor = new_vendor("slack")
        self.step_1()
        self.step_2()
        self.client.post("/setup/vendors/", {"vendors": [vendor.pk], "skip": "1"})
        assert (Workspace.objects.count(), Organisation.objects.get().setup_done) == (0, True)

    def test_a_private_or_retired_vendor_is_not_on_offer(self) -> None:
        self.step_1()
        self.step_2()
        private = new_vendor("own", organisation=Organisation.objects.get())
        retired = new_vendor("old", retired_at=timezone.now())
        for vendor in (private, retired):
            assert self.client.post("/setup/vendors/", {"vendors": [vendor.pk]}).status_code == 200
        assert Workspace.objects.count() == 0

    def test_whoever_stopped_comes_back_to_the_next_step(self) -> None:
        self.step_1()
        self.client.post("/accounts/logout/")
        assert sign_in(self.client, "jane.doe@example.org", PASSWORD)["Location"] == "/setup/organisation/"
        self.assertRedirects(self.client.get("/"), "/setup/organisation/")
        self.assertRedirects(self.client.get("/setup/vendors/"), "/setup/organisation/")
        self.step_2()
        self.client.post("/accounts/logout/")
        self.assertRedirects(self.client.get("/setup/vendors/"), "/accounts/login/?next=/setup/vendors/")
        assert sign_in(self.client, "jane.doe@example.org", PASSWORD)["Location"] == "/setup/vendors/"
        self.assertRedirects(self.client.get("/"), "/setup/vendors/")

    def test_nothing_is_lost_on_bad_input(self) -> None:
        page = self.client.post(f"/setup/{self.token}/", ACCOUNT | {"password": "short"})
        self.assertContains(page, 'value="Jane Doe"')
        self.assertContains(page, "12 characters")
        self.assertNotContains(page, "short&quot;")
        self.step_1()
        page = self.step_2(country="", time_zone="Mars/Olympus")
        self.assertContains(page, "Musterstraße 1")
        assert set(page.context["form"].errors) == {"country", "time_zone"}

    def test_a_password_like_the_name_is_refused(self) -> None:
        page = self.client.post(
            f"/setup/{self.token}/", ACCOUNT | {"name": "jane sentence", "password": "jane sentence"}
        )
        self.assertContains(page, "too similar to the name")


class LinkTests(SetupTestCase):
    def test_only_its_hash_is_kept(self) -> None:
        assert SetupLink.objects.get().token_hash == token_hash(self.token)
        assert len(self.token) >= 43

    def test_another_token_is_not_found(self) -> None:
        for token in ("x", self.token[:-1], self.token + "x", token_hash(self.token)):
            assert self.client.get(f"/setup/{token}/").status_code == 404

    def test_a_new_link_ends_the_one_before(self) -> None:
        new_setup_link()
        assert self.client.get(f"/setup/{self.token}/").status_code == 404

    def test_it_makes_one_account(self) -> None:
        self.step_1()
        self.client.post("/accounts/logout/")
        self.client.post(f"/setup/{self.token}/", ACCOUNT | {"email": "other@example.org"})
        assert User.objects.count() == 1

    def test_a_link_can_be_had_again_while_there_is_no_organisation(self) -> None:
        self.step_1()
        token = new_setup_link()
        self.client.post("/accounts/logout/")
        self.client.post(f"/setup/{token}/", ACCOUNT | {"email": "other@example.org"})
        assert User.objects.count() == 2

    def test_it_is_dead_once_there_is_an_organisation(self) -> None:
        self.step_1()
        self.step_2()
        self.client.post("/setup/vendors/", {"skip": "1"})
        for client in (self.client, self.client_class()):
            for address in (f"/setup/{self.token}/", "/setup/organisation/", "/setup/vendors/"):
                assert client.get(address).status_code == 404
                assert client.post(address, ORGANISATION).status_code == 404
        assert new_setup_link() is None
        assert not SetupLink.objects.exists()

    def test_a_person_without_the_link_has_no_part_in_it(self) -> None:
        self.client.force_login(new_person("Nora"))
        assert self.step_2().status_code == 404
        assert self.client.post("/setup/vendors/", {"skip": "1"}).status_code == 404
        assert not Organisation.objects.exists()

    def test_of_two_people_with_a_link_the_first_sets_up(self) -> None:
        people = [new_person("First"), new_person("Second")]
        for number, person in enumerate(people):
            SetupLink.objects.create(token_hash=str(number), account=person)
        set_up_organisation(people[0], Organisation(name="Acme"))
        with self.assertRaises(SetupOver):
            set_up_organisation(people[1], Organisation(name="Acme"))

    def test_demo_data_does_not_end_it(self) -> None:
        Organisation.objects.create(name="Demo", slug="demo", is_demo=True, setup_done=True)
        assert self.client.get(f"/setup/{self.token}/").status_code == 200

    def test_guessing_is_throttled(self) -> None:
        statuses = [self.client.get(f"/setup/guess-{number}/").status_code for number in range(31)]
        assert set(statuses[:30]) == {404}
        assert statuses[30] == 429

    def test_the_server_prints_it_until_there_is_an_organisation(self) -> None:
        written = io.StringIO()
        command = Command(stdout=written)
        command.show_setup_link()
        address = written.getvalue().split()[-1]
        assert written.getvalue().startswith("Set up Optout: http://127.0.0.1:8000/setup/")
        assert self.client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200
        Organisation.objects.create(name="Acme", slug="acme")
        written.truncate(0)
        command.show_setup_link()
        assert "Set up" not in written.getvalue()[1:]


class CreateOrganisationTests(SetupTestCase):
    def test_a_slug_is_free_and_never_empty(self) -> None:
        Organisation.objects.create(name="Acme", slug="acme")
        assert free_slug("Acme") == "acme-2"
        assert free_slug("株式会社") == "organisation"
        assert len(free_slug("a" * 300)) <= 80

    def test_extra_fields_do_nothing(self) -> None:
        self.client.post(f"/setup/{self.token}/", ACCOUNT | {"is_superuser": "1", "is_staff": "1", "role": "owner"})
        user = User.objects.get()
        assert (user.is_superuser, user.is_staff) == (False, False)
        self.step_2(is_demo="1", setup_done="1", slug="other", id="00000000-0000-0000-0000-000000000000")
        organisation = Organisation.objects.get()
        assert (organisation.is_demo, organisation.setup_done, organisation.slug) == (False, False, "acme-gmbh")
        assert EventStream.objects.get().organisation == organisation
