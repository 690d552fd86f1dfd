"""Several schedulers and workers at the same time: one digest, one notice, one mail."""

import datetime
import threading
from collections.abc import Callable

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from requests_app.models import MailSettings, Membership, NoticeKind, NoticeMail, NoticeSettings, OptOutRequest
from requests_app.models import notify as notify_people
from requests_app.models.notify import SETTLES_IN, settings_of
from requests_app.tracking.notices.at_once import gather
from requests_app.tracking.notices.digest import make_digests
from requests_app.tracking.notices.mails import deliver_notices
from tests.database import HistoryTransactionTestCase
from tests.delivery.smtp_server import smtp_server
from tests.tracking.notices.mails import write_acme

WORKERS = 4


def at_once(*jobs: Callable[[], object]) -> None:
    """Do the jobs in threads of their own, all beginning together."""
    barrier = threading.Barrier(len(jobs))
    failed: list[BaseException] = []

    def work(job: Callable[[], object]) -> None:
        barrier.wait()
        try:
            job()
        except BaseException as error:  # noqa: BLE001  # told below, in the thread of the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


@override_settings(BASE_URL="https://optout.example.org")
class ManyWorkersTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        self.acme = write_acme()
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.acme.owner)

    def test_four_schedulers_make_one_digest_and_four_workers_send_it_once(self) -> None:
        now = timezone.now()
        settings_of(self.olga, now)
        OptOutRequest.objects.update(answer_by=datetime.date(2026, 11, 2))
        NoticeSettings.objects.filter(membership=self.olga).update(next_digest_at=now)
        at_once(*[lambda: make_digests(now)] * WORKERS)
        assert NoticeMail.objects.filter(membership=self.olga, kind="daily").count() == 1
        assert self.send() == ["olga@example.org"]

    def test_four_workers_tell_of_a_storm_in_one_mail(self) -> None:
        for _ in range(20):
            notify_people(self.acme.submitted, NoticeKind.BOUNCE)
        now = timezone.now() + SETTLES_IN
        at_once(*[lambda: gather(now)] * WORKERS)
        assert NoticeMail.objects.count() == 1
        assert self.send() == ["olga@example.org"]

    def send(self) -> list[str]:
        """Let all workers send, and return to whom."""
        NoticeMail.objects.update(due_at=timezone.now())
        with smtp_server(delay=0.05) as (port, mailbox):
            MailSettings.objects.update(smtp_port=port)
            at_once(*[deliver_notices] * WORKERS)
        return [recipient for _, recipients, _ in mailbox.taken for recipient in recipients]
