from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from requests_app.delivery.sending import CANCEL_WINDOW
from requests_app.models import OutgoingMail, SendState
from requests_app.tasks import deliver_due
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import smtp_server


class DoorsTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.queue()
        OutgoingMail.objects.update(due_at=timezone.now() - CANCEL_WINDOW)

    def test_the_command_makes_one_pass_and_says_how_it_ended(self) -> None:
        out = StringIO()
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            call_command("deliver_due", stdout=out)
            call_command("deliver_due", stdout=out)
        assert out.getvalue() == "1 sent\nNothing was due.\n"
        assert len(mailbox.taken) == 1

    def test_the_task_does_the_same(self) -> None:
        with smtp_server() as (port, mailbox):
            self.use(smtp_port=port)
            deliver_due.run()
        assert len(mailbox.taken) == 1
        assert OutgoingMail.objects.get().state == SendState.SENT
