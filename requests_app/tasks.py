"""Door 2: everything the clock can do; each task is a few lines.

An argument is the id of a row: what a task needs beyond it stands in that row.
"""

from celery import Task, shared_task
from django.utils import timezone

from requests_app.delivery import deliver
from requests_app.intake import polling
from requests_app.models import record_heartbeat
from requests_app.tracking.notices import mails, tick


@shared_task(bind=True)
def heartbeat(self: "Task[[], None]") -> None:
    """Show that beat ticks and that this worker listens."""
    record_heartbeat(self.request.hostname or "unknown", timezone.now())


@shared_task
def deliver_due() -> None:
    """Send what is due in the outbox, and the mails to members."""
    deliver.deliver_due()
    mails.deliver_notices()


@shared_task
def poll_mailboxes() -> None:
    """Take in what is new in the mailboxes, and file what was stored and not read."""
    polling.poll_mailboxes()


@shared_task
def notify_due() -> None:
    """Queue the digests and notices that are due, and post to the channels."""
    tick.notify_due()
