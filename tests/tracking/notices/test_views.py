"""The pages: what one is told, the link that ends it, and the channels."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from requests_app.models import ChannelPost, Digest, Event, NoticeSettings, NotificationChannel, User
from requests_app.tracking.notices.addresses import unsubscribe_token
from tests.accounts.signing_in import sign_in
from tests.tracking.notices.mails import NoticesTestCase

PAGE = "/o/acme/notifications/"
VALUES = {"digest": "daily", "weekday": "0", "at_once": ["bounce"], "quiet_from": "20:00", "quiet_to": "07:00"}
CHANNEL = {"kind": "webhook", "name": "#privacy", "url": "https://hooks.example.org/T/canary-77", "events": ["bounce"]}


class NotificationsTests(NoticesTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.owner)

    def saved(self, **changes: Any) -> Any:
        return self.client.post(PAGE, VALUES | changes)

    def test_the_account_leads_there(self) -> None:
        assert f'href="{PAGE}"' in self.client.get("/me/").content.decode()

    def test_what_is_chosen_is_saved(self) -> None:
        response = self.saved(digest="weekly", weekday="4", time_zone="America/St_Johns", language="de")
        assert response.status_code == 302
        row = NoticeSettings.objects.get(membership__user=self.owner)
        assert (row.digest, row.weekday, row.at_once, row.language) == (Digest.WEEKLY, 4, ["bounce"], "de")
        assert str(row.quiet_from) == "20:00:00"
        assert row.next_digest_at
        local = row.next_digest_at.astimezone(row.zone)
        assert (local.hour, local.minute, local.weekday()) == (7, 30, 4)

    def test_turning_it_off_leaves_nothing_due(self) -> None:
        self.saved(digest="off", at_once=[])
        row = NoticeSettings.objects.get(membership__user=self.owner)
        assert (row.next_digest_at, row.at_once) == (None, [])

    def test_half_of_the_quiet_hours_is_asked_for(self) -> None:
        response = self.saved(quiet_to="")
        assert response.status_code == 422
        assert "Give both times, or none." in response.content.decode()
        assert 'value="20:00"' in response.content.decode()

    def test_an_unknown_zone_is_refused(self) -> None:
        assert self.saved(time_zone="Mars/Olympus").status_code == 422

    def test_an_auditor_chooses_for_oneself_and_nobody_else_is_touched(self) -> None:
        self.client.force_login(self.auditor)
        assert self.saved().status_code == 302
        assert not NoticeSettings.objects.filter(membership__user=self.owner).exists()
        assert not Event.objects.filter(action="settings_changed").exists()


class UnsubscribeTests(NoticesTestCase):
    def setUp(self) -> None:
        self.url = f"/unsubscribe/{unsubscribe_token(self.membership(self.owner))}/"

    def digest(self) -> str:
        return self.choose(self.owner).digest

    def test_looking_at_the_link_ends_nothing(self) -> None:
        response = self.client.get(self.url)
        assert "<button" in response.content.decode()
        assert self.digest() == Digest.DAILY

    def test_a_mail_program_ends_it_without_a_cookie_or_a_token_of_the_form(self) -> None:
        response = Client(enforce_csrf_checks=True).post(self.url, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert NoticeSettings.objects.get(membership__user=self.owner).digest == Digest.OFF

    def test_made_up_tokens_are_not_found(self) -> None:
        pk = self.membership(self.owner).pk
        for token in (str(pk), f"{pk}:", f"{pk}:AAAA", "x", f"{pk + 1}:{self.url.split(':')[1][:-1]}"):
            with self.subTest(token):
                assert self.client.post(f"/unsubscribe/{token}/").status_code == 404
        assert self.digest() == Digest.DAILY

    def test_it_says_so_in_the_language_of_the_person(self) -> None:
        User.objects.filter(pk=self.owner.pk).update(language="de")
        assert 'lang="de"' in self.client.get(self.url).content.decode()


class ChannelsTests(NoticesTestCase):
    def setUp(self) -> None:
        assert sign_in(self.client, self.owner.email).status_code == 302

    def add(self, **changes: Any) -> Any:
        return self.client.post("/o/acme/settings/channels/new/", CHANNEL | changes)

    def channel(self) -> NotificationChannel:
        return NotificationChannel.objects.get()

    def test_a_webhook_shows_its_secret_once_and_its_address_never(self) -> None:
        page = self.add().content.decode()
        channel = self.channel()
        assert channel.secret.startswith("whsec_")
        assert channel.secret in page
        for path in ("/o/acme/settings/channels/", f"/o/acme/settings/channels/{channel.pk}/"):
            shown = self.client.get(path).content.decode()
            assert "#privacy" in shown
            assert "canary-77" not in shown
            assert channel.secret not in shown

    def test_address_and_secret_stand_encrypted_and_in_no_event(self) -> None:
        self.add()
        with self.subTest("database"):
            raw = NotificationChannel.objects.extra(select={"raw": "url"}).values_list("raw", flat=True)[0]
            assert "canary-77" not in str(raw)
        events = str(list(Event.objects.values()))
        assert "canary-77" not in events
        assert "whsec_" not in events
        assert settings.FIELD_KEYS

    def test_hostile_addresses_are_refused_and_nothing_typed_is_lost(self) -> None:
        for url in ("http://hooks.example.org/", "https://127.0.0.1/", "https://[::1]/", "javascript:alert(1)"):
            with self.subTest(url):
                response = self.add(url=url)
                assert response.status_code == 422
                assert 'value="#privacy"' in response.content.decode()
                assert f'value="{url}"' in response.content.decode()
        assert not NotificationChannel.objects.exists()

    def test_changing_it_keeps_the_address_and_turns_it_on_again(self) -> None:
        self.add(kind="slack")
        NotificationChannel.objects.update(disabled_at="2026-11-24T00:00Z")
        path = f"/o/acme/settings/channels/{self.channel().pk}/"
        assert self.client.post(path, {"name": "#legal", "events": ["overdue"], "url": ""}).status_code == 302
        channel = self.channel()
        assert (channel.name, channel.events, channel.disabled_at) == ("#legal", ["overdue"], None)
        assert channel.url == CHANNEL["url"]

    def test_the_test_says_what_came_back(self) -> None:
        self.add(kind="slack")
        NotificationChannel.objects.update(url="https://localhost/hook")  # leads inside
        path = f"/o/acme/settings/channels/{self.channel().pk}/"
        response = self.client.post(f"{path}test/", follow=True)
        page = response.content.decode()
        assert "The test was not taken" in page
        assert "inside a network" in page
        assert ChannelPost.objects.get().kind == "test"

    def test_a_new_secret_ends_the_old_one(self) -> None:
        self.add()
        before = self.channel().secret
        page = self.client.post(f"/o/acme/settings/channels/{self.channel().pk}/secret/").content.decode()
        assert self.channel().secret != before
        assert self.channel().secret in page

    def test_it_is_removed_with_its_log(self) -> None:
        self.add()
        self.client.post(f"/o/acme/settings/channels/{self.channel().pk}/test/")
        assert ChannelPost.objects.exists()
        assert self.client.post(f"/o/acme/settings/channels/{self.channel().pk}/remove/").status_code == 302
        assert not NotificationChannel.objects.exists()
        assert not ChannelPost.objects.exists()

    def test_the_list_takes_as_many_queries_for_many_as_for_one(self) -> None:
        self.add()
        with CaptureQueriesContext(connection) as one:
            self.client.get("/o/acme/settings/channels/")
        wanted = len(one)
        for number in range(5):
            self.add(name=f"#{number}")
        with self.assertNumQueries(wanted):
            self.client.get("/o/acme/settings/channels/")
