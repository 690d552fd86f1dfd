import email
import email.policy
import os
import re
import socket
from dataclasses import replace
from functools import partial
from typing import Any
from unittest import mock

from django.test import SimpleTestCase
from django.utils import timezone

from requests_app.delivery.compose import compose
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.smtp import Connection, Ended, Fate, Result, readable, stuffed
from requests_app.drafting.requests import draft_of
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Event, MailSettings, Message, OutgoingMail, Tls
from tests.database import stored
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import AUTHORITY, PASSWORD, RESET, USER, Mailbox, smtp_server

CONTENT = b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\n.\r\n..two\r\nend"
STEPS = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot")
TRUST = mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(AUTHORITY.file)})


def settings_for(port: int, **more: Any) -> MailSettings:
    base = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": Tls.NONE, "from_address": "optout@example.org"}
    return MailSettings(**(base | more))


def secure(port: int) -> MailSettings:
    return settings_for(port, smtp_tls=Tls.STARTTLS, smtp_user=USER, smtp_password=PASSWORD)


def send(settings: MailSettings, content: bytes = CONTENT, **more: Any) -> Result:
    """Open a session, send one mail and close it."""
    try:
        connection = Connection.open(settings)
    except Ended as ended:
        return ended.result
    result = connection.send("optout@example.org", "notices@example.com", content, **more)
    connection.close()
    return result


