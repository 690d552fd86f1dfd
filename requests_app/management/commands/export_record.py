"""Door 4: the sealed record of a request as a file, or the evidence pack of many."""

import datetime
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.access import visible_vendors
from requests_app.drafting.rendering.child import RenderError
from requests_app.management.bytes_out import write_bytes
from requests_app.management.database import usable_database
from requests_app.management.progress import progress
from requests_app.models import Campaign, OptOutRequest, Organisation, Source
from requests_app.records.pack_file import export_pack
from requests_app.records.pack_order import Order, PackRefused
from requests_app.records.record import RELATED
from requests_app.records.record_files import RecordBroken
from requests_app.records.sealing import SealRefused, sealed_record
from requests_app.tracking.filters import Filters

WRONG_INPUT = 2


class Command(BaseCommand):
    """Exit 0 once the file is written, 1 where it cannot be made, 2 where there is nothing to make it of."""

    help = (
        "Write the sealed record of a request, a signed PDF with all originals in it; or, with --organisation and "
        "without a reference, the evidence pack (ZIP) of its requests."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which request or which requests, and where to."""
        parser.add_argument("reference", nargs="?", metavar="REFERENCE", help="such as OPT-2026-000123")
        parser.add_argument("--organisation", metavar="SLUG", help="whose; needed for a pack")
        parser.add_argument("--campaign", type=int, metavar="N", help="pack: those of this campaign, by its number")
        parser.add_argument("--vendor", metavar="KEY", help="pack: those of this vendor, by its key in the catalogue")
        day = datetime.date.fromisoformat
        parser.add_argument("--from", dest="since", type=day, metavar="DATE", help="pack: handed over from this day on")
        parser.add_argument("--until", type=day, metavar="DATE", help="pack: handed over until this day")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to; a record: - is stdout")
        parser.add_argument("--language", default="en", choices=("en", "de"), help="of the pages (default: en)")

    def handle(self, *, reference: str | None, out: Path, language: str, **options: Any) -> None:
        """Make the record or the pack, and write it in one piece."""
        with usable_database():
            if reference:
                self._write_record(reference, options["organisation"], out, language)
            else:
                self._write_pack(options, out, language)

    def _write_record(self, reference: str, organisation: str | None, out: Path, language: str) -> None:
        found = _find(reference, organisation)
        try:
            pdf = sealed_record(found, actor="command", source=Source.COMMAND, language=language)
        except (RecordBroken, SealRefused, RenderError) as error:
            raise CommandError(str(error), returncode=1) from error
        write_bytes(pdf, out)
        self.stderr.write(f"{reference}: {len(pdf)} bytes, sealed.")

    def _write_pack(self, options: dict[str, Any], out: Path, language: str) -> None:
        organisation = _organisation(options["organisation"])
        order = Order(organisation, Filters(_given(organisation, options)), language, timezone.now())
        try:
            keys, _left_out = order.keys()
            with progress("Sealing records", len(keys)) as advance:
                made = export_pack(order, out, advance)
        except PackRefused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}.", returncode=1) from error
        for remark in made.remarks:
            self.stderr.write(remark)
        self.stderr.write(f"{made.requests} records in {out}, sealed.")


def _given(organisation: Organisation, options: dict[str, Any]) -> dict[str, str]:
    """Return the filters of the list that the options stand for. Raises CommandError (exit 2)."""
    given = {"sent_from": options["since"], "sent_until": options["until"], "campaign": options["campaign"]}
    campaign = options["campaign"]
    if campaign and not Campaign.objects.filter(organisation=organisation, pk=campaign).exists():
        raise CommandError(f"There is no campaign {campaign}.", returncode=WRONG_INPUT)
    if key := options["vendor"]:
        vendor = visible_vendors(organisation).filter(slug=key).order_by("organisation").first()
        if vendor is None:
            raise CommandError(f"There is no vendor {key}.", returncode=WRONG_INPUT)
        given["vendor"] = vendor.pk
    return {name: str(value) for name, value in given.items() if value}


def _organisation(slug: str | None) -> Organisation:
    if not slug:
        raise CommandError("Name a REFERENCE, or --organisation for a pack.", returncode=WRONG_INPUT)
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no organisation {slug}.", returncode=WRONG_INPUT)
    return found


def _find(reference: str, organisation: str | None) -> OptOutRequest:
    rows = OptOutRequest.objects.filter(reference=reference).exclude(reference="")
    if organisation:
        rows = rows.filter(organisation__slug=organisation)
    found = list(rows.select_related(*RELATED))
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
