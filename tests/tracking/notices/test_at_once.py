"""Notices that do not wait for a digest: soon, together, outside of quiet hours, and never twice."""

import datetime
import email
import email.policy

import time_machine
from django.test import override_settings
from django.utils import timezone

from requests_app.models import MailSettings, Membership, Notice, NoticeKind, NoticeMail, notify
from requests_app.models.notify import notify_all
from requests_app.tasks import deliver_due
from requests_app.tracking.notices.at_once import gather
from requests_app.tracking.notices.claims import ABANDONED_AFTER, claim_one, end
from requests_app.tracking.notices.mails import deliver_notices
from tests.tracking.notices.mails import MINUTE, NOON, NoticesTestCase


@override_settings(BASE_URL="https://optout.example.org")
class AtOnceTests(NoticesTestCase):
    def setUp(self) -> None:
        self.clock = self.enterContext(time_machine.travel(NOON, tick=False))

    def later(self, minutes: float) -> int:
        self.clock.shift(minutes * MINUTE)
        return gather(timezone.now())

    def test_it_comes_two_minutes_later(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE, detail={"address": "privacy@example.org"})
        assert self.later(1) == 0
        assert self.later(1) == 1
        assert self.later(1) == 0
        [mail] = self.waiting()
        message = email.message_from_bytes(bytes(mail.content), policy=email.policy.default)
        assert message["Subject"].startswith("Mail to privacy@example.org came back: Slack · Main · OPT-")
        assert message["Auto-Submitted"] == "auto-generated"
        part = message.get_body(("plain",))
        assert part
        assert f"https://optout.example.org/o/acme/requests/{self.submitted.pk}/" in part.get_content()

    def test_a_storm_becomes_one_mail(self) -> None:
        for _ in range(10):
            notify_all([(self.submitted, {"address": "privacy@example.org"})] * 50, NoticeKind.BOUNCE)
            self.clock.shift(datetime.timedelta(seconds=6))
        assert self.later(2) == 1
        assert self.later(30) == 0
        [mail] = self.waiting()
        assert Notice.objects.filter(mail=mail).count() == 500
        part = email.message_from_bytes(bytes(mail.content), policy=email.policy.default).get_body(("plain",))
        assert part
        assert part.get_content().count("Mail to privacy@example.org came back") == 1

    def test_what_comes_within_a_quarter_of_an_hour_is_told_together(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE)
        assert self.later(2) == 1
        for _ in range(3):
            notify(self.submitted, NoticeKind.OVERDUE)
            assert self.later(3) == 0
        assert self.later(6) == 1
        assert [mail.notices.count() for mail in self.waiting()] == [1, 3]

    def test_quiet_hours_hold_it_even_when_they_were_chosen_meanwhile(self) -> None:
        notify(self.submitted, NoticeKind.REFUSAL)
        self.choose(self.owner, quiet_from=datetime.time(12), quiet_to=datetime.time(14))  # 11:00 to 13:00 in UTC
        assert self.later(2) == 0
        assert self.later(117) == 0
        assert self.later(1) == 1

    def test_somebody_who_has_left_is_not_written_to(self) -> None:
        notify(self.submitted, NoticeKind.BOUNCE)
        self.later(2)
        Membership.objects.get(user=self.owner).delete()
        assert self.deliver().taken == []

    def test_without_a_mail_server_nothing_piles_up(self) -> None:
        MailSettings.objects.update(smtp_host="")
        notify(self.submitted, NoticeKind.BOUNCE)
        assert self.later(2) == 0
        assert not Notice.objects.exists()


@override_settings(BASE_URL="https://optout.example.org")
class DeliveryTests(NoticesTestCase):
    def setUp(self) -> None:
        with time_machine.travel(NOON, tick=False):
            notify(self.submitted, NoticeKind.BOUNCE)
        with time_machine.travel(NOON + 2 * MINUTE, tick=False):
            gather(timezone.now())
        NoticeMail.objects.update(due_at=timezone.now())

    def mail(self) -> NoticeMail:
        return NoticeMail.objects.get()

    def test_it_is_sent_once_with_an_empty_return_path(self) -> None:
        with self.server() as mailbox:
            deliver_due.run()
            deliver_due.run()
        [(sender, recipients, content)] = mailbox.taken
        assert (sender, recipients) == ("<>", ["olga@example.org"])
        assert b"Auto-Submitted: auto-generated" in content
        assert (self.mail().state, bytes(self.mail().content)) == ("sent", b"")

    def test_what_is_put_off_is_tried_again(self) -> None:
        with self.server({"rcpt": "451 4.3.0 later"}) as mailbox:
            deliver_notices()
        assert mailbox.taken == []
        assert (self.mail().state, self.mail().attempts, self.mail().code) == ("queued", 1, 451)
        NoticeMail.objects.update(due_at=timezone.now())
        assert len(self.deliver().taken) == 1

    def test_what_is_in_doubt_is_not_sent_again(self) -> None:
        with self.server({"dot": "reset"}) as mailbox:
            deliver_notices()
            deliver_notices()
        assert len(mailbox.taken) == 1
        assert self.mail().state == "unknown"

    def test_what_is_refused_has_failed(self) -> None:
        with self.server({"rcpt": "550 5.1.1 nobody"}):
            deliver_notices()
        assert (self.mail().state, self.mail().code) == ("failed", 550)

    def test_a_row_is_claimed_once(self) -> None:
        first = claim_one(NoticeMail, timezone.now())
        assert first
        assert claim_one(NoticeMail, timezone.now()) is None

    def test_what_a_killed_worker_left_is_in_doubt_and_its_late_word_still_counts(self) -> None:
        claimed = claim_one(NoticeMail, timezone.now())
        assert claimed
        with time_machine.travel(timezone.now() + ABANDONED_AFTER + MINUTE, tick=False):
            assert deliver_notices()["abandoned"] == 1
        assert self.mail().state == "unknown"
        assert end(claimed, "sent", timezone.now())  # type: ignore[arg-type]
        assert self.mail().state == "sent"

    def test_somebody_elses_claim_is_not_ended(self) -> None:
        claimed = claim_one(NoticeMail, timezone.now())
        assert claimed
        NoticeMail.objects.update(claim=None)
        assert not end(claimed, "failed", timezone.now())  # type: ignore[arg-type]
