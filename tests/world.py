"""Acme with one of everything that has an address, for tests that go over all pages."""

import hashlib
import shutil
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from requests_app.catalogue.load import load_catalogue
from requests_app.models import (
    EventStream,
    Evidence,
    Invitation,
    Membership,
    Message,
    OptOutRequest,
    Organisation,
    OwnWording,
    Procedure,
    Status,
    StreamKind,
    User,
    Vendor,
    Workspace,
)
from tests.people import PeopleTestCase

TOKEN = "an-invitation-token-of-these-tests"


def load_vendors(*slugs: str) -> None:
    """Load these vendors of the shipped catalogue alone: the whole takes its time."""
    with tempfile.TemporaryDirectory() as folder:
        for slug in slugs:
            shutil.copy(settings.CATALOGUE_DIR / f"{slug}.yaml", folder)
        load_catalogue(Path(folder), timezone.now())


class AcmeTestCase(PeopleTestCase):
    """Acme has a workspace, requests, a message, evidence, a private vendor, an invitation and a wording of its own."""

    slack: ClassVar[Vendor]
    shared_procedure: ClassVar[Procedure]
    private_vendor: ClassVar[Vendor]
    private_procedure: ClassVar[Procedure]
    workspace: ClassVar[Workspace]
    draft: ClassVar[OptOutRequest]
    submitted: ClassVar[OptOutRequest]
    message: ClassVar[Message]
    evidence: ClassVar[Evidence]
    invitation: ClassVar[Invitation]
    wording: ClassVar[OwnWording]
    colleague: ClassVar[Membership]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        load_vendors("slack", "microsoft", "zoom")
        cls.slack = Vendor.objects.get(slug="slack")
        cls.shared_procedure = Procedure.objects.get(vendor=cls.slack, slug="global-models")
        cls.private_vendor, cls.private_procedure = own_vendor(cls.acme, cls.shared_procedure)
        cls.workspace = Workspace.objects.create(
            organisation=cls.acme,
            vendor=cls.slack,
            name="acme.slack.com",
            identifiers={"workspace_url": "acme.slack.com"},
        )
        cls.draft = new_request(cls.workspace, cls.shared_procedure, cls.owner)
        cls.submitted = new_request(cls.workspace, cls.shared_procedure, cls.owner)
        OptOutRequest.objects.filter(pk=cls.submitted.pk).update(
            status=Status.SUBMITTED,
            reference="OPT-2026-000001",
            submitted_on=timezone.now().date(),
            submitted_how="email",
        )
        cls.submitted.refresh_from_db()
        cls.message = Message.objects.create(
            request=cls.submitted,
            direction=Message.Direction.OUTGOING,
            name="request.eml",
            media_type="message/rfc822",
            raw=b"Subject: x\r\n\r\nx",
            sha256=hashlib.sha256(b"Subject: x\r\n\r\nx").hexdigest(),
            recorded_at=timezone.now(),
        )
        cls.evidence = Evidence.objects.create(
            request=cls.submitted,
            name="screen.png",
            file=ContentFile(b"not really a picture", "screen.png"),
            size=20,
            media_type="image/png",
            sha256=hashlib.sha256(b"not really a picture").hexdigest(),
            added_at=timezone.now(),
        )
        cls.invitation = Invitation.objects.create(
            organisation=cls.acme,
            email="new@example.org",
            token_hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
            invited_by=cls.owner,
            expires_at=timezone.now() + timedelta(days=7),
        )
        cls.wording = OwnWording.objects.create(
            organisation=cls.acme, procedure=cls.shared_procedure, locale="en", text="Please stop."
        )
        cls.colleague = Membership.objects.get(user=cls.auditor)


class _Written(AcmeTestCase):
    """Holds what write_acme wrote; not a test."""

    __test__ = False


def write_acme() -> type[AcmeTestCase]:
    """Write Acme and all it has, for tests that commit, and return what holds it."""
    _Written.setUpTestData()
    return _Written


def own_vendor(organisation: Organisation, like: Procedure) -> tuple[Vendor, Procedure]:
    """Return a private vendor of the organisation and its procedure, which says what the other one says."""
    vendor = Vendor.objects.create(
        organisation=organisation,
        slug="own-tool",
        name="Own Tool",
        website="https://tool.example.com",
        content=like.vendor.content | {"slug": "own-tool", "name": "Own Tool"},
        content_hash="0" * 64,
    )
    version = like.versions.first()
    assert version
    procedure = Procedure.objects.create(
        vendor=vendor, slug="training", channel=like.channel, default_state=like.default_state, title=like.title
    )
    procedure.versions.create(
        number=1, content=version.content, content_hash=version.content_hash, created_at=timezone.now()
    )
    return vendor, procedure


def new_request(workspace: Workspace, procedure: Procedure, user: User) -> OptOutRequest:
    """Return a new draft with its stream."""
    version = procedure.versions.first()
    assert version
    stream = EventStream.objects.create(
        organisation=workspace.organisation, kind=StreamKind.REQUEST, name=uuid.uuid4().hex
    )
    return OptOutRequest.objects.create(
        organisation=workspace.organisation,
        workspace=workspace,
        procedure=procedure,
        version=version,
        stream=stream,
        ground="vendor_choice",
        created_by=user,
        created_at=timezone.now(),
        updated_at=timezone.now(),
    )
