"""Door 4: one pass over the mailboxes, as the clock makes it."""

from typing import Any

from django.core.management.base import BaseCommand

from requests_app.intake.polling import poll_mailboxes
from requests_app.management.database import usable_database


class Command(BaseCommand):
    help = "Take in what is new in each organisation's mailbox, and file it. Exit 1 where a mailbox cannot be used."

    def handle(self, **_options: Any) -> None:
        with usable_database():
            polled = poll_mailboxes()
        for one in polled:
            self.stdout.write(f"{one.organisation}: {one.new} new" + (f", {one.trouble}" if one.trouble else ""))
        if any(one.trouble for one in polled):
            raise SystemExit(1)
