"""Bringing a catalogue folder into the database: idempotent, all or nothing."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from django.db import transaction

from requests_app.catalogue.check import Fault, check_files
from requests_app.catalogue.columns import columns_of, vendor_search_text
from requests_app.catalogue.files import procedures_of, vendor_files
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.strict_yaml import read_yaml
from requests_app.models import Procedure, ProcedureVersion, Vendor


class CatalogueRefused(ValueError):
    """The folder cannot be loaded; nothing was written. Holds the faults, if files have any."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = faults


@dataclass
class Report:
    """What a load did, by full names (vendor, or vendor/procedure)."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: int = 0


def load_catalogue(directory: Path, now: datetime, advance: Callable[[], object] = lambda: None) -> Report:
    """Bring the database to what the folder says and return what changed.

    `advance` is called for each vendor.
    A procedure gets a new version only when its content changed. What the folder no longer has is
    retired, never deleted. Raises CatalogueRefused before anything is written.
    """
    paths = vendor_files(directory)
    if not paths:
        raise CatalogueRefused(f"{directory} has no vendor file (*.yaml): everything would be retired. Nothing done.")
    faults = check_files(paths, now.date())
    if faults:
        raise CatalogueRefused(f"{len(faults)} faults in {directory}. Nothing done.", faults)
    with transaction.atomic():
        return _Load(now).run([read_yaml(path) for path in paths], advance)


def content_hash(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content's canonical JSON (RFC 8785), in hex."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


NO_VERSION = (0, "")


def save_procedure(
    vendor: Vendor, snapshot: Snapshot, known: Procedure | None, latest: tuple[int, str], now: datetime
) -> tuple[Procedure, bool]:
    """Save the procedure, with a new version where its content changed; return it and whether anything changed.

    `latest` is the number and hash of its last version, or NO_VERSION.
    """
    number, latest_digest = latest
    digest, columns = content_hash(snapshot.content), columns_of(snapshot)
    same_columns = all(getattr(known, name) == value for name, value in columns.items()) if known else False
    if known and same_columns and latest_digest == digest and known.retired_at is None:
        return known, False
    procedure = known or Procedure(vendor=vendor, slug=snapshot.content["slug"])
    for name, value in columns.items():
        setattr(procedure, name, value)
    procedure.retired_at = procedure.successor = None
    procedure.save()
    if latest_digest != digest:
        ProcedureVersion.objects.create(
            procedure=procedure,
            number=number + 1,
            content=snapshot.content,
            content_hash=digest,
            created_at=now,
        )
    return procedure, True


class _Load:
    """One load; knows every row by name and hash, so that unchanged content costs no query."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.report = Report()
        # Private vendors belong to their organisations; no load touches them.
        shared = Vendor.objects.filter(organisation=None).defer("content").select_for_update()
        self.vendors = {vendor.slug: vendor for vendor in shared}
        procedures = Procedure.objects.filter(vendor__organisation=None).select_related("vendor")
        self.procedures = {(procedure.vendor_id, procedure.slug): procedure for procedure in procedures}
        newest_last = ProcedureVersion.objects.filter(procedure__vendor__organisation=None).order_by("number")
        self.latest = {
            procedure: (number, digest)
            for procedure, number, digest in newest_last.values_list("procedure_id", "number", "content_hash")
        }

    def run(self, documents: Sequence[dict[str, Any]], advance: Callable[[], object]) -> Report:
        kept: set[int] = set()
        for document in documents:
            vendor = self._save_vendor(document)
            for snapshot in procedures_of(document):
                kept.add(self._save_procedure(vendor, snapshot).pk)
            advance()
        self._retire({document["slug"] for document in documents}, kept)
        for document in documents:
            self._name_successors(self.vendors[document["slug"]], document.get("retired", {}))
        return self.report

    def _save_vendor(self, document: dict[str, Any]) -> Vendor:
        content = {key: value for key, value in document.items() if key != "procedures"}
        digest = content_hash(content)
        vendor, search_text = self.vendors.get(document["slug"]), vendor_search_text(content)
        same = vendor and (vendor.content_hash, vendor.search_text) == (digest, search_text)
        if vendor and same and vendor.retired_at is None:
            self.report.unchanged += 1
            return vendor
        (self.report.changed if vendor else self.report.added).append(document["slug"])
        vendor = vendor or Vendor(slug=document["slug"])
        vendor.name, vendor.website = document["name"], document["website"]
        vendor.content, vendor.content_hash, vendor.search_text = content, digest, search_text
        vendor.retired_at = None
        vendor.save()
        self.vendors[vendor.slug] = vendor
        return vendor

    def _save_procedure(self, vendor: Vendor, snapshot: Snapshot) -> Procedure:
        slug = snapshot.content["slug"]
        known = self.procedures.get((vendor.pk, slug))
        latest = self.latest.get(known.pk, NO_VERSION) if known else NO_VERSION
        procedure, changed = save_procedure(vendor, snapshot, known, latest, self.now)
        if not changed:
            self.report.unchanged += 1
            return procedure
        (self.report.changed if known else self.report.added).append(snapshot.name)
        self.procedures[vendor.pk, slug] = procedure
        return procedure

    def _retire(self, vendors: set[str], procedures: set[int]) -> None:
        for vendor in self.vendors.values():
            if vendor.slug not in vendors and vendor.retired_at is None:
                vendor.retired_at = self.now
                vendor.save(update_fields=["retired_at"])
                self.report.retired.append(vendor.slug)
        for procedure in self.procedures.values():
            if procedure.pk not in procedures and procedure.retired_at is None:
                procedure.retired_at = self.now
                procedure.save(update_fields=["retired_at"])
                self.report.retired.append(str(procedure))

    def _name_successors(self, vendor: Vendor, retired: Mapping[str, str]) -> None:
        for old, new in retired.items():
            procedure, successor = self.procedures.get((vendor.pk, old)), self.procedures[vendor.pk, new]
            if procedure and procedure.successor_id != successor.pk:
                procedure.successor = successor
                procedure.save(update_fields=["successor"])
