"""Door 4: take in mail, as a mail server hands it over, or many mails from files at once."""

import json
import mailbox
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from requests_app.intake.answer import answer_of
from requests_app.intake.bulk import file_many, store_many
from requests_app.intake.filing import file_mail
from requests_app.intake.reading.caps import MOST_BYTES
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, Way
from requests_app.processes.child import ChildUnavailable

# sysexits.h, which mail servers know: try again later, no such input, data that will never be taken.
TEMPORARY, NO_INPUT, NOT_TAKEN = 75, 66, 65
# Mails that are stored and filed together.
TOGETHER = 100


class Command(BaseCommand):
    help = (
        "Take in a mail from a file or standard input, or many from files and mbox files. Exit 0 once all are stored, "
        "75 where that fails for now, so that a mail server keeps it and tries again; 65 for one above 25 MB, which "
        "goes back to its sender."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="a mail as it arrived; - or nothing is stdin")
        parser.add_argument("--mbox", action="append", default=[], metavar="FILE", help="many mails in one file")
        parser.add_argument("--json", action="store_true", help="print what became of each, for scripts; one a line")

    def handle(self, *, files: list[str], mbox: list[str], **options: Any) -> None:
        if len(files) + len(mbox) > 1 or mbox:
            self._many(files, mbox, as_json=options["json"])
            return
        raw = _read(files[0] if files else "-")
        try:
            mail = store_mail(raw, Way.PIPE)
        except (DatabaseError, OSError) as error:
            raise _not_stored(error) from error
        self._tell(self._filed(mail), as_json=options["json"])

    def _filed(self, mail: InboundMail) -> InboundMail:
        """Return the mail as it was filed. It is stored: whatever happens now is no reason to take it twice."""
        try:
            return file_mail(mail)
        except (DatabaseError, ChildUnavailable) as error:
            self.stderr.write(f"Stored, and filed with the next pass of the clock: {error}")
            return mail

    def _many(self, files: list[str], mbox: list[str], *, as_json: bool) -> None:
        """Take in all of them, a batch at a time; those before one that cannot be read are taken."""
        raws = _all(files, mbox)
        while batch := list(islice(raws, TOGETHER)):
            try:
                stored = store_many(batch, Way.PIPE)
            except (DatabaseError, OSError) as error:
                raise _not_stored(error) from error
            try:
                file_many(stored)
            except (DatabaseError, ChildUnavailable) as error:
                self.stderr.write(f"Stored, and filed with the next pass of the clock: {error}")
            rows = InboundMail.objects.select_related("request", "duplicate_of__request").defer("raw")
            found = rows.in_bulk([mail.pk for mail in stored])
            for mail in stored:
                self._tell(found[mail.pk], as_json=as_json)

    def _tell(self, mail: InboundMail, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer_of(mail), ensure_ascii=False))
        else:
            self.stdout.write(f"{mail.pk} {mail.state} {mail.reason}".strip())


def _not_stored(error: Exception) -> CommandError:
    reason = str(error).strip().partition("\n")[0]
    return CommandError(f"The mail is not stored: {reason}. Try again later.", returncode=TEMPORARY)


def _all(files: list[str], mbox: list[str]) -> Iterator[bytes]:
    """Yield each mail of the files, and then of the mbox files."""
    yield from map(_read, files)
    for name in mbox:
        if not Path(name).is_file():
            raise CommandError(f"There is no file {name}.", returncode=NO_INPUT)
        box = mailbox.mbox(name, create=False)
        try:
            for key in box.keys():  # noqa: SIM118  # its own iterator parses each mail, here and without limits
                yield _checked(box.get_bytes(key))
        finally:
            box.close()


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
    return _checked(raw)


def _checked(raw: bytes) -> bytes:
    if len(raw) > MOST_BYTES:
        raise CommandError("The mail is larger than 25 MB.", returncode=NOT_TAKEN)
    if not raw:
        raise CommandError("There is no mail in it.", returncode=NO_INPUT)
    return raw
