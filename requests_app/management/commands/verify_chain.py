"""`verify_chain`: recompute the event log and name the first row that is wrong."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from requests_app.management.database import usable_database
from requests_app.management.progress import progress
from requests_app.models import Event, Organisation
from requests_app.records.chain import ChainReport, verify_everything, verify_organisation


class Command(BaseCommand):
    """Exit 0 with counts, 1 with the first bad row, 2 when there is no such organisation."""

    help = "Recompute every hash of the event log; exit 1 and name the first bad row if one was changed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which organisation and in which form."""
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation (default: all of them)")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print the result, and end with the exit status that it deserves."""
        with usable_database():
            report = _verify(options["organisation"])
        if options["json"]:
            self.stdout.write(_as_json(report))
        elif not report.fault:
            self.stdout.write(
                f"{report.events} events in {report.streams} streams hold together;"
                f" {report.personal_values} personal values match their commitments,"
                f" {report.checkpoints} checkpoints fit the events."
            )
        if report.fault:
            raise CommandError(str(report.fault), returncode=1)


def _verify(slug: str | None) -> ChainReport:
    if slug is None:
        with progress("Verifying events", Event.objects.count()) as advance:
            return verify_everything(advance)
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is None:
        known = ", ".join(Organisation.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(
            f"No organisation has the slug {slug!r}. Known: {known}. Leave --organisation away to verify all.",
            returncode=2,
        )
    with progress("Verifying events", Event.objects.filter(stream__organisation=organisation).count()) as advance:
        return verify_organisation(organisation, advance)


def _as_json(report: ChainReport) -> str:
    fault = asdict(report.fault) | {"message": str(report.fault)} if report.fault else None
    return json.dumps(asdict(report) | {"ok": report.fault is None, "fault": fault}, ensure_ascii=False)
