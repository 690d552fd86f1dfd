import time
from functools import partial
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import DatabaseError

from requests_app.delivery.mailbox import Account, MailboxError, account_of, open_mailbox
from requests_app.intake import polling
from requests_app.intake.polling import poll, poll_mailboxes
from requests_app.models import Event, InboundMail, MailSettings, Tls
from requests_app.tasks import poll_mailboxes as task
from tests.database import stored
from tests.intake.imap_server import PASSWORD, USER, Dovecot, Scripted
from tests.intake.mails import IntakeTestCase, mail
from tests.intake.test_bombs import BOMBS

# Each would be more than one command to a server, if it got there.
ATTACKS = (
    "INBOX\r\nx DELETE Precious",
    "INBOX\nx DELETE Precious",
    'INBOX"\r\nx DELETE "Precious',
    "INBOX\0",
    "INBOX\x0bx",
    "INBOX\u2028x",
    "INBOX\x85x",
)


class ImapTestCase(IntakeTestCase):
    """Acme's mailbox is on a Dovecot of the test's own."""

    def setUp(self) -> None:
        server = Dovecot()
        self.addCleanup(server.stop)
        self.server_of_test = server
        self.use(imap_host="127.0.0.1", imap_port=server.port, imap_tls=Tls.NONE, imap_user=USER)

    def use(self, **values: Any) -> None:
        row = MailSettings.objects.get(pk=self.mail_settings.pk)
        for name, value in {"imap_password": PASSWORD, **values}.items():
            setattr(row, name, value)
        row.save()

    def poll(self) -> polling.Polled:
        return poll(MailSettings.objects.select_related("organisation").get(pk=self.mail_settings.pk))

    def account(self) -> Account:
        return account_of(MailSettings.objects.get(pk=self.mail_settings.pk))


