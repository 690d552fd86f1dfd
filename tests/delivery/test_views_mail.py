from typing import Any

from cryptography.fernet import Fernet
from django.test import override_settings

from requests_app.models import Event, MailSettings
from tests.accounts.signing_in import sign_in
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import PASSWORD, USER, smtp_server
from tests.processes import free_port

PAGE = "/o/acme/settings/mail/"
VALUES = {
    "smtp_host": "smtp.example.org",
    "smtp_port": "587",
    "smtp_tls": "starttls",
    "smtp_user": USER,
    "smtp_password": PASSWORD,
    "from_name": "Acme",
    "from_address": "optout@example.org",
    "reply_address": "replies@example.org",
}


@override_settings(ACCOUNT_RATE_LIMITS=False)
class MailSettingsTestCase(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        MailSettings.objects.all().delete()
        self.sign_in(self.owner)

    def sign_in(self, user: Any) -> None:
        """Sign in with the password, so that nobody is asked who it is."""
        self.client.logout()
        assert sign_in(self.client, user.email).status_code == 302

    def save(self, **changes: str) -> Any:
        return self.client.post(PAGE, VALUES | changes)


class MailSettingsTests(MailSettingsTestCase):
    def test_an_owner_saves_them_and_the_password_is_shown_to_nobody(self) -> None:
        self.assertRedirects(self.save(), PAGE)
        mail = MailSettings.objects.get()
        assert (mail.organisation, mail.smtp_host, mail.smtp_password) == (self.acme, "smtp.example.org", PASSWORD)
        self.assertNotContains(self.client.get(PAGE), PASSWORD)
        event = Event.objects.get(action="settings_changed")
        assert PASSWORD not in event.detail_json + str(event.personal)
        assert event.detail["passwords"] == ["smtp_password"]
        assert "optout@example.org" not in event.detail_json

    def test_an_empty_password_keeps_the_saved_one(self) -> None:
        self.save()
        self.assertRedirects(self.save(smtp_password="", from_name="Acme AG"), PAGE)
        mail = MailSettings.objects.get()
        assert (mail.smtp_password, mail.from_name) == (PASSWORD, "Acme AG")
        events = Event.objects.count()
        self.save(smtp_password="", from_name="Acme AG")
        assert Event.objects.count() == events

    def test_the_saved_password_goes_to_no_other_server(self) -> None:
        self.save()
        changes = ({"smtp_host": "evil.example.org"}, {"smtp_port": "25"}, {"smtp_tls": "none"}, {"smtp_user": "x"})
        for change in changes:
            response = self.save(smtp_password="", **change)
            self.assertContains(response, "Type the password again", status_code=422)
        assert MailSettings.objects.get().smtp_host == "smtp.example.org"

    def test_bad_input_is_refused_and_kept(self) -> None:
        for name, value in (
            ("smtp_port", "0"),
            ("smtp_port", "65536"),
            ("smtp_host", "two words"),
            ("smtp_host", "x.example.org\r\nEHLO"),
            ("from_address", "a@example.org,b@example.org"),
            ("from_address", ""),
            ("from_name", "a\u2028b"),
            ("reply_address", "replies+x@example.org"),
            ("reply_address", f"{'x' * 40}@example.org"),
            ("smtp_password", "ümlaut"),
        ):
            with self.subTest(name=name, value=value):
                response = self.save(**{name: value})
                assert response.status_code == 422
                self.assertContains(
                    response, 'value="optout@example.org"' if "from_a" not in name else "Acme", status_code=422
                )
                assert PASSWORD not in response.content.decode()
        assert not MailSettings.objects.exists()

    def test_only_an_owner_gets_there(self) -> None:
        for user, status in ((self.admin, 403), (self.auditor, 403), (self.outsider, 404)):
            self.sign_in(user)
            assert self.client.get(PAGE).status_code == status
            assert self.save().status_code == status
            assert self.client.post(f"{PAGE}test/").status_code == status

    def test_whoever_signed_in_long_ago_is_asked_who_it_is(self) -> None:
        self.client.logout()
        self.client.force_login(self.owner)
        assert "reauthenticate" in self.client.get(PAGE)["Location"]


class TrialTests(MailSettingsTestCase):
    def trial(self, port: int) -> str:
        MailSettings.objects.update_or_create(
            organisation=self.acme,
            defaults={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "from_address": "o@example.org"},
        )
        return self.client.post(f"{PAGE}test/", follow=True).content.decode()

    def test_it_reports_the_servers_own_answer(self) -> None:
        with smtp_server() as (port, mailbox):
            page = self.trial(port)
        assert "It said: 250 2.0.0 taken as 4711" in page
        assert mailbox.taken[0][1] == [self.owner.email]
        with smtp_server({"rcpt": "550 5.1.1 no <such> user"}) as (port, mailbox):
            page = self.trial(port)
        assert "550 5.1.1 no &lt;such&gt; user" in page
        assert mailbox.taken == []

    def test_where_nobody_answers_it_says_where_to_look(self) -> None:
        page = self.trial(free_port())
        assert "It failed at the step “connect”: Connection refused. Look at server, port and TLS" in page

    def test_demo_data_sends_nothing(self) -> None:
        self.acme.is_demo = True
        self.acme.save()
        with smtp_server() as (port, mailbox):
            assert "it is never sent" in self.trial(port)
        assert mailbox.sessions == 0

    def test_without_settings_it_says_what_to_do(self) -> None:
        assert "Save a server" in self.client.post(f"{PAGE}test/", follow=True).content.decode()

    def test_a_password_that_another_key_encrypted_is_told_with_the_remedy_and_not_lost(self) -> None:
        self.save()
        self.client.raise_request_exception = False
        with (
            self.settings(FIELD_KEYS=[Fernet.generate_key().decode()]),
            self.assertLogs("django.request", "ERROR"),
        ):
            response = self.client.get(PAGE)
        self.assertContains(response, "set FIELD_KEY to the key of that time", status_code=500)
        self.assertContains(self.client.get(PAGE), "smtp.example.org")
