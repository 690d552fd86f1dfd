"""Sends what is due in the outbox, once: what the clock does every ten seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.delivery.deliver import LONGEST_PASS, deliver_due


class Command(BaseCommand):
    help = "Sends what is due in the outbox and says how it ended. Any number of these may run at the same time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one pass, of LONGEST_PASS seconds at most."""
        passed = deliver_due(LONGEST_PASS)
        states = ", ".join(f"{number} {state}" for state, number in sorted(passed.states.items()))
        self.stdout.write(states or "Nothing was due.")
        if passed.abandoned:
            self.stdout.write(f"{passed.abandoned} left in doubt by a worker that is gone.")
