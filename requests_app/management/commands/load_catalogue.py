"""Door 4: bring the catalogue's files into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.catalogue.files import vendor_files
from requests_app.catalogue.load import CatalogueRefused, load_catalogue
from requests_app.management.database import usable_database
from requests_app.management.progress import progress


class Command(BaseCommand):
    help = "Load a catalogue folder. Loading it again changes nothing; what it no longer has is retired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, default=settings.CATALOGUE_DIR, metavar="DIR")

    def handle(self, *, directory: Path, **options: Any) -> None:
        try:
            with usable_database(), progress("Loading vendors", len(vendor_files(directory))) as advance:
                report = load_catalogue(directory, timezone.now(), advance)
        except CatalogueRefused as refusal:
            for fault in refusal.faults:
                self.stderr.write(str(fault))
            raise CommandError(str(refusal), returncode=1) from refusal
        for word, names in (("added", report.added), ("changed", report.changed), ("retired", report.retired)):
            if options["verbosity"] > 1:
                self.stdout.write("".join(f"{word} {name}\n" for name in names), ending="")
            self.stdout.write(f"{word}: {len(names)}")
        self.stdout.write(f"unchanged: {report.unchanged}")
