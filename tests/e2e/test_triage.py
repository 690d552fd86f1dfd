"""Triage with one key, which whoever does not want it switches off."""

from requests_app.models import InboundMail, User
from tests.e2e.base import BrowserTestCase
from tests.world import write_acme


class SingleKeyTests(BrowserTestCase):
    def test_one_key_confirms_and_the_next_mail_is_asked_for(self) -> None:
        acme = write_acme()
        self.sign_in(acme.admin)
        page = self.open(f"/o/acme/triage/{acme.held_mail.pk}/")
        page.keyboard.press("x")
        page.keyboard.press("c")
        page.wait_for_url("**/o/acme/triage/")
        assert "Confirmed" in page.locator("main").inner_text()
        assert InboundMail.objects.get(pk=acme.held_mail.pk).request == acme.submitted

    def test_typing_a_c_or_switching_keys_off_confirms_nothing(self) -> None:
        acme = write_acme()
        self.sign_in(acme.admin)
        page = self.open(f"/o/acme/triage/{acme.held_mail.pk}/")
        page.locator("#q").press_sequentially("c")
        User.objects.filter(pk=acme.admin.pk).update(single_keys=False)
        page = self.open(f"/o/acme/triage/{acme.held_mail.pk}/")
        assert page.locator("main kbd").count() == 0
        page.keyboard.press("c")
        page.wait_for_timeout(300)
        assert page.url.endswith(f"/triage/{acme.held_mail.pk}/")
        assert InboundMail.objects.get(pk=acme.held_mail.pk).request is None

    def test_the_search_narrows_the_choice_without_a_click(self) -> None:
        acme = write_acme()
        self.sign_in(acme.admin)
        page = self.open(f"/o/acme/triage/{acme.held_mail.pk}/")
        page.locator("#q").fill("nothing of that name")
        page.get_by_text("No request fits").wait_for()
        page.locator("#q").fill("slack")
        page.locator(f"#request-{acme.submitted.pk}").wait_for()
