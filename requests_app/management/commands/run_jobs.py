"""Works on long jobs, once: what the clock does every ten seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.management.progress import progress
from requests_app.records.exports import run_exports, waiting_exports
from requests_app.tracking.run_jobs import items_left, run_jobs


class Command(BaseCommand):
    help = "Works on jobs with many requests for up to 50 seconds. Any number of these may run at the same time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one pass."""
        with progress("Seeing to requests", items_left()) as advance:
            number = run_jobs(advance=advance)
        with progress("Writing exports", len(waiting_exports())) as advance:
            exports = run_exports(advance)
        if exports:
            self.stdout.write(f"{exports} exports written.")
        self.stdout.write(f"{number} requests seen to." if number or exports else "Nothing was left to do.")
