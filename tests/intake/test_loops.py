import datetime
from unittest import mock

from django.utils import timezone

from requests_app.delivery.deliver import deliver_due
from requests_app.delivery.loops import may_answer_automatically
from requests_app.delivery.reply_address import with_token
from requests_app.delivery.sending import TooSoon
from requests_app.delivery.threading import queue_in_thread
from requests_app.intake.filing import file_mail
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, MailSettings, OptOutRequest, OutgoingMail, Purpose, Source, Way
from tests.delivery.smtp_server import smtp_server
from tests.intake.mails import IntakeTestCase

DAY = datetime.timedelta(hours=24)


class TwoInstancesTests(IntakeTestCase):
    """Acme's request went to the address of Other's request, and the other way round; both let the clock write."""

    def setUp(self) -> None:
        port, self.mailbox = self.enterContext(smtp_server())
        self.theirs = self.copy_for_other()
        MailSettings.objects.create(organisation=self.other, reply_address="replies@other.example")
        for organisation, domain in ((self.acme, "example.org"), (self.other, "other.example")):
            MailSettings.objects.filter(organisation=organisation).update(
                smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", from_address=f"optout@{domain}"
            )
        self.write_to(self.sent, with_token("replies@other.example", self.theirs.reply_token or ""))
        self.write_to(self.theirs, self.address)

    def copy_for_other(self) -> OptOutRequest:
        """Return Acme's request as one of Other's."""
        row = self.send()
        row.organisation = self.other
        row.save()
        return row

    def write_to(self, row: OptOutRequest, address: str) -> None:
        assert row.snapshot
        row.snapshot["recipient"]["email"] = address
        row.save()

    def clock_writes(self, row: OptOutRequest, purpose: Purpose, now: datetime.datetime) -> bool:
        """Return whether the clock was allowed to."""
        with mock.patch("requests_app.delivery.threading.timezone.now", return_value=now):
            try:
                queue_in_thread(
                    row,
                    subject="",
                    body="Hello",
                    actor="clock",
                    source=Source.CLOCK,
                    needs_approval=False,
                    purpose=purpose,
                )
            except TooSoon:
                return False
        return True

    def carry(self) -> None:
        """Send what is queued and take it in where it is addressed to."""
        deliver_due()
        for _sender, _recipients, content in self.mailbox.taken:
            file_mail(store_mail(content, Way.PIPE))
        self.mailbox.taken.clear()

    def test_what_a_program_wrote_is_filed_as_that_and_answered_by_none(self) -> None:
        assert self.clock_writes(self.sent, Purpose.FOLLOW_UP, timezone.now())
        self.carry()
        [came] = InboundMail.objects.all()
        assert (came.request, came.kind, came.state) == (self.theirs, "auto_reply", "matched")
        for hours in (0, 30, 60):
            later = timezone.now() + datetime.timedelta(hours=hours)
            assert not self.clock_writes(self.theirs, Purpose.ANSWER, later)

    def test_two_clocks_that_write_every_hour_for_two_days_write_twice_each(self) -> None:
        start = timezone.now()
        for hour in range(47):
            for row in (self.sent, self.theirs):
                self.clock_writes(row, Purpose.FOLLOW_UP, start + datetime.timedelta(hours=hour))
            if hour % 12 == 0:
                self.carry()
        for organisation in (self.acme, self.other):
            mails = OutgoingMail.objects.filter(organisation=organisation, is_automatic=True)
            times = sorted(mails.values_list("queued_at", flat=True))
            assert len(times) == 2
            assert times[1] - times[0] >= DAY

    def test_another_request_to_the_same_address_waits_as_well_and_a_person_does_not(self) -> None:
        now = timezone.now()
        second = self.send()
        self.write_to(
            second, (self.sent.snapshot or {})["recipient"]["email"].upper().replace("OTHER.EXAMPLE", "other.example")
        )
        assert self.clock_writes(self.sent, Purpose.FOLLOW_UP, now)
        assert not self.clock_writes(second, Purpose.FOLLOW_UP, now)
        assert self.clock_writes(second, Purpose.FOLLOW_UP, now + DAY)
        me = self.by()
        assert queue_in_thread(second, subject="", body="Hello", actor=me.actor, user=me.user, needs_approval=False)

    def test_an_answer_of_the_clock_has_a_null_return_path(self) -> None:
        assert self.clock_writes(self.sent, Purpose.ANSWER, timezone.now())
        deliver_due()
        [(sender, _to, _content)] = self.mailbox.taken
        assert sender in ("", "<>")
        assert self.mailbox.mails[0]["Auto-Submitted"] == "auto-replied"
        assert not may_answer_automatically(self.acme, OutgoingMail.objects.latest("pk").recipient, timezone.now())
