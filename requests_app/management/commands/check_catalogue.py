"""Door 4: lint the files of the catalogue."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.catalogue.check import check_files
from requests_app.catalogue.files import vendor_files


class Command(BaseCommand):
    help = "Check vendor files: exit 1 with file, field and reason for each fault."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="*", type=Path, metavar="PATH", help="files or folders (the shipped catalogue)"
        )

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        files: list[Path] = []
        for path in paths or [settings.CATALOGUE_DIR]:
            files += vendor_files(path) if path.is_dir() else [path]
        if not files:
            raise CommandError("There is no vendor file (*.yaml) there.", returncode=1)
        faults = check_files(files, timezone.now().date())
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            count, files_with = len(faults), len({fault.file for fault in faults})
            raise CommandError(f"Faults: {count}. Files with faults: {files_with}.", returncode=1)
        self.stdout.write(f"{len(files)} files, no fault.")
