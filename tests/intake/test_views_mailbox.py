from typing import Any

from requests_app.models import Event, InboundMail, MailSettings
from tests.delivery.test_views_mail import VALUES as SENDING
from tests.delivery.test_views_mail import MailSettingsTestCase
from tests.intake.imap_server import PASSWORD, USER, Dovecot
from tests.intake.mails import mail

PAGE = "/o/acme/settings/mail/mailbox/"
VALUES = {
    "imap_host": "imap.example.org",
    "imap_port": "993",
    "imap_tls": "tls",
    "imap_user": USER,
    "imap_password": PASSWORD,
    "imap_folder": "INBOX",
    "imap_done_folder": "",
    "imap_sent_folder": "Sent",
    "authserv_id": "MX.example.org",
}


class MailboxTests(MailSettingsTestCase):
    def save(self, **changes: str) -> Any:
        return self.client.post(PAGE, VALUES | changes)

    def test_an_owner_saves_it_and_the_password_is_shown_to_nobody(self) -> None:
        self.assertRedirects(self.save(), PAGE)
        row = MailSettings.objects.get()
        assert (row.imap_host, row.imap_password, row.authserv_id) == ("imap.example.org", PASSWORD, "mx.example.org")
        self.assertNotContains(self.client.get(PAGE), PASSWORD)
        event = Event.objects.get(action="settings_changed")
        assert PASSWORD not in event.detail_json + str(event.personal)
        assert event.detail["passwords"] == ["imap_password"]

    def test_it_leaves_what_is_set_up_for_sending_alone(self) -> None:
        self.client.post("/o/acme/settings/mail/", SENDING)
        self.save()
        assert MailSettings.objects.get().smtp_host == "smtp.example.org"

    def test_the_saved_password_goes_to_no_other_server(self) -> None:
        self.save()
        for change in (
            {"imap_host": "evil.example.org"},
            {"imap_port": "143"},
            {"imap_tls": "none"},
            {"imap_user": "x"},
        ):
            self.assertContains(self.save(imap_password="", **change), "Type the password again", status_code=422)
        self.assertRedirects(self.save(imap_password="", imap_folder="Replies"), PAGE)
        row = MailSettings.objects.get()
        assert (row.imap_host, row.imap_password, row.imap_folder) == ("imap.example.org", PASSWORD, "Replies")

    def test_bad_input_is_refused_and_kept(self) -> None:
        for name, value in (
            ("imap_port", "0"),
            ("imap_host", "two words"),
            ("imap_user", ""),
            ("imap_password", ""),
            ("imap_folder", "a\u2028b"),
            ("imap_done_folder", "INBOX"),
            ("imap_sent_folder", "x\x0by"),
        ):
            with self.subTest(name=name, value=value):
                response = self.save(**{name: value})
                self.assertContains(response, "MX.example.org", status_code=422)
                assert PASSWORD not in response.content.decode()
        assert not MailSettings.objects.exists()

    def test_only_an_owner_gets_there_and_is_asked_who_it_is(self) -> None:
        for user, status in ((self.admin, 403), (self.auditor, 403), (self.outsider, 404)):
            self.sign_in(user)
            assert self.client.get(PAGE).status_code == status
            assert self.save().status_code == status
            assert self.client.post(f"{PAGE}read/").status_code == status
        self.client.logout()
        self.client.force_login(self.owner)
        assert "reauthenticate" in self.client.get(PAGE)["Location"]


class ReadNowTests(MailSettingsTestCase):
    def read(self) -> str:
        return self.client.post(f"{PAGE}read/", follow=True).content.decode()

    def set_up(self, password: str = PASSWORD) -> Dovecot:
        server = Dovecot()
        self.addCleanup(server.stop)
        row = MailSettings(organisation=self.acme, imap_host="127.0.0.1", imap_port=server.port, imap_tls="none")
        row.imap_user, row.imap_password, row.reply_address = USER, password, "replies@example.org"
        row.save()
        return server

    def test_it_takes_in_what_is_there_and_says_how_many(self) -> None:
        server = self.set_up()
        server.put(mail())
        assert "1 new mail was taken in" in self.read()
        assert "0 new mails were taken in" in self.read()
        assert InboundMail.objects.count() == 1

    def test_it_reports_the_servers_own_answer(self) -> None:
        self.set_up("wrong-canary")
        page = self.read()
        assert "Authentication failed" in page
        assert "wrong-canary" not in page

    def test_without_a_mailbox_and_for_demo_data_it_says_so(self) -> None:
        assert "Save a mailbox first" in self.read()
        self.acme.is_demo = True
        self.acme.save()
        assert "no mailbox is read" in self.read()
