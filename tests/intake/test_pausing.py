import datetime

from django.utils import timezone

from requests_app.delivery.claims import claim_due
from requests_app.delivery.outbox import queue_message
from requests_app.delivery.pausing import paused_address, resume
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.threading import queue_in_thread
from requests_app.intake.bulk import file_stored
from requests_app.intake.storing import store_mail
from requests_app.models import (
    Event,
    InboundMail,
    MailSettings,
    Notice,
    OptOutRequest,
    OutgoingMail,
    PausedAddress,
    SendState,
    Status,
    Way,
)
from tests.intake.mails import IntakeTestCase
from tests.intake.test_kinds import dsn


def bounce(number: int = 0, action: str = "failed", status: str = "5.1.1") -> bytes:
    return f"X-Number: {number}\n".encode() + dsn(action, status)


class BouncesTestCase(IntakeTestCase):
    def setUp(self) -> None:
        super().setUp()
        MailSettings.objects.filter(pk=self.mail_settings.pk).update(
            smtp_host="127.0.0.1", smtp_port=9, from_address="optout@example.org"
        )

    def status(self) -> str:
        return OptOutRequest.objects.get(pk=self.sent.pk).status

    def number_of(self, action: str) -> int:
        return Event.objects.filter(stream=self.sent.stream, action=action).count()

    def follow_up(self) -> OutgoingMail:
        me = self.by()
        return queue_in_thread(self.sent, subject="", body="Again", actor=me.actor, user=me.user, needs_approval=False)


class PauseTests(BouncesTestCase):
    def test_the_first_bounce_for_good_pauses_the_address_and_tells_once(self) -> None:
        row = self.take_in(bounce())
        assert (row.state, row.kind, row.waits) == ("matched", "bounce", "bounced")
        paused = paused_address(self.acme, "Feedback@slack.com")
        assert paused and (paused.address, paused.bounces) == ("feedback@slack.com", 1)
        assert "no such user" in paused.last_reply
        assert self.status() == Status.ACTION_NEEDED
        assert (self.number_of("address_paused"), self.number_of("status_changed")) == (1, 1)
        event = Event.objects.get(action="address_paused")
        assert "slack.com" not in event.detail_json
        assert Notice.objects.count() == 1

    def test_five_hundred_in_a_minute_are_one_notice_and_one_event_of_pausing(self) -> None:
        for number in range(500):
            store_mail(bounce(number), Way.PIPE)
        assert file_stored() == 500
        assert InboundMail.objects.filter(state="matched", kind="bounce").count() == 500
        assert InboundMail.objects.exclude(waits="").count() == 1
        assert PausedAddress.objects.get().bounces == 500
        assert (self.number_of("address_paused"), self.number_of("status_changed")) == (1, 1)
        assert Notice.objects.count() == 1

    def test_a_delay_pauses_nothing(self) -> None:
        self.take_in(bounce(action="delayed", status="4.4.7"))
        assert not PausedAddress.objects.exists()
        assert self.status() == Status.SUBMITTED
        self.take_in(bounce(1, action="", status="4.2.2"))
        assert not PausedAddress.objects.exists()

    def test_the_bounce_of_an_address_that_is_none_of_ours_pauses_nothing(self) -> None:
        other = bounce().replace(b"feedback@slack.com", b"someone@else.example").replace(b"sent-1@", b"other@")
        self.take_in(other.replace(b"To: optout@example.org", f"To: {self.address}".encode()))
        assert not PausedAddress.objects.exists()

    def test_an_address_that_the_vendor_forwarded_to_pauses_the_one_that_we_wrote_to(self) -> None:
        self.take_in(bounce().replace(b"feedback@slack.com", b"inside@else.example"))
        assert PausedAddress.objects.get().address == "feedback@slack.com"


class PausedTests(BouncesTestCase):
    def test_nothing_goes_there_until_a_person_lets_it_go_on(self) -> None:
        waiting = self.follow_up()
        self.take_in(bounce())
        later = timezone.now() + datetime.timedelta(hours=1)
        assert claim_due(later, 10) == []
        with self.assertRaisesMessage(SendingRefused, "feedback@slack.com"):
            self.follow_up()
        draft = self.draft()
        with self.assertRaises(SendingRefused):
            queue_message(self.by(), draft)
        resumed = resume(self.by(), PausedAddress.objects.get())
        assert resumed and not resume(self.by(), PausedAddress.objects.get())
        assert self.follow_up().state == SendState.QUEUED
        assert waiting in claim_due(later, 10)
        event = Event.objects.get(action="address_resumed")
        assert event.detail["bounces"] == 1

    def test_what_bounces_after_that_is_told_again(self) -> None:
        self.take_in(bounce())
        resume(self.by(), PausedAddress.objects.get())
        OptOutRequest.objects.filter(pk=self.sent.pk).update(status=Status.SUBMITTED)
        assert self.take_in(bounce(1)).waits == "bounced"
        assert paused_address(self.acme, "feedback@slack.com")
        assert (self.number_of("address_paused"), self.status()) == (2, Status.ACTION_NEEDED)

    def test_another_organisation_may_write_there(self) -> None:
        self.take_in(bounce())
        assert not paused_address(self.other, "feedback@slack.com")
