"""Requests of an organisation that has mail set up."""

import datetime
from typing import Any
from unittest import mock

from django.utils import timezone

from requests_app.delivery.deliver import Passed, deliver_due
from requests_app.delivery.outbox import queue_message
from requests_app.delivery.sending import CANCEL_WINDOW
from requests_app.models import Event, MailSettings, OptOutRequest, OutgoingMail, Tls
from tests.drafting.requests import RequestsTestCase


class OutboxTestCase(RequestsTestCase):
    """Acme sends from optout@example.org and takes replies at replies@example.org."""

    def setUp(self) -> None:
        self.mail = MailSettings.objects.create(
            organisation=self.acme,
            smtp_host="127.0.0.1",
            smtp_port=9,
            smtp_tls=Tls.NONE,
            from_address="optout@example.org",
            reply_address="replies@example.org",
        )

    def use(self, **settings: Any) -> None:
        MailSettings.objects.filter(pk=self.mail.pk).update(**settings)

    def queue(self, draft: OptOutRequest | None = None) -> OutgoingMail:
        return queue_message(self.by(), draft or self.draft())

    def deliver(self, after: datetime.timedelta = CANCEL_WINDOW) -> Passed:
        """Make one pass as it will be after that time."""
        later = timezone.now() + after + datetime.timedelta(seconds=1)
        with mock.patch("requests_app.delivery.deliver.timezone.now", return_value=later):
            return deliver_due()

    def actions(self, mail: OutgoingMail) -> list[str]:
        """Return what the request's history says after its draft was made."""
        return [event.action for event in Event.objects.filter(stream=mail.request.stream)][1:]
