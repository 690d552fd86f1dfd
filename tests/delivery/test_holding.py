import datetime

from django.utils import timezone

from requests_app.delivery.claims import claim_due
from requests_app.delivery.mail_setup import change_mail, send_trial
from requests_app.delivery.smtp import Fate
from requests_app.models import Event, MailSettings, OutgoingMail, Source
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import PASSWORD, USER, smtp_server
from tests.delivery.test_smtp import TRUST

LATER = datetime.timedelta(hours=1)


class WrongPasswordTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        for _ in range(3):
            self.queue()
        self.enterContext(TRUST)
        self.port, self.mailbox = self.enterContext(smtp_server(tls="starttls", auth=True))
        self.sign_in_with("wrong-canary-81c2")

    def sign_in_with(self, password: str) -> None:
        row = MailSettings.objects.get(pk=self.mail.pk)
        row.smtp_port, row.smtp_tls, row.smtp_user, row.smtp_password = self.port, "starttls", USER, password
        row.save()

    def saved(self) -> MailSettings:
        return MailSettings.objects.get(pk=self.mail.pk)

    def test_it_holds_everything_back_at_the_first_refusal_and_blames_no_mail(self) -> None:
        assert self.deliver().states == {"queued": 1}
        assert self.deliver(LATER).states == {}
        assert (self.mailbox.sessions, self.mailbox.taken) == (1, [])
        assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("queued", 0)}
        assert self.saved().sending_paused_at
        assert "535" in self.saved().sending_paused_reason
        event = Event.objects.get(action="sending_paused")
        assert (event.detail["step"], event.detail["code"], event.source) == ("auth", 535, Source.CLOCK)
        assert not Event.objects.filter(action="status_changed").exists()

    def test_it_leaves_once_an_owner_has_saved_the_right_one(self) -> None:
        self.deliver()
        change_mail(self.by(self.owner), {"smtp_password": PASSWORD})
        assert self.saved().sending_paused_at is None
        assert self.deliver().states == {"sent": 3}
        assert Event.objects.filter(action="sending_resumed").count() == 1

    def test_it_leaves_once_a_test_has_gone_through(self) -> None:
        self.deliver()
        assert send_trial(self.by(self.owner)).fate is Fate.REFUSED
        assert self.saved().sending_paused_at
        self.sign_in_with(PASSWORD)
        assert send_trial(self.by(self.owner)).fate is Fate.SENT
        assert self.saved().sending_paused_at is None
        assert self.deliver().states == {"sent": 3}

    def test_settings_saved_while_the_old_ones_were_tried_are_not_held_back(self) -> None:
        [mail] = claim_due(timezone.now() + LATER, 1)
        self.sign_in_with(PASSWORD)
        OutgoingMail.objects.filter(pk=mail.pk).update(state="queued")
        assert self.deliver().states == {"sent": 3}
        assert self.saved().sending_paused_at is None


class RefusedSenderTests(OutboxTestCase):
    def test_a_sender_that_the_server_refuses_holds_everything_back(self) -> None:
        self.queue()
        with smtp_server({"mail": "553 5.7.1 not yours"}) as (port, _mailbox):
            self.use(smtp_port=port)
            assert self.deliver().states == {"queued": 1}
        assert MailSettings.objects.get().sending_paused_reason == "553 5.7.1 not yours"

    def test_a_refused_recipient_holds_nothing_back(self) -> None:
        self.queue()
        with smtp_server({"rcpt": "550 5.1.1 nobody here"}) as (port, _mailbox):
            self.use(smtp_port=port)
            assert self.deliver().states == {"failed": 1}
        assert MailSettings.objects.get().sending_paused_at is None


class TodayTests(OutboxTestCase):
    def page(self) -> str:
        return self.client.get("/o/acme/").content.decode()

    def test_today_says_that_no_mail_leaves_and_who_can_mend_it(self) -> None:
        self.client.force_login(self.owner)
        assert "No mail leaves" not in self.page()
        self.use(sending_paused_at=timezone.now(), sending_paused_reason="535 wrong password")
        page = self.page()
        assert "No mail leaves" in page
        assert "535 wrong password" in page
        assert "/o/acme/settings/mail/" in page
        self.client.force_login(self.admin)
        assert "An owner can mend them" in self.page()
