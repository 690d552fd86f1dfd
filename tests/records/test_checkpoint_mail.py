import datetime
import email
import email.policy

import time_machine
from django.test import override_settings
from django.utils import timezone

from requests_app.models import Checkpoint, NoticeMail, NoticeSettings, RecordSigner, Role
from requests_app.models.event_stream import EventStream
from requests_app.records.checkpoint_mail import mail_checkpoints
from requests_app.records.checkpoints import make_checkpoint
from requests_app.records.signer import make_signer
from tests.models.events import write_event
from tests.tracking.notices.mails import NOON, NoticesTestCase

DAY = datetime.timedelta(days=1)


@override_settings(BASE_URL="https://optout.example.org")
class CheckpointMailTests(NoticesTestCase):
    def setUp(self) -> None:
        self.enterContext(time_machine.travel(NOON, tick=False))
        self.checkpoint = make_checkpoint(self.acme, NOON)

    def at(self, moment: datetime.datetime) -> int:
        with time_machine.travel(moment, tick=False):
            return mail_checkpoints(timezone.now())

    def happen(self, moment: datetime.datetime) -> Checkpoint:
        write_event(EventStream.of_organisation(self.acme))
        return make_checkpoint(self.acme, moment)

    def test_each_owner_gets_it_once_a_week(self) -> None:
        assert self.at(NOON) == 1
        self.happen(NOON + DAY)
        assert self.at(NOON + DAY) == 0
        assert self.at(NOON + 7 * DAY) == 1
        assert {mail.membership.role for mail in NoticeMail.objects.all()} == {Role.OWNER}
        assert [str(mail.period) for mail in NoticeMail.objects.order_by("pk")] == ["2026-11-23", "2026-11-30"]

    def test_where_nothing_happened_nothing_is_sent(self) -> None:
        assert self.at(NOON) == 1
        assert self.at(NOON + 7 * DAY) == 0

    def test_it_holds_what_was_signed(self) -> None:
        self.at(NOON)
        [(_sender, _to, sent)] = self.deliver().taken
        message = email.message_from_bytes(sent, policy=email.policy.default)
        plain = message.get_body(("plain",))
        assert plain
        text = plain.get_content()
        for value in ("document", "signature", "public_key", "root"):
            assert getattr(self.checkpoint, value) in text.replace("\n", "")
        assert "Checkpoint of the history of Acme GmbH" in message["Subject"]

    def test_it_says_which_certificate_signs_records(self) -> None:
        make_signer(self.acme)
        fingerprint = RecordSigner.objects.get(organisation=self.acme).fingerprint
        self.at(NOON)
        [(_sender, _to, sent)] = self.deliver().taken
        message = email.message_from_bytes(sent, policy=email.policy.default)
        for kind in ("plain", "html"):
            part = message.get_body((kind,))
            assert part
            assert fingerprint in part.get_content()

    def test_an_owner_may_decline(self) -> None:
        self.choose(self.owner, checkpoints=False)
        assert self.at(NOON) == 0

    def test_demo_data_sends_none(self) -> None:
        self.acme.is_demo = True
        self.acme.save()
        assert self.at(NOON) == 0
        assert not NoticeMail.objects.exists()

    def test_the_choice_is_offered_to_owners_alone(self) -> None:
        for user, is_offered in ((self.owner, True), (self.admin, False)):
            self.client.force_login(user)
            page = self.client.get(f"/o/{self.acme.slug}/notifications/").content.decode()
            assert ("signed checkpoints of our history" in page) is is_offered
        assert NoticeSettings.objects.filter(membership__user=self.admin, checkpoints=True).exists()
