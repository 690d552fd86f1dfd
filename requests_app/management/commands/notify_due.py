"""Tells people and channels what is due, once: what the clock does every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.tracking.notices.mails import deliver_notices
from requests_app.tracking.notices.tick import notify_due


class Command(BaseCommand):
    help = "Queues and sends digests, notices and posts that are due. Any number of these may run at the same time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one pass and say how many there were of each."""
        done = notify_due() + deliver_notices()
        told = ", ".join(f"{number} {name}" for name, number in sorted(done.items()))
        self.stdout.write(told or "Nothing was due.")