class PollTests(ImapTestCase):
    def test_what_is_new_is_filed_once_whether_it_was_read_or_not(self) -> None:
        self.server_of_test.put(mail(to=self.address), flags=r"(\Seen)")
        self.server_of_test.put(mail(sender="x@y.example", mail_id="<2@x>"))
        assert self.poll() == polling.Polled("acme", 2, "")
        assert self.poll() == polling.Polled("acme", 0, "")
        assert sorted(InboundMail.objects.values_list("state", flat=True)) == ["held", "matched"]
        assert len(self.incoming()) == 1
        assert self.server_of_test.count() == 2
        with self.server_of_test.client() as client:
            client.select("INBOX", readonly=True)
            assert client.search(None, "UNSEEN")[1] == [b"2"]

    def test_it_moves_where_the_organisation_wants_it(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Done")
        self.use(imap_done_folder="Done")
        self.server_of_test.put(mail(to=self.address))
        self.poll()
        assert (self.server_of_test.count(), self.server_of_test.count("Done")) == (0, 1)
        assert len(self.incoming()) == 1

    def test_a_mail_whose_move_failed_is_moved_later_and_filed_once(self) -> None:
        self.use(imap_done_folder="Done")
        self.server_of_test.put(mail(to=self.address))
        assert "refused" in self.poll().trouble
        assert len(self.incoming()) == 1
        with self.server_of_test.client() as client:
            client.create("Done")
        assert self.poll() == polling.Polled("acme", 0, "")
        assert (self.server_of_test.count(), self.server_of_test.count("Done")) == (0, 1)

    def test_a_folder_with_new_numbers_makes_no_second_message(self) -> None:
        self.server_of_test.put(mail(to=self.address))
        self.poll()
        InboundMail.objects.update(uid_validity=1, key="imap:old")
        assert self.poll().new == 1
        assert len(self.incoming()) == 1
        assert InboundMail.objects.filter(state="duplicate").count() == 1

    def test_while_the_database_takes_nothing_everything_stays_where_it_is(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Done")
        self.use(imap_done_folder="Done")
        self.server_of_test.put(mail(to=self.address))
        with mock.patch.object(polling, "store_mail", side_effect=DatabaseError), self.assertRaises(DatabaseError):
            self.poll()
        assert self.server_of_test.count() == 1
        assert self.poll().new == 1

    def test_bombs_do_not_stop_it(self) -> None:
        for raw in (BOMBS["a From of 200 KB"], BOMBS["1,000 nested parts"], BOMBS["an unknown charset"], b"x"):
            self.server_of_test.put(raw)
        self.server_of_test.put(mail(to=self.address))
        assert self.poll() == polling.Polled("acme", 5, "")
        assert len(self.incoming()) == 1

    def test_a_mail_that_is_too_large_is_told_and_stays_in_its_mailbox(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Done")
        self.use(imap_done_folder="Done")
        self.server_of_test.put(mail(to=self.address, text="x" * 5000))
        with mock.patch.object(polling, "MOST_BYTES", 1000):
            assert self.poll().new == 1
        row = InboundMail.objects.get()
        assert (row.state, row.reason) == ("quarantined", "too_much")
        assert row.size > 5000
        assert self.server_of_test.count() == 1

    def test_a_mailbox_whose_time_is_up_goes_on_with_the_next_pass(self) -> None:
        self.server_of_test.put(mail(to=self.address))
        with mock.patch.object(polling, "LONGEST", -1):
            assert self.poll().new == 0
        assert self.poll().new == 1

    def test_a_folder_of_another_language_is_found(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Entw&APw-rfe")
        self.use(imap_folder="Entwürfe")
        assert self.poll() == polling.Polled("acme", 0, "")


class AttackTests(ImapTestCase):
    def test_no_name_of_a_folder_is_a_command(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Precious")
        self.server_of_test.put(mail(to=self.address))
        for attack in ATTACKS:
            for name in ("imap_folder", "imap_done_folder"):
                with self.subTest(attack, name=name):
                    names = {"imap_folder": "INBOX", "imap_done_folder": "", name: attack}
                    if stored(partial(self.use, **names), attack):
                        assert "control character" in self.poll().trouble
        assert self.server_of_test.count("Precious") == 0
        assert self.server_of_test.count() == 1

    def test_no_user_and_no_message_id_is_a_command(self) -> None:
        with self.server_of_test.client() as client:
            client.create("Precious")
        for attack in ("x\r\ny DELETE Precious", 'x" y\r\nz DELETE "Precious'):
            with self.assertRaisesMessage(MailboxError, "control"), open_mailbox(self.account()) as box:
                box.has_mail("INBOX", attack)
            self.use(imap_user=attack)
            assert "control character" in self.poll().trouble
            self.use(imap_user=USER)
        assert self.server_of_test.count("Precious") == 0

    def test_a_mail_is_found_by_its_message_id(self) -> None:
        self.server_of_test.put(mail(mail_id="<sent-1@example.org>"))
        with open_mailbox(self.account()) as box:
            assert box.has_mail("INBOX", "<sent-1@example.org>")
            assert not box.has_mail("INBOX", "<sent-2@example.org>")
        with self.assertRaises(MailboxError), open_mailbox(self.account()) as box:
            box.has_mail("INBOX", '<a"b@x>')


class TroubleTests(IntakeTestCase):
    """Servers that refuse, break the protocol or keep silent."""

    def use(self, **values: Any) -> MailSettings:
        row = MailSettings.objects.select_related("organisation").get(pk=self.mail_settings.pk)
        known = {"imap_host": "127.0.0.1", "imap_tls": Tls.NONE, "imap_user": USER, "imap_password": PASSWORD}
        for name, value in {**known, **values}.items():
            setattr(row, name, value)
        row.save()
        return row

    def scripted(self, *lines: bytes, drip: bool = False) -> int:
        server = Scripted(*lines, drip=drip)
        self.addCleanup(server.stop)
        return int(server.port)

    def test_a_broken_server_is_told_and_nothing_else(self) -> None:
        for lines in (
            (b"garbage\r\n",),
            (b"* OK\r\n", b"* BYE\r\n"),
            (b"* OK hi\r\n* CAPABILITY IMAP4rev1\r\n", b"\xff\xfe\r\n" * 5),
            (b"220 I speak SMTP\r\n",),
        ):
            with self.subTest(lines):
                polled = poll(self.use(imap_port=self.scripted(*lines)))
                assert polled.trouble
                assert polled.new == 0
        row = MailSettings.objects.get(pk=self.mail_settings.pk)
        assert row.last_poll_error
        assert row.last_polled_at

    def test_a_silent_or_dripping_server_costs_no_more_than_its_time(self) -> None:
        for lines, drip in (((), False), ((b"* OK hi\r\n* ",), True)):
            account = Account("127.0.0.1", self.scripted(*lines, drip=drip), Tls.NONE, USER, PASSWORD)
            before = time.monotonic()
            with self.assertRaises(MailboxError), open_mailbox(account, seconds=2, answer_seconds=1):
                raise AssertionError("it never opens")
            assert time.monotonic() - before < 5

    def test_a_wrong_password_is_told_without_the_password(self) -> None:
        server = Dovecot()
        self.addCleanup(server.stop)
        row = self.use(imap_port=server.port, imap_password="wrong-" + PASSWORD)
        polled = poll(row)
        assert polled.trouble
        assert PASSWORD not in polled.trouble
        assert PASSWORD not in repr(account_of(row))
        for tls in (Tls.TLS, Tls.STARTTLS):
            # The server has no TLS: nothing is sent in the open instead.
            assert poll(self.use(imap_port=server.port, imap_tls=tls)).trouble
        assert not any(PASSWORD in event.detail_json for event in Event.objects.all())

    def test_one_broken_mailbox_stops_no_other(self) -> None:
        server = Dovecot()
        self.addCleanup(server.stop)
        MailSettings.objects.create(
            organisation=self.other, imap_host="127.0.0.1", imap_port=9, imap_tls=Tls.NONE, imap_user="x"
        )
        self.use(imap_port=server.port)
        server.put(mail(to=self.address))
        polled = {one.organisation: one for one in poll_mailboxes()}
        assert polled["other"].trouble
        assert polled["acme"].new == 1
        server.put(mail(to=self.address, mail_id="<2@slack.com>"))
        with self.assertRaises(SystemExit):
            call_command("poll_mailboxes", stdout=mock.Mock())
        assert len(self.incoming()) == 2
        task.run()
