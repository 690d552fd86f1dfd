"""Door 4: whether a sealed record or evidence pack is what was sealed; needs no database and no network."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.records.pack_verification import verify_file


class Command(BaseCommand):
    """Exit 0 with a line for each check, 1 with the first thing wrong, 2 where a file cannot be read."""

    help = (
        "Check the signature, the files, the history and the checkpoint of a sealed record or evidence pack, offline."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 as Django has it

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which file, and whom to trust."""
        parser.add_argument("file", type=Path, metavar="FILE", help="the record, a PDF, or the pack, a ZIP")
        parser.add_argument("--trust", type=Path, metavar="CERT", help="the certificate that must have signed it")

    def handle(self, *, file: Path, trust: Path | None, **options: Any) -> None:
        """Print the checks, and end with the exit status that the record deserves."""
        trusted = _read(trust) if trust else None
        try:
            with file.open("rb") as opened:
                verdict = verify_file(opened, trusted)
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.", returncode=2) from error
        for line in verdict.checks:
            self.stdout.write(f"ok     {line}")
        if verdict.fault:
            raise CommandError(verdict.fault, returncode=1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}.", returncode=2) from error