class FaultTests(SimpleTestCase):
    """What each answer, and each lost connection, leads to at each step."""

    def fate(self, step: str, fault: str, content: bytes = CONTENT) -> tuple[Result, Mailbox]:
        with TRUST, smtp_server({step: fault}, tls="starttls", auth=True) as (port, mailbox):
            return send(secure(port), content), mailbox

    def test_a_temporary_refusal_puts_it_off_at_every_step(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                result, mailbox = self.fate(step, "451 4.7.1 come back later")
                assert (result.fate, result.code) == (Fate.PUT_OFF, 451)
                assert "come back later" in result.text
                assert mailbox.taken == []

    def test_the_server_going_away_puts_it_off_at_every_step(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                result, _mailbox = self.fate(step, "421 4.3.2 shutting down")
                assert (result.fate, result.code) == (Fate.PUT_OFF, 421)

    def test_a_refusal_is_final_at_every_step(self) -> None:
        for step in STEPS:
            with self.subTest(step):
                result, mailbox = self.fate(step, "554 5.7.1 never")
                assert result.fate is Fate.REFUSED
                assert "never" in result.text
                assert result.step == step
                assert mailbox.taken == []

    def test_a_reset_before_the_final_dot_puts_it_off(self) -> None:
        for step in (*STEPS[:-1], "body"):
            with self.subTest(step):
                result, mailbox = self.fate(step, RESET, CONTENT + b"\r\nx" * 3_000_000)
                assert (result.fate, result.code, result.step) == (Fate.PUT_OFF, 0, step)
                assert mailbox.taken == []

    def test_a_reset_after_the_final_dot_is_in_doubt(self) -> None:
        result, mailbox = self.fate("dot", RESET)
        assert result.fate is Fate.IN_DOUBT
        assert len(mailbox.taken) == 1

    def test_a_reset_at_the_goodbye_changes_nothing(self) -> None:
        result, mailbox = self.fate("quit", RESET)
        assert (result.fate, len(mailbox.taken)) == (Fate.SENT, 1)

    def test_an_answer_that_is_not_smtp_is_in_doubt_after_the_dot_only(self) -> None:
        for step, fate in (("dot", Fate.IN_DOUBT), ("mail", Fate.PUT_OFF), ("rcpt", Fate.PUT_OFF)):
            with self.subTest(step):
                assert self.fate(step, "hello?")[0].fate is fate
        assert self.fate("dot", "250 " + "x" * 20_000)[0].fate is Fate.IN_DOUBT

    def test_a_server_that_says_nothing_puts_it_off(self) -> None:
        with smtp_server({"mail": " "}) as (port, _mailbox), mock.patch("requests_app.delivery.smtp.PATIENCE", 0.3):
            assert send(settings_for(port)).fate is Fate.PUT_OFF

    def test_nobody_listening_puts_it_off(self) -> None:
        assert send(settings_for(9)).fate is Fate.PUT_OFF


class SecurityTests(SimpleTestCase):
    def test_it_signs_in_over_tls_of_both_kinds(self) -> None:
        for tls in ("starttls", "tls"):
            with self.subTest(tls), TRUST, smtp_server(tls=tls, auth=True) as (port, mailbox):
                settings = settings_for(port, smtp_tls=tls, smtp_user=USER, smtp_password=PASSWORD)
                assert send(settings).fate is Fate.SENT
                assert len(mailbox.taken) == 1

    def test_a_certificate_that_nobody_vouches_for_is_not_trusted(self) -> None:
        for tls in ("starttls", "tls"):
            with self.subTest(tls), smtp_server(tls=tls) as (port, mailbox):
                result = send(settings_for(port, smtp_tls=tls))
                assert result.fate is Fate.PUT_OFF
                assert "certificate verify failed" in result.text
                assert mailbox.taken == []

    def test_a_server_without_tls_gets_no_password(self) -> None:
        with smtp_server(auth=True) as (port, mailbox):
            result = send(secure(port))
        assert (result.fate, result.step, mailbox.taken) == (Fate.REFUSED, "starttls", [])

    def test_a_wrong_password_is_refused_and_named_nowhere(self) -> None:
        with TRUST, smtp_server(tls="starttls", auth=True) as (port, _mailbox):
            for password in ("canary-wrong", "canary-ümlaut"):
                settings = secure(port)
                settings.smtp_password = password
                result = send(settings)
                assert (result.fate, result.step) == (Fate.REFUSED, "auth")
                assert "canary" not in result.text


class ConversationTests(SimpleTestCase):
    def test_the_bytes_arrive_as_they_are(self) -> None:
        with smtp_server() as (port, mailbox):
            result = send(settings_for(port))
        assert result.text == "250 2.0.0 taken as 4711"
        assert mailbox.taken == [("optout@example.org", ["notices@example.com"], CONTENT + b"\r\n")]

    def test_one_session_carries_many_mails(self) -> None:
        with smtp_server() as (port, mailbox):
            connection = Connection.open(settings_for(port))
            for _ in range(3):
                assert connection.send("optout@example.org", "notices@example.com", CONTENT).fate is Fate.SENT
            connection.close()
        assert (len(mailbox.taken), mailbox.sessions) == (3, 1)

    def test_the_final_dot_waits_for_nothing(self) -> None:
        with smtp_server() as (port, _mailbox):
            connection = Connection.open(settings_for(port))
            sock = connection._smtp.sock
            assert sock and sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            connection.close()

    def test_automatic_mail_has_a_null_return_path_where_the_server_allows_it(self) -> None:
        with smtp_server() as (port, mailbox):
            send(settings_for(port), null_sender=True)
        assert mailbox.taken[0][0] == "<>"

    def test_a_server_that_refuses_a_null_return_path_is_given_the_sender(self) -> None:
        with smtp_server({"null": "550 5.1.7 no null sender here"}) as (port, mailbox):
            assert send(settings_for(port), null_sender=True).fate is Fate.SENT
        assert mailbox.taken[0][0] == "optout@example.org"
        with smtp_server({"null": "451 4.7.1 later"}) as (port, mailbox):
            assert send(settings_for(port), null_sender=True).fate is Fate.PUT_OFF
        assert mailbox.taken == []

    def test_two_recipients_in_one_are_refused(self) -> None:
        with smtp_server() as (port, mailbox):
            for address in (
                "a@example.com,b@example.com",
                "a@example.com b@example.com",
                "a@b.example>\r\nRCPT TO:<c@d.example",
                "",
            ):
                connection = Connection.open(settings_for(port))
                assert connection.send("optout@example.org", address, CONTENT).fate is Fate.REFUSED
                connection.close()
        assert mailbox.taken == []

    def test_dots_are_doubled_and_the_last_line_ends(self) -> None:
        assert stuffed(b".a\r\nb.\r\n..\r\n") == b"..a\r\nb.\r\n...\r\n"
        assert stuffed(b"x") == b"x\r\n"

    def test_what_a_server_says_is_text_without_controls(self) -> None:
        assert readable(b"ok\x00\x1b[31m\r\nnext \xff") == "ok  [31m \nnext �"
        assert len(readable("x" * 5000)) < 1000


class OutboxOverSmtpTests(OutboxTestCase):
    def test_what_is_due_is_sent_exactly_as_it_was_kept(self) -> None:
        mails = [self.queue() for _ in range(3)]
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            assert self.deliver().states == {"sent": 3}
            assert self.deliver().states == {}
        assert mailbox.ids == [mail.mail_id for mail in mails]
        assert mailbox.sessions == 1
        assert [content for _from, _to, content in mailbox.taken] == [bytes(row.raw) for row in Message.objects.all()]
        assert {tuple(to) for _from, to, _content in mailbox.taken} == {("feedback@slack.com",)}

    def test_a_session_that_the_server_has_closed_is_opened_again(self) -> None:
        self.queue()
        self.queue()
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            send_real = Connection.send

            def send_and_lose(connection: Connection, *args: Any, **kwargs: Any) -> Result:
                result = send_real(connection, *args, **kwargs)
                if connection._smtp.sock:
                    connection._smtp.sock.shutdown(2)
                return result

            with mock.patch.object(Connection, "send", send_and_lose):
                assert self.deliver().states == {"sent": 2}
        assert (len(mailbox.taken), len(set(mailbox.ids))) == (2, 2)

    def test_what_an_owner_changes_meanwhile_holds_from_the_next_mail_on(self) -> None:
        for _ in range(3):
            self.queue()
        send_real = Connection.send
        with smtp_server() as (port, mailbox), smtp_server() as (another_port, another_mailbox):
            self.use(smtp_port=port)

            def send_and_move(connection: Connection, *args: Any, **kwargs: Any) -> Result:
                result = send_real(connection, *args, **kwargs)
                self.use(smtp_port=another_port)
                return result

            with mock.patch.object(Connection, "send", send_and_move):
                assert self.deliver().states == {"sent": 3}
        assert (len(mailbox.taken), len(another_mailbox.taken), another_mailbox.sessions) == (1, 2, 1)

    def test_no_password_is_in_any_event(self) -> None:
        self.queue()
        with TRUST, smtp_server({"auth": "535 5.7.8 no"}, tls="starttls", auth=True) as (port, _mailbox):
            self.mail.smtp_password = PASSWORD
            self.mail.save()
            self.use(smtp_port=port, smtp_tls="starttls", smtp_user=USER)
            assert self.deliver().states == {"queued": 1}
        for event in Event.objects.all():
            assert PASSWORD not in event.detail_json + str(event.personal)

    def test_demo_data_is_refused_when_it_comes_to_sending_too(self) -> None:
        self.queue()
        self.acme.is_demo = True
        self.acme.save()
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            assert self.deliver().states == {"failed": 1}
        assert mailbox.sessions == 0

    def test_without_a_server_it_waits(self) -> None:
        self.queue()
        self.use(smtp_host="")
        assert self.deliver().states == {"queued": 1}


NASTY = ("\r", "\n", "\r\n", "\0", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029")
INJECTED = "{}Bcc: victim@example.net{}X-Evil: 1"


class InjectionTests(OutboxTestCase):
    """No value becomes a header, a recipient or a second mail: over real SMTP."""

    def setUp(self) -> None:
        super().setUp()
        self.use(from_name="Acme")

    def attempt(self, change: Any, evil: str) -> OutgoingMail | None:
        draft = self.draft()
        change(draft, evil)
        if not stored(draft.save, evil):
            return None
        try:
            return self.queue(draft)
        except (ValuesRefused, SendingRefused):
            return None

    def test_no_field_starts_a_header(self) -> None:
        def set_value(name: str) -> Any:
            return lambda draft, evil: draft.values.__setitem__(name, str(draft.values.get(name)) + evil)

        fields = self.draft().values
        changes = {name: set_value(name) for name in [*fields, "recipient_name", "recipient_email"]}
        changes["subject"] = lambda draft, evil: setattr(draft, "subject", "Subject" + evil)
        changes["body"] = lambda draft, evil: setattr(draft, "body", "Body" + evil)
        for nasty in NASTY:
            for name, change in changes.items():
                with self.subTest(name=name, nasty=ascii(nasty)):
                    self.attempt(change, INJECTED.format(nasty, nasty))
        self.check_all(OutgoingMail.objects.count())

    def test_no_name_in_the_settings_starts_a_header(self) -> None:
        for nasty in NASTY:
            for name in ("from_name", "from_address", "reply_address"):
                before = MailSettings.objects.values(name).get()
                evil = before[name] + INJECTED.format(nasty, nasty)
                with self.subTest(name=name, nasty=ascii(nasty)):
                    if stored(partial(self.use, **{name: evil}), evil):
                        self.attempt(lambda draft, evil: None, "")
                self.use(**before)
        self.check_all(OutgoingMail.objects.count())

    def test_nothing_passes_that_was_written_around_the_forms(self) -> None:
        """The last line of defence alone: values as they can never come out of a form."""
        draft = self.draft()

        good = draft_of(draft, output="eml")
        for nasty in NASTY:
            evil = "x" + INJECTED.format(nasty, nasty)
            changes: list[dict[str, Any]] = [
                {"subject": evil},
                {"recipient_name": evil},
                {"recipient_email": "a@example.com" + evil},
            ]
            for change in changes:
                try:
                    content = compose(replace(good, **change), self.mail, now=timezone.now(), mail_id="<1@example.org>")
                except ValueError:
                    continue
                self.check(content)

    def check_all(self, queued: int) -> None:
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            assert self.deliver().states.get("sent", 0) == queued
        assert len(mailbox.taken) == queued
        for sender, recipients, content in mailbox.taken:
            assert sender == "optout@example.org"
            assert recipients == ["feedback@slack.com"]
            self.check(content)

    def check(self, content: bytes) -> None:
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        known = {"From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Content-Type", "MIME-Version"}
        known |= {"Content-Transfer-Encoding", "Content-Language"}
        assert set(parsed.keys()) <= known
        head = content.partition(b"\r\n\r\n")[0]
        assert not re.search(rb"^(bcc|x-evil)", head, re.IGNORECASE | re.MULTILINE)
        assert not re.search(rb"[\x00\x0b\x0c]|\r(?!\n)|(?<!\r)\n", content)
        assert len(parsed["To"].addresses) == 1
