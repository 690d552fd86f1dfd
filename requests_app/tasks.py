"""Door 2: everything the clock can do; each task is a few lines.

An argument is the id of a row: what a task needs beyond it stands in that row.
"""

from celery import Task, shared_task
from django.utils import timezone

from requests_app.delivery import deliver
from requests_app.intake import polling
from requests_app.models import record_heartbeat
from requests_app.records.checkpoint_mail import mail_checkpoints
from requests_app.records.checkpoints import make_checkpoints
from requests_app.records.exports import run_exports
from requests_app.tracking import dashboard, remind
from requests_app.tracking import run_jobs as jobs
from requests_app.tracking.notices import mails, tick
from requests_app.tracking.version_changes import note_version_changes


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


@shared_task
def remind_due() -> None:
    """Remind of what is due, and queue the follow-ups that go without a person."""
    remind.remind_due()


@shared_task
def run_jobs() -> None:
    """Go on with what people want done with many requests, and with long exports."""
    jobs.run_jobs()
    run_exports()


@shared_task
def look_at_catalogue() -> None:
    """Mark the requests that changes of the catalogue concern."""
    note_version_changes()


@shared_task
def refresh_dashboards() -> None:
    """Work out anew what people look at on the dashboard."""
    dashboard.refresh_dashboards()


@shared_task
def checkpoint() -> None:
    """Sign the history of each organisation in which something happened, and mail that to its owners."""
    now = timezone.now()
    make_checkpoints(now)
    mail_checkpoints(now)
