"""The clock, two people and two workers at one follow-up: one of them decides, and one mail goes."""

from collections.abc import Callable

from django.utils import timezone

from requests_app.delivery.outbox import approve_message, cancel_message
from requests_app.delivery.sending import SendingRefused
from requests_app.models import (
    Event,
    FollowUp,
    FollowUpPolicy,
    FollowUpState,
    MailSettings,
    Membership,
    MoveRefused,
    OptOutRequest,
    OutgoingMail,
    Reminder,
    Status,
)
from requests_app.tracking.follow_up_texts import text_of
from requests_app.tracking.follow_ups import FollowUpRefused, drop, record_by_hand, send, write_due
from requests_app.tracking.ledger import fire_due
from requests_app.tracking.next_action import settle_stale
from tests.database import HistoryTransactionTestCase
from tests.tracking.notices.mails import write_acme
from tests.tracking.notices.test_many_workers import at_once


class RaceTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        self.acme = write_acme()
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.acme.owner)
        self.andy = Membership.objects.select_related("organisation", "user").get(user=self.acme.admin)
        self.request = self.acme.submitted
        self.told: list[str] = []

    def or_told(self, act: Callable[[], object]) -> Callable[[], None]:
        """Return the act; whoever is refused notes it and goes."""

        def do() -> None:
            try:
                act()
            except (FollowUpRefused, SendingRefused, MoveRefused) as refusal:
                self.told.append(str(refusal))

        return do

    def make_due(self) -> None:
        """Let the first follow-up be due by now."""
        settle_stale()
        OptOutRequest.objects.filter(pk=self.request.pk).update(
            next_action="first_follow_up", next_action_at=timezone.now(), clock_stale=False
        )

    def follow_up(self) -> FollowUp:
        related = (
            "reminder",
            "request__organisation",
            "request__version",
            "request__procedure__vendor",
            "request__stream",
        )
        return FollowUp.objects.select_related(*related).get()

    def test_four_clocks_remind_once_and_write_once(self) -> None:
        MailSettings.objects.update(automatic_follow_ups=True)
        FollowUpPolicy.objects.create(organisation=self.acme.acme, automatic=True)
        self.make_due()
        at_once(*[lambda: fire_due(timezone.now())] * 4)
        assert Reminder.objects.count() == 1
        assert self.follow_up().state == FollowUpState.DUE
        at_once(*[lambda: write_due(timezone.now())] * 4)
        assert OutgoingMail.objects.count() == 1
        assert Event.objects.filter(action="message_queued").count() == 1

    def test_sent_dropped_and_recorded_at_once_is_one_of_them(self) -> None:
        self.make_due()
        fire_due(timezone.now())
        row = self.follow_up()
        at_once(
            self.or_told(lambda: send(self.olga, self.follow_up(), text_of(row))),
            self.or_told(lambda: send(self.andy, self.follow_up(), text_of(row))),
            self.or_told(lambda: drop(self.andy, self.follow_up())),
            self.or_told(lambda: record_by_hand(self.olga, self.follow_up(), text_of(row))),
        )
        assert len(self.told) == 3
        assert OutgoingMail.objects.count() == (self.follow_up().state == FollowUpState.QUEUED)

    def test_approved_and_cancelled_at_once_never_leaves_a_mail_without_bytes(self) -> None:
        MailSettings.objects.update(needs_approval=True)
        self.make_due()
        fire_due(timezone.now())
        row = self.follow_up()
        mail = send(self.olga, row, text_of(row))
        at_once(
            self.or_told(lambda: approve_message(self.andy, mail)),
            self.or_told(lambda: cancel_message(self.olga, mail)),
            self.or_told(lambda: approve_message(self.olga, mail)),
        )
        now = OutgoingMail.objects.get()
        assert (now.state == "cancelled") == (now.message is None)
        assert OptOutRequest.objects.get(pk=self.request.pk).status == Status.SUBMITTED
