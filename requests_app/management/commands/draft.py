"""Door 4: fill in a request on the command line, without an organisation or a database."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.catalogue.check import check_files
from requests_app.catalogue.files import NoSuchProcedure, all_procedures, find_procedure, vendor_files
from requests_app.catalogue.procedure import Procedure
from requests_app.drafting import listing
from requests_app.drafting.draft import GroundRefused
from requests_app.drafting.formats import FORMATS
from requests_app.drafting.letters.fitting import DoesNotFit
from requests_app.drafting.letters.fonts import UnsupportedCharacters
from requests_app.drafting.notes import notes_for
from requests_app.drafting.outputs import FormatRefused, render
from requests_app.drafting.rendering.child import RenderError
from requests_app.drafting.settings_files import SettingsError
from requests_app.drafting.values import ValuesRefused
from requests_app.drafting.wording import LOCALES, WordingError
from requests_app.management.bytes_out import write_bytes

WRONG_INPUT = 2


def _day(text: str) -> date:
    """Return the day. Raises ArgumentTypeError for a text that is none, or one that no request would have."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2999:
        raise ArgumentTypeError(f"“{text}” is no day of a request. Write year-month-day, such as 2026-03-31.")
    return day


class Command(BaseCommand):
    help = (
        "Fill in a vendor's procedure: the exact e-mail, letter, form sheet or settings file. "
        "Exit 2 names every missing, wrong or unknown field. --list shows what the catalogue has. "
        "This is wording, not legal advice."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("procedure", nargs="?", default="", metavar="VENDOR[/PROCEDURE]")
        parser.add_argument("--list", action="store_true", help="show procedures with their channel and fields")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="assignments")
        parser.add_argument("--format", choices=FORMATS, default="text", dest="output")
        parser.add_argument("--locale", choices=LOCALES, default="en", help="language of the request")
        parser.add_argument("--ground", help="on what ground you ask; the procedure's first that applies otherwise")
        parser.add_argument("--date", type=_day, help="date of the request (today), as 2026-03-31")
        parser.add_argument("--include-optional", action="store_true", help="settings that go beyond the opt-out, too")
        parser.add_argument("--file", help="of several settings files the one to write, by name")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write there instead of to standard output (-)")

    def handle(self, *, procedure: str, assignments: list[str], output: str, out: Path | None, **options: Any) -> None:
        if options["list"]:
            self._list(procedure, output, out)
            return
        if options["file"] and output != "settings":
            raise CommandError("--file goes with --format settings only.", returncode=WRONG_INPUT)
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
            count = len(refusal.problems)
            raise CommandError(
                f"{found.name}: {count} {'field' if count == 1 else 'fields'} to mend.", returncode=WRONG_INPUT
            ) from refusal
        except (GroundRefused, FormatRefused, DoesNotFit, UnsupportedCharacters, SettingsError) as refusal:
            raise CommandError(str(refusal), returncode=WRONG_INPUT) from refusal
        except (RenderError, WordingError) as error:
            raise CommandError(str(error), returncode=1) from error
        # On standard error, so that the output itself stays exact.
        for note in (*notes_for(found, timezone.localdate()), *notes):
            self.stderr.write(note)
        write_bytes(content, out)

    def _find(self, name: str) -> Procedure:
        if not name:
            raise CommandError("Name a procedure, such as slack/global-models, or use --list.", returncode=WRONG_INPUT)
        self._refuse_faults(settings.CATALOGUE_DIR / f"{name.lower().partition('/')[0]}.yaml")
        try:
            return find_procedure(name, settings.CATALOGUE_DIR)
        except NoSuchProcedure as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from error

    def _given(self, assignments: Iterable[str]) -> dict[str, str]:
        given: dict[str, str] = {}
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not name.strip() or not equals or name in given:
                name = name or assignment
                reason = "is set twice" if name in given else "needs a value, as in --set field=value"
                raise CommandError(f"{name}: {reason}.", returncode=WRONG_INPUT)
            given[name] = value
        return given

    def _refuse_faults(self, *files: Path) -> None:
        """Say what is wrong with a vendor's file that somebody is writing, before anything is read from it."""
        faults = check_files([path for path in files if path.is_file()], timezone.localdate())
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            raise CommandError("Mend the vendor's file first; check_catalogue checks it again.", returncode=1)

    def _list(self, vendor: str, output: str, out: Path | None) -> None:
        self._refuse_faults(*vendor_files(settings.CATALOGUE_DIR))
        wanted = vendor.lower()
        procedures = [found for found in all_procedures(settings.CATALOGUE_DIR) if found.name.startswith(wanted)]
        if not procedures:
            raise CommandError(
                f"The catalogue has nothing called “{vendor}”. `draft --list` shows all.", returncode=WRONG_INPUT
            )
        listed = listing.as_json(procedures) if output == "json" else listing.as_table(procedures)
        write_bytes(f"{listed}\n".encode(), out)
