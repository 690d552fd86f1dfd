"""Acme with one of everything that has an address, for tests that go over all pages."""

import hashlib
from datetime import timedelta
from typing import ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from requests_app.delivery.evidence import add_evidence
from requests_app.delivery.handover import How, submit_request
from requests_app.delivery.outbox import queue_message
from requests_app.drafting.requests import start_request
from requests_app.intake.hooks import make_hook
from requests_app.models import (
    CalendarFeed,
    Campaign,
    Evidence,
    Export,
    ExportFormat,
    FollowUp,
    FollowUpPolicy,
    InboundHook,
    InboundKind,
    InboundMail,
    InboundState,
    Invitation,
    Job,
    JobKind,
    MailProvider,
    MailSettings,
    Membership,
    Message,
    NotificationChannel,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    OwnWording,
    PausedAddress,
    Procedure,
    Reminder,
    ReminderKind,
    SavedView,
    Vendor,
    Waits,
    Way,
    Workspace,
)
from requests_app.records.exports import run_export, start_export
from requests_app.tracking.notices.addresses import unsubscribe_token
from requests_app.tracking.notices.channels import new_secret
from tests.drafting.requests import find, load_vendor
from tests.people import PeopleTestCase

TOKEN = "an-invitation-token-of-these-tests"
CALENDAR_TOKEN = "a-calendar-token-of-these-tests"
REPLY = """From: Support <support@slack.com>
Subject: Done
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<h1>Done</h1><p>It is <b>done</b>: <a href="https://slack.com/help">see here</a>.</p>
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename=note.txt

note
--b--
"""
IDENTIFIERS = {"workspace_url": "https://acme.slack.com", "organisation_url": "https://acme.slack.com"}


class AcmeTestCase(PeopleTestCase):
    """Acme has a workspace, requests, a message, evidence, a private vendor, an invitation and a wording of its own."""

    slack: ClassVar[Vendor]
    shared_procedure: ClassVar[Procedure]
    private_vendor: ClassVar[Vendor]
    private_procedure: ClassVar[Procedure]
    workspace: ClassVar[Workspace]
    draft: ClassVar[OptOutRequest]
    submitted: ClassVar[OptOutRequest]
    queued: ClassVar[OptOutRequest]
    outgoing: ClassVar[OutgoingMail]
    message: ClassVar[Message]
    evidence: ClassVar[Evidence]
    held_mail: ClassVar[InboundMail]
    paused_address: ClassVar[PausedAddress]
    reply_mail: ClassVar[InboundMail]
    hook: ClassVar[InboundHook]
    invitation: ClassVar[Invitation]
    wording: ClassVar[OwnWording]
    policy: ClassVar[FollowUpPolicy]
    colleague: ClassVar[Membership]
    channel: ClassVar[NotificationChannel]
    unsubscribe_token: ClassVar[str]
    shared_view: ClassVar[SavedView]
    campaign: ClassVar[Campaign]
    job: ClassVar[Job]
    follow_up: ClassVar[FollowUp]
    export: ClassVar[Export]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        for slug in ("slack", "microsoft", "zoom"):
            load_vendor(slug)
        cls.shared_procedure = find("slack/global-models")
        cls.slack = cls.shared_procedure.vendor
        cls.private_vendor, cls.private_procedure = own_vendor(cls.acme, cls.shared_procedure)
        cls.workspace = Workspace.objects.create(
            organisation=cls.acme, vendor=cls.slack, name="Acme on Slack", identifiers=IDENTIFIERS
        )
        cls._make_requests()
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
        cls.policy = FollowUpPolicy.objects.create(organisation=cls.acme, vendor=cls.private_vendor)
        cls.colleague = Membership.objects.get(user=cls.auditor)
        cls._make_notices()
        cls.shared_view = SavedView.objects.create(organisation=cls.acme, name="Overdue", query="answer=overdue")
        cls.job = Job.objects.create(
            organisation=cls.acme, kind=JobKind.ASSIGN, total=1, created_at=timezone.now(), started_by=cls.owner
        )
        cls.job.items.create(request=cls.submitted)
        cls._make_follow_up()
        olga = Membership.objects.select_related("organisation", "user").get(user=cls.owner)
        cls.export = start_export(olga, ExportFormat.CSV, "status=submitted")
        run_export(cls.export.pk)

    @classmethod
    def _make_follow_up(cls) -> None:
        kind = ReminderKind.ACKNOWLEDGEMENT_CHECK
        now = timezone.now()
        cls.submitted.refresh_from_db()
        reminder = Reminder.objects.create(
            request=cls.submitted, kind=kind, clock_event=cls.submitted.clock_event, fired_at=now
        )
        cls.follow_up = FollowUp.objects.create(
            organisation=cls.acme, request=cls.submitted, reminder=reminder, kind=kind, created_at=now
        )

    @classmethod
    def _make_requests(cls) -> None:
        olga = Membership.objects.select_related("organisation", "user").get(user=cls.owner)
        cls.campaign = Campaign.objects.create(
            organisation=cls.acme, name="Slack, autumn 2026", created_by=cls.owner, created_at=timezone.now()
        )
        cls.draft = start_request(olga, cls.workspace, cls.shared_procedure, campaign=cls.campaign)
        cls.submitted = submit_request(
            olga, start_request(olga, cls.workspace, cls.shared_procedure), on=cls.acme.today(), how=How.EMAIL
        )
        MailSettings.objects.create(
            organisation=cls.acme,
            smtp_host="smtp.example.org",
            from_address="optout@example.org",
            reply_address="replies@example.org",
            needs_approval=True,
        )
        cls.outgoing = queue_message(olga, start_request(olga, cls.workspace, cls.shared_procedure))
        cls.queued = cls.outgoing.request
        OptOutRequest.objects.filter(pk=cls.queued.pk).update(answer_by=None)  # Tests look at the other one's.
        message = cls.submitted.messages.first()
        assert message
        cls.message = message
        screen = SimpleUploadedFile("screen.png", b"\x89PNG\r\n\x1a\nnot really a picture")
        cls.evidence = add_evidence(olga, cls.submitted, screen, "What the settings showed")
        cls.held_mail = held_mail(cls.acme, cls.submitted)
        cls.paused_address = PausedAddress.objects.create(
            organisation=cls.acme, address="gone@example.com", since=timezone.now(), bounces=1
        )
        cls.reply_mail = reply_mail(cls.submitted)
        cls.hook = make_hook(olga, MailProvider.POSTMARK)

    @classmethod
    def _make_notices(cls) -> None:
        cls.channel = NotificationChannel.objects.create(
            organisation=cls.acme,
            kind="webhook",
            name="#privacy",
            url="https://192.0.2.1/hook",  # goes nowhere
            secret=new_secret(),
            events=["version_changed"],
            created_at=timezone.now(),
        )
        CalendarFeed.objects.create(
            user=cls.owner,
            token_hash=hashlib.sha256(CALENDAR_TOKEN.encode()).hexdigest(),
            created_at=timezone.now(),
        )
        cls.unsubscribe_token = unsubscribe_token(Membership.objects.get(user=cls.owner))


