"""Door 4: take in mail, as a mail server hands it over, or many mails from files at once."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from requests_app.intake.answer import answer_of
from requests_app.intake.bulk import file_many, store_many
from requests_app.intake.filing import file_mail
from requests_app.intake.sources import TEMPORARY, NotRead, mail_of, mails_of
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, Way
from requests_app.processes.child import ChildUnavailable

# Mails that are stored and filed together.
TOGETHER = 100


class Command(BaseCommand):
    help = (
        "Take in a mail from a file or standard input, or many from files and mbox files. Exit 0 once all are stored, "
        "75 where that fails for now, so that a mail server keeps it and tries again; 65 for one above 25 MB, which "
        "goes back to its sender; 66 for one that is not there. One of many that is not taken is told, and ends the "
        "run with its status once all others are taken."
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
        try:
            raw = mail_of(files[0] if files else "-")
        except NotRead as trouble:
            raise CommandError(str(trouble), returncode=trouble.status) from trouble
        try:
            mail = store_mail(raw, Way.PIPE)
        except (DatabaseError, OSError) as error:
            raise CommandError(_not_stored(error), returncode=TEMPORARY) from error
        self._tell(self._filed(mail), as_json=options["json"])

    def _filed(self, mail: InboundMail) -> InboundMail:
        """Return the mail as it was filed. It is stored: whatever happens now is no reason to take it twice."""
        try:
            return file_mail(mail)
        except (DatabaseError, ChildUnavailable) as error:
            self.stderr.write(f"Stored, and filed with the next pass of the clock: {error}")
            return mail

    def _many(self, files: list[str], mbox: list[str], *, as_json: bool) -> None:
        """Take in all of them, a batch at a time; what is not taken is told, and holds up no other."""
        statuses: list[int] = []
        given = mails_of(files, mbox)
        while batch := list(islice(given, TOGETHER)):
            for trouble in [one for one in batch if isinstance(one, NotRead)]:
                self.stderr.write(str(trouble))
                statuses.append(trouble.status)
            raws = [one for one in batch if isinstance(one, bytes)]
            stored = self._stored(raws)
            statuses += [TEMPORARY] * (len(raws) - len(stored))
            self._file(stored, as_json=as_json)
        if statuses:
            # What may be taken later says so, whatever else there is.
            raise CommandError(f"{len(statuses)} not taken; all others are.", returncode=max(statuses))

    def _stored(self, raws: Sequence[bytes]) -> list[InboundMail]:
        """Return the rows of the mails, without those that the database does not take, which are told.

        Raises CommandError where it takes none of several: it is down, and what was stored before stays.
        """
        try:
            return store_many(raws, Way.PIPE) if raws else []
        except (DatabaseError, OSError) as error:
            rows = [self._stored_alone(raw) for raw in raws]
            if not any(rows):
                raise CommandError(_not_stored(error), returncode=TEMPORARY) from error
            return [row for row in rows if row]

    def _stored_alone(self, raw: bytes) -> InboundMail | None:
        try:
            return store_mail(raw, Way.PIPE)
        except (DatabaseError, OSError) as error:
            self.stderr.write(_not_stored(error))
            return None

    def _file(self, stored: Sequence[InboundMail], *, as_json: bool) -> None:
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


def _not_stored(error: Exception) -> str:
    reason = str(error).strip().partition("\n")[0]
    return f"The mail is not stored: {reason}. Try again later."
