"""Rows in any state, written straight into the database, for tests that need many or odd ones."""

import datetime
import hashlib
import uuid
from typing import Any

from django.utils import timezone

from requests_app.models import (
    EventStream,
    OptOutRequest,
    Organisation,
    Procedure,
    ProcedureVersion,
    StreamKind,
    Vendor,
    Workspace,
)

TEXTS = {"en": "Stop the training", "de": "Training beenden", "fr": "Arrêter"}


def make_vendor(slug: str = "example", **values: Any) -> Vendor:
    """Return a vendor without procedures."""
    named = {"name": f"Vendor {slug}", "website": "https://example.com", "content": {}, "search_text": slug}
    return Vendor.objects.create(slug=slug, **{**named, **values})


def make_procedure(vendor: Vendor, slug: str = "training", **values: Any) -> Procedure:
    """Return a procedure of the vendor that is on by default and asked for by e-mail; it has no version."""
    known = {"channel": "email", "default_state": "opted_in_by_default", "title": TEXTS}
    return Procedure.objects.create(vendor=vendor, slug=slug, **{**known, **values})


def make_version(procedure: Procedure, number: int = 1) -> ProcedureVersion:
    """Return a version with no more in it than the clock of a request reads."""
    content = {"facts": {"channel": procedure.channel}, "optout": {"follow_up_days": 14}}
    digest = hashlib.sha256(f"{procedure.channel} {number}".encode()).hexdigest()
    return ProcedureVersion.objects.create(
        procedure=procedure, number=number, content=content, content_hash=digest, created_at=timezone.now()
    )


def make_request(workspace: Workspace, procedure: Procedure, **values: Any) -> OptOutRequest:
    """Return a request as the values say, with a stream of its own and without any event."""
    version = procedure.versions.first() or make_version(procedure)
    stream = EventStream.objects.create(
        organisation=workspace.organisation, kind=StreamKind.REQUEST, name=uuid.uuid4().hex
    )
    known: dict[str, Any] = {"ground": "vendor_choice", "created_at": timezone.now(), "updated_at": timezone.now()}
    return OptOutRequest.objects.create(
        organisation=workspace.organisation,
        workspace=workspace,
        procedure=procedure,
        version=version,
        stream=stream,
        **{**known, **values},
    )


def make_workspace(organisation: Organisation, vendor: Vendor, name: str = "Main", **values: Any) -> Workspace:
    return Workspace.objects.create(organisation=organisation, vendor=vendor, name=name, **values)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)
