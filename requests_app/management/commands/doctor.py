"""`doctor`: what is wrong with this installation, and how to mend it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.records.doctor import checks
from requests_app.tracking.parts import PARTS
from requests_app.tracking.system import Check, State


class Command(BaseCommand):
    """Exit 0 where everything works, 1 where something has to be mended."""

    help = "Look at everything that Optout needs and say how to mend what is wrong; exit 1 where something is."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            choices=PARTS,
            metavar="PART",
            help="ask web, worker or beat of this machine alone, and nothing else",
        )
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        part = options["check"]
        found = [PARTS[part]()] if part else checks()
        bad = [check for check in found if check.state is State.BAD]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not bad, "checks": [_document(check) for check in found]}))
        else:
            for check in found:
                self.stdout.write(_line(check))
        if bad:
            raise CommandError(f"To be mended: {', '.join(check.name for check in bad)}.", returncode=1)


def _document(check: Check) -> dict[str, str]:
    return {"name": check.name, "state": check.state.value, "text": check.text, "hint": check.hint}


def _line(check: Check) -> str:
    line = f"{check.state.value:<5} {check.name}: {check.text}"
    return f"{line}\n      {check.hint}" if check.hint else line
