"""Door 4: take in one mail, as a mail server hands it over."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from requests_app.intake.answer import answer_of
from requests_app.intake.filing import file_mail
from requests_app.intake.reading.caps import MOST_BYTES
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, Way
from requests_app.processes.child import ChildUnavailable

# sysexits.h, which mail servers know: try again later, no such input, data that will never be taken.
TEMPORARY, NO_INPUT, NOT_TAKEN = 75, 66, 65


class Command(BaseCommand):
    help = (
        "Take in one mail from a file or standard input. Exit 0 once it is stored, 75 where that fails for now, so "
        "that a mail server keeps it and tries again; 65 for one above 25 MB, which goes back to its sender."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="a mail as it arrived; - is stdin")
        parser.add_argument("--json", action="store_true", help="print what became of it, for scripts")

    def handle(self, *, file: str, **options: Any) -> None:
        raw = _read(file)
        try:
            mail = store_mail(raw, Way.PIPE)
        except (DatabaseError, OSError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(f"The mail is not stored: {reason}. Try again later.", returncode=TEMPORARY) from error
        mail = self._filed(mail)
        if options["json"]:
            self.stdout.write(json.dumps(answer_of(mail), ensure_ascii=False))
        else:
            self.stdout.write(f"{mail.pk} {mail.state} {mail.reason}".strip())

    def _filed(self, mail: InboundMail) -> InboundMail:
        """Return the mail as it was filed. It is stored: whatever happens now is no reason to take it twice."""
        try:
            return file_mail(mail)
        except (DatabaseError, ChildUnavailable) as error:
            self.stderr.write(f"Stored, and filed with the next pass of the clock: {error}")
            return mail


def _read(file: str) -> bytes:
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {file}.", returncode=NO_INPUT) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=TEMPORARY) from error
    if len(raw) > MOST_BYTES:
        raise CommandError("The mail is larger than 25 MB.", returncode=NOT_TAKEN)
    if not raw:
        raise CommandError("There is no mail in it.", returncode=NO_INPUT)
    return raw
