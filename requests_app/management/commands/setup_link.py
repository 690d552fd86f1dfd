"""`setup_link`: the way into a new installation that was not started with `run`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from requests_app.management.database import usable_database
from requests_app.people.setup import new_setup_link


class Command(BaseCommand):
    """Exit 0 with the address, 1 where there is an organisation already."""

    help = "Print a one-time address that sets up the first account and organisation; it ends any that came before."

    def handle(self, *args: Any, **options: Any) -> None:
        with usable_database():
            token = new_setup_link()
        if not token:
            raise CommandError("Optout is set up already: its owners invite others under Settings.", returncode=1)
        self.stdout.write(f"{settings.BASE_URL}/setup/{token}/")
