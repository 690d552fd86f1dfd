"""Works on long jobs, once: what the clock does every ten seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.records.exports import run_exports
from requests_app.tracking.run_jobs import run_jobs


class Command(BaseCommand):
    help = "Works on jobs with many requests for up to 50 seconds. Any number of these may run at the same time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one pass."""
        number = run_jobs()
        exports = run_exports()
        if exports:
            self.stdout.write(f"{exports} exports written.")
        self.stdout.write(f"{number} requests seen to." if number or exports else "Nothing was left to do.")
