"""Pages that the sweep over the organisation's pages does not reach: the doors, one's own account, what went wrong."""

from requests_app.models import Membership, OptOutRequest, Outcome, Status
from requests_app.people.setup import new_setup_link
from requests_app.tracking.changes import move_request
from tests.drafting.requests import load_vendor
from tests.e2e.accessibility import assert_accessible, prefer
from tests.e2e.base import BrowserTestCase
from tests.e2e.hands import Mouse
from tests.people import PeopleTestCase
from tests.world import TOKEN, write_acme

DOORS = ("login", "password/reset", "password/reset/done", "signup")
OWN = ("password/change", "2fa", "2fa/totp/activate", "2fa/webauthn/add", "sessions", "logout")


class OtherPagesTests(BrowserTestCase):
    def test_the_doors(self) -> None:
        for name in DOORS:
            with self.subTest(name):
                assert_accessible(self.open(f"/accounts/{name}/"))

    def test_an_invitation(self) -> None:
        write_acme()
        assert_accessible(self.open(f"/invitations/{TOKEN}/"))

    def test_the_set_up(self) -> None:
        load_vendor("slack")
        hands = Mouse(self.open(f"/setup/{new_setup_link()}/"))
        assert_accessible(self.page)
        hands.fill("Your name", "Jane Doe")
        hands.fill("E-mail address", "jane.doe@example.org")
        hands.fill("Password", "correct horse battery")
        hands.follow("Make my account")
        assert_accessible(self.page)
        hands.fill("Name", "Acme GmbH")
        hands.choose("Country", "Germany")
        hands.follow("Save the organisation")
        assert_accessible(self.page)

    def test_the_pages_of_ones_own_account(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        for name in OWN:
            with self.subTest(name):
                assert_accessible(self.open(f"/accounts/{name}/"))

    def test_what_is_not_there_or_not_allowed(self) -> None:
        acme = write_acme()
        self.sign_in(acme.auditor)
        for path, status in (("/nowhere/", 404), ("/o/acme/workspaces/new/", 403)):
            with self.subTest(path), self.watch.expecting(status):
                assert_accessible(self.open(path))

    def test_lists_that_hold_nothing(self) -> None:
        _Empty.setUpTestData()
        self.sign_in(_Empty.owner)
        for part in ("", "requests/", "requests/new/", "workspaces/", "catalogue/?q=nothing"):
            with self.subTest(part):
                assert_accessible(self.open(f"/o/acme/{part}"))


class RequestStatesTests(BrowserTestCase):
    def test_a_request_in_every_status(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        owner = Membership.objects.select_related("organisation", "user").get(user=acme.owner)
        path = f"/o/acme/requests/{acme.submitted.pk}/"
        moves = ((Status.ACKNOWLEDGED, None), (Status.ACTION_NEEDED, None), (Status.CLOSED, Outcome.REFUSED))
        for status, outcome in moves:
            with self.subTest(status):
                request = OptOutRequest.objects.get(pk=acme.submitted.pk)
                move_request(owner, request, status, outcome, note="The vendor wrote back.")
                assert_accessible(self.open(path))
        assert_accessible(self.open("/o/acme/requests/?status=closed"))


class _Empty(PeopleTestCase):
    """Four people and nothing else; not a test."""

    __test__ = False


class ThemeTests(BrowserTestCase):
    def test_it_follows_the_device_until_one_chooses(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        self.open("/me/")
        prefer(self.page, "dark")
        assert self.theme() == "dark"
        Mouse(self.page).choose("Theme", "Light")
        Mouse(self.page).follow("Save my account")
        assert self.theme() == "light"

    def theme(self) -> str:
        return self.page.locator("html").get_attribute("data-bs-theme") or ""


class MenuTests(BrowserTestCase):
    def test_on_a_narrow_screen_it_opens_by_a_button_and_closes_by_escape(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        self.page.set_viewport_size({"width": 320, "height": 640})
        self.open("/o/acme/")
        menu = self.page.locator("#side")
        assert not menu.is_visible()
        self.page.get_by_role("button", name="Menu").click()
        menu.get_by_role("link", name="Catalogue").wait_for()
        self.page.keyboard.press("Escape")
        menu.wait_for(state="hidden")
        assert self.page.evaluate("document.activeElement.innerText.trim()") == "Menu"


class NaughtyTests(BrowserTestCase):
    """A handful of the strings that the test client goes through, on the screen."""

    TEXTS = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "٠١٢ ‮txt.exe", "田中さん 😍")

    def test_what_was_typed_is_what_is_shown(self) -> None:
        acme = write_acme()
        self.sign_in(acme.owner)
        for text in self.TEXTS:
            with self.subTest(text):
                self.open(f"/o/acme/workspaces/new/?vendor={acme.slack.pk}")
                Mouse(self.page).fill("Name", text)
                Mouse(self.page).follow("Add the workspace")
                assert text in (self.page.locator("h1").text_content() or "")
