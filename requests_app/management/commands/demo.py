"""Door 4: a made-up organisation to try things with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.tracking.demo import DemoRefused, delete_demo, find_demo, make_demo


class Command(BaseCommand):
    help = (
        "Make a demo organisation with workspaces at 25 vendors and requests in every state; it can never send "
        "anything. With --delete, take it away: its workspaces, requests, messages, evidence and people are "
        "deleted. The history can never be deleted, so its events stay, without personal data, in an organisation "
        "that nobody can open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--delete", action="store_true", help="take the demo away")

    def handle(self, *, delete: bool, **options: Any) -> None:
        demo = find_demo()
        if delete:
            if demo is None:
                raise CommandError("There is no demo.")
            delete_demo(demo)
            self.stdout.write("The demo is deleted. Its events, without personal data, stay in the log.")
        elif demo:
            self.stdout.write(f"The demo exists: {demo.name}. To start afresh: python manage.py demo --delete")
        else:
            self._make()

    def _make(self) -> None:
        try:
            made = make_demo()
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"The demo is ready: {made.organisation.name}.\nSign in as {made.email} with the password {made.password}\n"
            "The password is shown this once."
        )
