"""`backup FILE`: the whole installation in one encrypted file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.management.database import usable_database
from requests_app.management.passphrase import passphrase_from
from requests_app.management.progress import progress
from requests_app.records.backups.backup import how_much, write_backup
from requests_app.records.backups.sealed import BackupRefused


class Command(BaseCommand):
    """Exit 0 with what is in it, 1 where none could be made, 2 without a passphrase."""

    help = "Write database, files and the fingerprints of the keys into one encrypted file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--passphrase-file", metavar="FILE", help="else BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE"
        )
        parser.add_argument("--with-keys", action="store_true", help="put the keys themselves into it, too")

    def handle(self, *, file: Path, **options: Any) -> None:
        passphrase = passphrase_from(options["passphrase_file"])
        try:
            with usable_database(), progress("Writing rows and files", how_much()) as advance:
                made = write_backup(file, passphrase, with_keys=options["with_keys"], advance=advance)
        except BackupRefused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(f"The backup could not be written: {reason}. No file is left.", returncode=1) from error
        rows = sum(made.counts.tables.values())
        self.stdout.write(f"{file}: {rows} rows, {made.counts.files} files, {made.size} bytes, SHA-256 {made.sha256}")
        for name in made.missing:
            self.stderr.write(f"This evidence has no file any more: {name}")
        if not options["with_keys"]:
            self.stdout.write("The keys are not in it: keep secret_key, field_key and signing_key of DATA_DIR as well.")
