import datetime
from typing import Any
from unittest import mock

from django.utils import timezone

from requests_app.delivery.reconcile import Looked, reconcile, reconcile_all
from requests_app.delivery.smtp import Fate
from requests_app.intake.polling import poll_mailboxes
from requests_app.models import Event, MailSettings, OutgoingMail, SendState, Status, Tls
from tests.delivery.test_threading import ThreadTestCase
from tests.intake.imap_server import PASSWORD, USER, Dovecot


class SentFolderTests(ThreadTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.dovecot = Dovecot()
        self.addCleanup(self.dovecot.stop)
        with self.dovecot.client() as client:
            client.create("Sent")
        self.read_mail(imap_sent_folder="Sent")
        self.mails = [self.follow_up(), self.follow_up()]
        self.end(Fate.IN_DOUBT)
        self.end(Fate.IN_DOUBT)

    def read_mail(self, **values: Any) -> None:
        row = MailSettings.objects.get(pk=self.mail.pk)
        given = {"imap_host": "127.0.0.1", "imap_port": self.dovecot.port, "imap_tls": Tls.NONE, "imap_user": USER}
        for name, value in (given | {"imap_password": PASSWORD} | values).items():
            setattr(row, name, value)
        row.save()

    def put(self, mail: OutgoingMail) -> None:
        assert mail.message
        self.dovecot.put(bytes(mail.message.raw), "Sent")

    def look(self) -> Looked:
        return reconcile(MailSettings.objects.select_related("organisation").get(pk=self.mail.pk))

    def states(self) -> list[str]:
        return [OutgoingMail.objects.get(pk=mail.pk).state for mail in self.mails]

    def test_what_is_there_went_out_and_the_rest_stays_for_a_person(self) -> None:
        self.put(self.mails[1])
        assert self.look() == Looked(1, 1, "")
        assert self.states() == [SendState.UNKNOWN, SendState.SENT]
        event = Event.objects.filter(stream=self.row.stream, action="message_sent").latest("sequence")
        assert (event.actor, event.source, event.detail["known_from"]) == ("clock", "clock", "the Sent folder")
        missed = OutgoingMail.objects.get(pk=self.mails[0].pk)
        assert missed.missed_in_sent_at
        assert self.status() == Status.ACTION_NEEDED
        self.put(self.mails[0])
        assert self.look() == Looked(1, 0, "")
        assert self.status() == Status.SUBMITTED
        assert OutgoingMail.objects.filter(state=SendState.QUEUED).count() == 0

    def test_the_pass_over_the_mailboxes_does_it(self) -> None:
        self.put(self.mails[0])
        self.put(self.mails[1])
        poll_mailboxes()
        assert self.states() == [SendState.SENT, SendState.SENT]

    def test_a_folder_that_is_not_there_is_said_and_changes_nothing(self) -> None:
        self.read_mail(imap_sent_folder="Gone")
        poll_mailboxes()
        assert self.states() == [SendState.UNKNOWN, SendState.UNKNOWN]
        assert MailSettings.objects.get().last_poll_error.startswith("Gone: ")

    def test_it_looks_often_at_first_then_seldom_and_then_no_more(self) -> None:
        now = timezone.now()
        for hours, looks in ((0, 2), (0.9, 2), (1.5, 0), (3, 2), (24 * 8, 0)):
            later = now + datetime.timedelta(hours=hours)
            with mock.patch("requests_app.delivery.reconcile.timezone.now", return_value=later):
                assert self.look().missed == looks, hours

    def test_without_such_a_folder_or_for_demo_data_nobody_looks(self) -> None:
        self.read_mail(imap_sent_folder="")
        assert reconcile_all() == []
        self.read_mail(imap_sent_folder="Sent")
        self.acme.is_demo = True
        self.acme.save()
        assert reconcile_all() == []

    def test_a_person_who_was_faster_is_not_contradicted(self) -> None:
        self.put(self.mails[0])
        OutgoingMail.objects.filter(pk=self.mails[1].pk).update(state=SendState.SENT)
        assert self.look() == Looked(1, 0, "")
