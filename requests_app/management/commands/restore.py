"""`restore FILE`: a backup into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from requests_app.management.database import usable_database
from requests_app.management.passphrase import passphrase_from
from requests_app.management.progress import progress
from requests_app.records.backups.restore import Contents, restore, verified, write_keys
from requests_app.records.backups.sealed import BackupRefused


class Command(BaseCommand):
    """Exit 0 once everything is back and verified, 1 where nothing was changed, 2 without a passphrase."""

    help = "Verify a backup, put it into an empty installation, and verify what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--passphrase-file", metavar="FILE", help="else BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE"
        )
        parser.add_argument("--check", action="store_true", help="verify the file alone and change nothing")

    def handle(self, *, file: Path, **options: Any) -> None:
        passphrase = passphrase_from(options["passphrase_file"])
        try:
            with usable_database():
                contents = self._run(file, passphrase, only_check=options["check"])
        except BackupRefused as refusal:
            raise CommandError(f"{refusal} Nothing was changed.", returncode=1) from refusal
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(f"{error.filename or file}: {reason}. Nothing was changed.", returncode=1) from error
        if not options["check"]:
            self._tell_keys(contents)

    def _run(self, file: Path, passphrase: bytes, *, only_check: bool) -> Contents:
        with progress("Verifying rows and files", None) as advance:
            contents = verified(file, passphrase, advance)
        if not only_check:
            call_command("migrate", verbosity=0)
            number = sum(contents.tables.values()) + len(contents.files)
            with progress("Putting back rows and files", number) as advance:
                restore(file, passphrase, contents, advance)
        self.stdout.write(
            f"{'Verified' if only_check else 'Restored and verified'}: {sum(contents.tables.values())} rows, "
            f"{len(contents.files)} files; made at {contents.about['made_at']} by {contents.about['software_version']}."
        )
        return contents

    def _tell_keys(self, contents: Contents) -> None:
        foreign = contents.foreign_keys
        if foreign and contents.keys:
            write_keys(contents.keys)
            self.stdout.write("The keys of the backup stand in DATA_DIR now. Remove SECRET_KEY, FIELD_KEY and")
            self.stdout.write("SIGNING_KEY from the environment where they are set there, and start everything anew.")
        elif foreign:
            self.stderr.write(
                f"These keys are not those of the backup: {', '.join(foreign)}. Put the old ones into DATA_DIR or the "
                "environment: mail passwords cannot be read without field_key, and signing_key signs the checkpoints."
            )
