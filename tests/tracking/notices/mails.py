"""Acme with a mail server of its own, and what it takes."""

import contextlib
import datetime
from collections.abc import Iterator
from typing import ClassVar

from requests_app.delivery.handover import How, submit_request
from requests_app.drafting.requests import start_request
from requests_app.models import MailSettings, Membership, NoticeMail, NoticeSettings, OptOutRequest, Tls, User
from requests_app.models.notify import settings_of
from requests_app.tracking.notices.mails import deliver_notices
from tests.delivery.smtp_server import Mailbox, smtp_server
from tests.drafting.requests import RequestsTestCase

# 07:31 in Berlin on a Tuesday.
MORNING = datetime.datetime(2026, 11, 24, 6, 31, tzinfo=datetime.UTC)
NOON = datetime.datetime(2026, 11, 24, 11, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


class NoticesTestCase(RequestsTestCase):
    """Acme has sent one request, which is Olga's, and has mail set up."""

    submitted: ClassVar[OptOutRequest]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        olga = Membership.objects.select_related("organisation", "user").get(user=cls.owner)
        draft = start_request(olga, cls.workspace, cls.procedure)
        cls.submitted = submit_request(olga, draft, on=cls.acme.today(), how=How.EMAIL)
        MailSettings.objects.create(
            organisation=cls.acme, smtp_host="127.0.0.1", smtp_tls=Tls.NONE, from_address="optout@example.org"
        )

    def choose(self, user: User, **values: object) -> NoticeSettings:
        """Return how this person wants to be told, with these changes."""
        row = settings_of(self.membership(user), NOON)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        return row

    def make_overdue(self) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(answer_by=datetime.date(2026, 11, 20))
        self.submitted.refresh_from_db()

    @contextlib.contextmanager
    def server(self, faults: dict[str, str] | None = None) -> Iterator[Mailbox]:
        with smtp_server(faults) as (port, mailbox):
            MailSettings.objects.filter(organisation=self.acme).update(smtp_port=port)
            yield mailbox

    def deliver(self) -> Mailbox:
        """Send what is queued and return what the server took."""
        with self.server() as mailbox:
            deliver_notices()
        return mailbox

    def waiting(self) -> list[NoticeMail]:
        return list(NoticeMail.objects.filter(state="queued").order_by("pk"))


class _Written(NoticesTestCase):
    """Holds what write_acme wrote; not a test."""

    __test__ = False


def write_acme() -> type[NoticesTestCase]:
    """Write Acme with its request, for tests that commit, and return what holds it."""
    _Written.setUpTestData()
    return _Written
