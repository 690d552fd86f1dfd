"""Door 4: fill in a request on the command line, without an organisation or a database."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.catalogue.files import NoSuchProcedure, all_procedures, find_procedure
from requests_app.catalogue.procedure import Freshness, Procedure
from requests_app.drafting import listing
from requests_app.drafting.draft import GroundRefused
from requests_app.drafting.fitting import DoesNotFit
from requests_app.drafting.fonts import UnsupportedCharacters
from requests_app.drafting.formats import FORMATS
from requests_app.drafting.outputs import FormatRefused, render
from requests_app.drafting.values import ValuesRefused
from requests_app.drafting.wording import LOCALES

WRONG_INPUT = 2


class Command(BaseCommand):
    help = (
        "Fill in a vendor's procedure: the exact e-mail, letter, form sheet or settings file. "
        "Exit 2 names every missing, wrong or unknown field. --list shows what the catalogue has."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("procedure", nargs="?", default="", metavar="VENDOR[/PROCEDURE]")
        parser.add_argument("--list", action="store_true", help="show procedures with their channel and fields")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="assignments")
        parser.add_argument("--format", choices=FORMATS, default="text", dest="output")
        parser.add_argument("--locale", choices=LOCALES, default="en", help="language of the request")
        parser.add_argument("--ground", help="on what ground you ask; the procedure's first that applies otherwise")
        parser.add_argument("--date", type=date.fromisoformat, help="date of the request (today), as 2026-03-31")
        parser.add_argument("--include-optional", action="store_true", help="settings that go beyond the opt-out, too")
        parser.add_argument("--file", help="of several settings files the one to write, by name")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to standard output")

    def handle(self, *, procedure: str, assignments: list[str], output: str, out: Path | None, **options: Any) -> None:
        if options["list"]:
            self._list(procedure, output)
            return
        found = self._find(procedure)
        given = self._given(assignments)
        try:
            content, notes = render(
                found,
                given,
                output,
                locale=options["locale"],
                day=options["date"] or timezone.localdate(),
                now=timezone.now(),
                ground=options["ground"],
                include_optional=options["include_optional"],
                file_name=options["file"],
            )
        except ValuesRefused as refusal:
            for problem in refusal.problems:
                self.stderr.write(f"{problem.field}: {problem.message}")
            raise CommandError(
                f"{found.name}: {len(refusal.problems)} fields to mend.", returncode=WRONG_INPUT
            ) from refusal
        except (GroundRefused, FormatRefused, DoesNotFit, UnsupportedCharacters) as refusal:
            raise CommandError(str(refusal), returncode=WRONG_INPUT) from refusal
        self._note(found, notes)
        self._write(content, out)

    def _find(self, name: str) -> Procedure:
        if not name:
            raise CommandError("Name a procedure, such as slack/global-models, or use --list.", returncode=WRONG_INPUT)
        try:
            return find_procedure(name, settings.CATALOGUE_DIR)
        except NoSuchProcedure as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from error

    def _given(self, assignments: Iterable[str]) -> dict[str, str]:
        given: dict[str, str] = {}
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not equals or name in given:
                reason = "is set twice" if name in given else "needs a value, as in --set field=value"
                raise CommandError(f"{name}: {reason}.", returncode=WRONG_INPUT)
            given[name] = value
        return given

    def _list(self, vendor: str, output: str) -> None:
        procedures = [found for found in all_procedures(settings.CATALOGUE_DIR) if found.name.startswith(vendor)]
        if not procedures:
            raise CommandError(f"The catalogue has nothing called “{vendor}”.", returncode=WRONG_INPUT)
        self.stdout.write(listing.as_json(procedures) if output == "json" else listing.as_table(procedures))

    def _note(self, procedure: Procedure, notes: Iterable[str]) -> None:
        """Say on standard error what a person should know, so that the output itself stays exact."""
        who = procedure.facts.get("who_may_submit")
        if who:
            self.stderr.write(f"Who may submit: {who}")
        freshness = procedure.freshness(timezone.localdate())
        if freshness is not Freshness.FRESH:
            self.stderr.write(f"Sources last read on {procedure.verified_on}: check that the procedure still holds.")
        for note in notes:
            self.stderr.write(note)

    def _write(self, content: bytes, out: Path | None) -> None:
        if out is None:
            # Bytes, not text: a settings file or a PDF has to arrive unchanged.
            self.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
            return
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}.", returncode=1) from error
