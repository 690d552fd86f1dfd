"""Fires what is due, once: what the clock does every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.tracking.remind import remind_due


class Command(BaseCommand):
    help = "Reminds of what is due and queues what goes by itself. Any number of these may run at the same time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one pass and say what it did."""
        swept, written = remind_due()
        fired = [f"{number} {kind}" for kind, number in sorted(swept.fired.items())]
        self.stdout.write(", ".join(fired) or "Nothing was due.")
        if swept.put_off:
            self.stdout.write(f"{swept.put_off} not due any more, or put off.")
        if swept.settled:
            self.stdout.write(f"{swept.settled} worked out anew.")
        if swept.set_aside:
            self.stdout.write(f"{len(swept.set_aside)} failed and are tried again later; the log says why.")
        for state, number in sorted(written.items()):
            self.stdout.write(f"Follow-ups without a person: {number} {state}.")
