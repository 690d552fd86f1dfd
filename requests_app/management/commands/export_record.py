"""Door 4: the sealed record of a request as a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.drafting.rendering.child import RenderError
from requests_app.management.bytes_out import write_bytes
from requests_app.management.database import usable_database
from requests_app.models import OptOutRequest, Source
from requests_app.records.record_files import RecordBroken
from requests_app.records.sealing import SealRefused, sealed_record

WRONG_INPUT = 2


class Command(BaseCommand):
    """Exit 0 once the file is written, 1 where it cannot be made, 2 where there is no such request."""

    help = "Write the sealed record of a request, a signed PDF with all originals in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which request, and where to."""
        parser.add_argument("reference", metavar="REFERENCE", help="such as OPT-2026-000123")
        parser.add_argument("--organisation", metavar="SLUG", help="where several have a request of that reference")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to; - is standard output")
        parser.add_argument("--language", default="en", choices=("en", "de"), help="of the pages (default: en)")

    def handle(self, *, reference: str, organisation: str | None, out: Path, language: str, **options: Any) -> None:
        """Make the record, and write it in one piece."""
        with usable_database():
            found = _find(reference, organisation)
            try:
                pdf = sealed_record(found, actor="command", source=Source.COMMAND, language=language)
            except (RecordBroken, SealRefused, RenderError) as error:
                raise CommandError(str(error), returncode=1) from error
        write_bytes(pdf, out)
        self.stderr.write(f"{reference}: {len(pdf)} bytes, sealed.")


def _find(reference: str, organisation: str | None) -> OptOutRequest:
    rows = OptOutRequest.objects.filter(reference=reference).exclude(reference="")
    if organisation:
        rows = rows.filter(organisation__slug=organisation)
    found = list(
        rows.select_related(
            "organisation", "workspace__vendor", "procedure__vendor", "version", "stream", "responsible"
        )
    )
    if len(found) == 1:
        return found[0]
    if found:
        slugs = ", ".join(sorted(row.organisation.slug for row in found))
        raise CommandError(
            f"Several organisations have {reference}: {slugs}. Name one with --organisation.", returncode=WRONG_INPUT
        )
    raise CommandError(
        f"There is no request {reference}. Draft requests have no reference yet.", returncode=WRONG_INPUT
    )
