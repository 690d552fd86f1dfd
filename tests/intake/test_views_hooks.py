from typing import Any
from urllib.parse import urlsplit

from django.test import override_settings

from requests_app.intake.hooks import address_of, make_hook
from requests_app.models import Event, InboundHook, MailProvider, Membership
from tests.accounts.signing_in import sign_in
from tests.intake.mails import IntakeTestCase

PAGE = "/o/acme/settings/mail/webhooks/"
KEY = "key-of-these-tests"


@override_settings(ACCOUNT_RATE_LIMITS=False)
class HooksPageTests(IntakeTestCase):
    def setUp(self) -> None:
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)
        assert sign_in(self.client, self.owner.email).status_code == 302

    def make(self, provider: str = "mailgun", key: str = KEY) -> Any:
        return self.client.post(PAGE, {"provider": provider, "signing_key": key})

    def test_an_owner_makes_one_and_sees_its_address_but_not_the_key(self) -> None:
        self.assertRedirects(self.make(), PAGE)
        hook = InboundHook.objects.get()
        page = self.client.get(PAGE)
        self.assertContains(page, address_of(hook))
        self.assertNotContains(page, KEY)
        assert hook.signing_key == KEY

    def test_for_postmark_a_password_is_made_up(self) -> None:
        self.make("postmark", "")
        hook = InboundHook.objects.get()
        assert hook.signing_key.startswith("optout:")
        assert len(hook.signing_key) > 40
        address = urlsplit(address_of(hook))
        assert f"{address.username}:{address.password}" == hook.signing_key

    def test_mailgun_needs_its_key(self) -> None:
        for key in ("", "ü"):
            response = self.make(key=key)
            assert response.status_code == 422
        assert not InboundHook.objects.exists()

    def test_there_is_one_of_each_provider(self) -> None:
        self.make()
        assert self.make().status_code == 422
        self.make("postmark")
        assert InboundHook.objects.count() == 2
        self.assertNotContains(self.client.get(PAGE), "Make the webhook")

    def test_a_new_address_takes_the_place_of_the_old_one_and_keeps_the_key(self) -> None:
        hook = make_hook(self.olga, MailProvider.MAILGUN, KEY)
        self.assertRedirects(self.client.post(f"{PAGE}{hook.pk}/rotate/", {"signing_key": ""}), PAGE)
        new = InboundHook.objects.get()
        assert (new.pk, new.signing_key) == (hook.pk, KEY)
        assert new.secret != hook.secret
        assert self.client.post(urlsplit(address_of(hook)).path).status_code == 404
        self.client.post(f"{PAGE}{hook.pk}/rotate/", {"signing_key": "another-key"})
        assert InboundHook.objects.get().signing_key == "another-key"
        self.client.post(f"{PAGE}{hook.pk}/rotate/", {"signing_key": "ü"}, follow=True)
        assert InboundHook.objects.get().signing_key == "another-key"

    def test_for_postmark_the_password_changes_with_the_address(self) -> None:
        hook = make_hook(self.olga, MailProvider.POSTMARK)
        self.client.post(f"{PAGE}{hook.pk}/rotate/")
        assert InboundHook.objects.get().signing_key != hook.signing_key

    def test_a_removed_one_is_not_found(self) -> None:
        hook = make_hook(self.olga, MailProvider.MAILGUN, KEY)
        self.assertRedirects(self.client.post(f"{PAGE}{hook.pk}/remove/"), PAGE)
        assert self.client.post(urlsplit(address_of(hook)).path).status_code == 404

    def test_each_change_is_an_event_without_a_secret(self) -> None:
        self.make()
        hook = InboundHook.objects.get()
        self.client.post(f"{PAGE}{hook.pk}/rotate/")
        self.client.post(f"{PAGE}{hook.pk}/remove/")
        events = [event for event in Event.objects.filter(action="settings_changed") if "mail_webhook" in event.detail]
        assert [event.detail["mail_webhook"]["change"] for event in events] == ["made", "replaced", "removed"]
        assert KEY not in str([event.detail_json for event in events])

    def test_whoever_signed_in_long_ago_is_asked_again(self) -> None:
        session = self.client.session
        session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
        session.save()
        response = self.client.get(PAGE)
        assert response.status_code == 302
        assert "reauthenticate" in response["Location"]
