"""Vendors and procedures that an organisation keeps for itself: the acts that write them, with their events.

They live under the same rules as the shipped catalogue: one document per vendor, checked by check.check_document,
and versions that never change.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from requests_app.catalogue.check import check_document
from requests_app.catalogue.columns import vendor_search_text
from requests_app.catalogue.files import procedures_of
from requests_app.catalogue.history import latest_versions
from requests_app.catalogue.load import NO_VERSION, content_hash, save_procedure
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.models import (
    Action,
    EventStream,
    Membership,
    Organisation,
    Procedure,
    ProcedureVersion,
    Source,
    Subject,
    Vendor,
    record_event,
)

SLUG_LENGTH = 60


class ChangedMeanwhile(Exception):
    """Somebody else saved the same thing after this person had opened it; nothing was written."""


def document_of(content: Mapping[str, Any], procedures: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the vendor document that the content and the entries of entry_of make, for checking and for saving."""
    document: dict[str, Any] = {**deepcopy(dict(content)), "procedures": []}
    for entry in procedures:
        document["sources"].update(entry["sources"])
        document["procedures"].append({key: value for key, value in entry.items() if key != "sources"})
    return document


def entry_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return a snapshot as the entry of a document again: its sources by name, and beside it under "sources"."""
    slug, facts = snapshot["slug"], deepcopy(snapshot["facts"])
    sources = {f"{slug}-source-{i}": source for i, source in enumerate(facts["sources"])}
    facts["sources"] = list(sources)
    optout = {**snapshot["optout"], "fields": [field["name"] for field in snapshot["optout"]["fields"]]}
    return {"slug": slug, "facts": facts, "optout": optout, "sources": sources}


def entries_of(vendor: Vendor) -> dict[str, dict[str, Any]]:
    """Return the entries of the vendor's procedures in use, by slug."""
    versions = latest_versions(procedure__vendor=vendor, procedure__retired_at=None)
    return {version.procedure.slug: entry_of(version.content) for version in versions}


def free_slug(name: str, taken: Iterable[str]) -> str:
    """Return a slug made from the name that is not taken."""
    base, known = slugify(name).replace("_", "-")[:SLUG_LENGTH], set(taken)
    base = re.sub("-+", "-", base).strip("-") or "own"
    numbered = (f"{base}-{number}" for number in itertools.count(2))
    return next(slug for slug in itertools.chain([base], numbered) if slug not in known)


def save_vendor(membership: Membership, vendor: Vendor | None, content: dict[str, Any], edition: str) -> Vendor:
    """Save a checked content and, where it says something else about them, the vendor's procedures.

    Raises ChangedMeanwhile unless the vendor still is as `edition` (its content_hash) says.
    """
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=membership.organisation.pk)
        if vendor is None:
            taken = organisation.private_vendors.values_list("slug", flat=True)
            vendor = Vendor(organisation=organisation, slug=free_slug(content["name"], taken))
        elif Vendor.objects.get(pk=vendor.pk).content_hash != edition:
            raise ChangedMeanwhile
        content = {**content, "slug": vendor.slug}
        action = Action.VENDOR_CHANGED if vendor.pk else Action.VENDOR_ADDED
        digest = content_hash(content)
        if vendor.content_hash == digest:
            return vendor
        document = document_of(content, (entries_of(vendor) if vendor.pk else {}).values())
        _refuse_faults(document, organisation)
        _write_vendor(vendor, content, digest)
        _record(membership, action, vendor, {"vendor": vendor.slug, "content_hash": digest})
        for snapshot in procedures_of(document):
            _save(membership, vendor, snapshot)
    return vendor


def _refuse_faults(document: dict[str, Any], organisation: Organisation) -> None:
    """Raise ChangedMeanwhile for what was right when it was checked: somebody removed an address in between."""
    if any(True for _fault in check_document(document, organisation.today())):
        raise ChangedMeanwhile


def _write_vendor(vendor: Vendor, content: dict[str, Any], digest: str) -> None:
    vendor.name, vendor.website = content["name"], content["website"]
    vendor.content, vendor.content_hash = content, digest
    vendor.search_text = vendor_search_text(content)
    vendor.save()


def save_own_procedure(membership: Membership, vendor: Vendor, entry: dict[str, Any], edition: int) -> Procedure:
    """Save a checked entry as a procedure of the vendor, in a new version where it says something else.

    Raises ChangedMeanwhile unless the number of the procedure's last version is `edition`; 0 means that it is new.
    """
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
        known = vendor.procedures.filter(slug=entry["slug"]).first()
        if _latest(known)[0] != edition:
            raise ChangedMeanwhile
        document = document_of(vendor.content, [entry])
        _refuse_faults(document, membership.organisation)
        [snapshot] = procedures_of(document)
        return _save(membership, vendor, snapshot)


def retire_own_procedure(membership: Membership, procedure: Procedure) -> None:
    """Take the procedure out of the catalogue; nothing happens to one that is retired already."""
    with transaction.atomic():
        now = timezone.now()
        if Procedure.objects.filter(pk=procedure.pk, retired_at=None).update(retired_at=now):
            _record(membership, Action.PROCEDURE_RETIRED, procedure, {"procedure": str(procedure)})


def _save(membership: Membership, vendor: Vendor, snapshot: Snapshot) -> Procedure:
    known = vendor.procedures.filter(slug=snapshot.content["slug"]).first()
    latest = _latest(known)
    procedure, changed = save_procedure(vendor, snapshot, known, latest, timezone.now())
    if changed:
        action = Action.PROCEDURE_CHANGED if known else Action.PROCEDURE_ADDED
        number, digest = _latest(procedure)
        _record(membership, action, procedure, {"procedure": str(procedure), "version": number, "content_hash": digest})
    return procedure


def _latest(procedure: Procedure | None) -> tuple[int, str]:
    if procedure is None:
        return NO_VERSION
    versions = ProcedureVersion.objects.filter(procedure=procedure).values_list("number", "content_hash")
    return versions.order_by("-number").first() or NO_VERSION


def _record(membership: Membership, action: Action, row: Vendor | Procedure, detail: dict[str, Any]) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        action,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(row),
        detail=detail,
    )


def lines_of(text: str) -> list[str]:
    """Return the lines that say something, without the white space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def without_empty(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what was filled in; the schema wants nothing empty."""
    return ((key, value) for key, value in values.items() if value not in ("", [], {}, None))
