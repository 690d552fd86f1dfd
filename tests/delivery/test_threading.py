import datetime
import email
import email.policy
from email.message import EmailMessage

from django.utils import timezone

from requests_app.delivery.claims import claim_due, record_result
from requests_app.delivery.outbox import approve_message, cancel_message
from requests_app.delivery.resolve import mark_as_sent
from requests_app.delivery.sending import CANCEL_WINDOW, SendingRefused
from requests_app.delivery.smtp import Fate, Result
from requests_app.delivery.threading import later_draft, queue_in_thread, thread_of
from requests_app.models import (
    Event,
    InboundKind,
    InboundMail,
    InboundState,
    Message,
    OptOutRequest,
    OutgoingMail,
    Purpose,
    SendState,
    Status,
    Way,
)
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import smtp_server

LONG = "<CAF9KxLongerThanOneLineOfAHeaderMayBe-0123456789abcdef0123456789abcdef0123456789@mail.gmail.com>"


def parsed(mail: OutgoingMail) -> EmailMessage:
    assert mail.message
    return email.message_from_bytes(bytes(mail.message.raw), policy=email.policy.default)


class ThreadTestCase(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.first = self.queue()
        self.end(Fate.SENT)
        self.row = OptOutRequest.objects.get(pk=self.first.request_id)

    def end(self, fate: Fate) -> None:
        [mail] = claim_due(timezone.now() + CANCEL_WINDOW * 2, 1)
        record_result(mail, Result(fate), timezone.now())

    def follow_up(self, **more: object) -> OutgoingMail:
        given = {"subject": "", "body": "We have not heard from you.", "needs_approval": False}
        person = {"actor": self.by().actor, "user": self.admin}
        return queue_in_thread(self.row, **given | person | more)  # type: ignore[arg-type]

    def came(self, mail_id: str, kind: str = InboundKind.REPLY, **more: object) -> None:
        values: dict[str, object] = {"organisation": self.acme, "way": Way.PIPE, "key": mail_id, "raw": b"", "size": 0}
        values |= {"received_at": timezone.now(), "state": InboundState.MATCHED, "kind": kind, "mail_id": mail_id}
        InboundMail.objects.create(request=self.row, **values | more)

    def status(self) -> str:
        return OptOutRequest.objects.get(pk=self.row.pk).status


class LaterMessageTests(ThreadTestCase):
    def test_it_goes_to_whom_the_request_went_in_its_thread_and_leads_the_answer_back(self) -> None:
        self.came("<reply-1@slack.com>")
        mail = self.follow_up()
        said = parsed(mail)
        assert said["To"] == "Slack Customer Experience team <feedback@slack.com>"
        assert said["Subject"] == f"Re: {self.first.subject}"
        assert said["Reply-To"] == f"Jane Doe <replies+{self.row.reply_token}@example.org>"
        assert said["In-Reply-To"] == "<reply-1@slack.com>"
        assert said["References"].split() == [self.first.mail_id, "<reply-1@slack.com>"]
        assert said["Auto-Submitted"] is None
        text = said.get_content().replace("\r\n", "\n")
        assert text.startswith("We have not heard from you.\n\nKind regards,\n\nJane Doe\n")
        assert (mail.purpose, mail.state, mail.due_at - mail.queued_at) == ("follow_up", "queued", CANCEL_WINDOW)
        assert mail.message and mail.message.name == "follow-up-1.eml"
        assert thread_of(self.row) == [self.first.mail_id, "<reply-1@slack.com>"]  # it has not left yet

    def test_subject_and_recipient_can_be_others(self) -> None:
        said = parsed(self.follow_up(subject="Your ticket 12", recipient="privacy@slack.com"))
        assert (said["To"], said["Subject"]) == ("privacy@slack.com", "Your ticket 12")
        assert later_draft(self.row, subject="", body="x").subject == f"Re: {self.first.subject}"

    def test_a_long_message_id_is_quoted_as_it_is_and_what_is_none_is_not(self) -> None:
        self.came(LONG)
        for number, bad in enumerate(("<a b@c.d>", "<x@y>\r\nBcc: z@example.org", "junk", "<ü@example.org>", "")):
            self.came(bad, key=f"bad {number}")
        self.came("<bounce@slack.com>", InboundKind.BOUNCE)
        mail = self.follow_up()
        assert mail.message
        head = bytes(mail.message.raw).partition(b"\r\n\r\n")[0]
        assert f"In-Reply-To: {LONG}\r\n".encode() in head
        assert f"References: {self.first.mail_id}\r\n {LONG}\r\n".encode() in head
        assert b"Bcc" not in head

    def test_a_thread_without_end_names_its_beginning_and_its_latest(self) -> None:
        for number in range(40):
            self.came(f"<{number}@slack.com>")
        thread = thread_of(self.row)
        assert (len(thread), thread[0], thread[-1]) == (20, self.first.mail_id, "<39@slack.com>")

    def test_over_real_smtp_both_arrive_in_one_thread(self) -> None:
        self.follow_up()
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            self.deliver()
        [mail] = mailbox.mails
        assert mail["References"] == self.first.mail_id
        assert mailbox.taken[0][:2] == ("optout@example.org", ["feedback@slack.com"])
        assert self.actions(self.first)[-2:] == ["message_queued", "message_sent"]

    def test_its_event_names_no_person_outside_what_can_be_erased(self) -> None:
        mail = self.follow_up(purpose=Purpose.ESCALATION)
        event = Event.objects.filter(action="message_queued").latest("sequence")
        assert event.detail["purpose"] == "escalation"
        assert "slack.com" not in event.detail_json
        assert event.personal["recipient_email"] == "feedback@slack.com"
        assert mail.message and event.evidence == [mail.message.sha256]


class ClockTests(ThreadTestCase):
    def test_what_the_clock_sends_leaves_at_once_and_says_that_nobody_wrote_it(self) -> None:
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            mail = self.follow_up(actor="clock", user=None, source="clock")
            assert (mail.due_at, mail.is_automatic) == (mail.queued_at, True)
            self.deliver(datetime.timedelta())
        [said] = mailbox.mails
        assert said["Auto-Submitted"] == "auto-generated"
        assert mailbox.taken[0][0] == "optout@example.org"  # if it bounces, that has to be known

    def test_what_a_person_approves_is_nobodys_automatic_mail(self) -> None:
        mail = self.follow_up(actor="clock", user=None, needs_approval=True)
        assert (mail.state, mail.is_automatic) == (SendState.WAITING, False)
        assert approve_message(self.by(), mail).state == SendState.QUEUED


class FateTests(ThreadTestCase):
    def test_cancelling_takes_the_mail_back_and_leaves_the_request_alone(self) -> None:
        before = OptOutRequest.objects.values().get(pk=self.row.pk)
        mail = self.follow_up()
        cancel_message(self.by(), mail)
        mail.refresh_from_db()
        assert (mail.state, mail.message) == (SendState.CANCELLED, None)
        assert OptOutRequest.objects.values().get(pk=self.row.pk) == before
        assert Message.objects.count() == 1
        assert self.actions(self.first)[-1] == "message_cancelled"

    def test_a_failure_needs_a_person_and_its_end_gives_the_status_back(self) -> None:
        OptOutRequest.objects.filter(pk=self.row.pk).update(status=Status.ACKNOWLEDGED)
        mail = self.follow_up()
        self.end(Fate.IN_DOUBT)
        assert self.status() == Status.ACTION_NEEDED
        mark_as_sent(mail, actor=self.by().actor)
        assert self.status() == Status.ACKNOWLEDGED
        mail = self.follow_up()
        self.end(Fate.REFUSED)
        assert self.status() == Status.ACTION_NEEDED
        cancel_message(self.by(), mail)
        assert self.status() == Status.ACKNOWLEDGED

    def test_while_another_mail_is_in_doubt_it_still_needs_a_person(self) -> None:
        first, second = self.follow_up(), self.follow_up()
        self.end(Fate.IN_DOUBT)
        self.end(Fate.IN_DOUBT)
        mark_as_sent(first, actor=self.by().actor)
        assert self.status() == Status.ACTION_NEEDED
        mark_as_sent(second, actor=self.by().actor)
        assert self.status() == Status.SUBMITTED


class RefusalTests(ThreadTestCase):
    def test_nothing_is_changed_by_what_is_refused(self) -> None:
        events = Event.objects.count()
        for given in (
            {"recipient": "a@b.com,x@y.z"},
            {"subject": "a\r\nBcc: x@example.org"},
            {"body": "a\x00b"},
            {"recipient": "a@b.com\nx@y.z"},
        ):
            with self.assertRaises(SendingRefused):
                self.follow_up(**given)
        self.use(smtp_host="")
        with self.assertRaises(SendingRefused):
            self.follow_up()
        assert (OutgoingMail.objects.count(), Message.objects.count(), Event.objects.count()) == (1, 1, events)

    def test_a_request_that_has_not_left_has_no_later_messages(self) -> None:
        self.row = self.draft()
        with self.assertRaises(SendingRefused):
            self.follow_up()
        self.row = self.queue(self.row).request
        with self.assertRaises(SendingRefused):
            self.follow_up()