def held_mail(organisation: Organisation, suggested: OptOutRequest | None = None, number: int = 1) -> InboundMail:
    """Return a mail that waits, as reading and matching leave it; nothing is read for it."""
    raw = b"From: Support <support@slack.com>\r\nSubject: Re: Opt-out\r\n\r\nIt is done: %d\r\n" % number
    digest = hashlib.sha256(raw).hexdigest()
    return InboundMail.objects.create(
        organisation=organisation,
        way=Way.PIPE,
        key=f"pipe::{digest}:{organisation.pk}",
        raw=raw,
        size=len(raw),
        sha256=digest,
        received_at=timezone.now(),
        state=InboundState.HELD,
        reason="vendor_domain" if suggested else "no_match",
        kind=InboundKind.REPLY,
        parsed={
            "subject": "Re: Opt-out",
            "from": [{"name": "Support", "address": "support@slack.com"}],
            "to": [{"name": "", "address": "replies@example.org"}],
            "text": f"It is done: {number}",
            "quoted": "> Please stop.",
            "attachments": [],
        },
        authenticity={"dmarc": "not checked", "spf": "not checked", "dkim": "not checked", "by": "", "domain": ""},
        suggested_request=suggested,
        waits=Waits.HELD,
    )


def reply_mail(opt_out_request: OptOutRequest) -> InboundMail:
    """Return a formatted reply with a file, filed in the request, as reading and matching leave it."""
    raw = REPLY.encode()
    digest = hashlib.sha256(raw).hexdigest()
    note = {"name": "note.txt", "type": "application/octet-stream", "size": 4, "part": 1}
    return InboundMail.objects.create(
        organisation=opt_out_request.organisation,
        request=opt_out_request,
        way=Way.PIPE,
        key=f"pipe::{digest}:{opt_out_request.pk}",
        raw=raw,
        size=len(raw),
        sha256=digest,
        received_at=timezone.now(),
        state=InboundState.MATCHED,
        reason="address",
        kind=InboundKind.REPLY,
        parsed={
            "subject": "Done",
            "from": [{"name": "Support", "address": "support@slack.com"}],
            "text": "It is done.",
            "has_html": True,
            "attachments": [note | {"sha256": hashlib.sha256(b"note").hexdigest()}],
        },
        suggestion={"name": "completed", "status": "closed", "outcome": "confirmed", "words": "It is done"},
    )


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
