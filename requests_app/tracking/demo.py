"""A believable organisation to try Optout with; it is marked as a demo, so nothing of it can ever be sent.

The event log refuses deletes, so the row of a deleted demo and its events stay, under another name and with
no member: nobody can open it. Everything else, personal values of the events included, is deleted.
"""

import datetime
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from requests_app.delivery.evidence import add_evidence
from requests_app.delivery.handover import HandOverRefused, hows_of, submit_request
from requests_app.drafting.requests import problems_of, save_draft, snapshot_of, start_request
from requests_app.drafting.values import fields_for
from requests_app.models import (
    Action,
    Campaign,
    DashboardFigures,
    EventPersonalValue,
    EventStream,
    Evidence,
    Export,
    FollowUp,
    FollowUpPolicy,
    InboundHook,
    InboundMail,
    Invitation,
    Job,
    MailSettings,
    Membership,
    Message,
    NotificationChannel,
    OptOutRequest,
    Organisation,
    Outcome,
    OutgoingMail,
    OwnWording,
    PausedAddress,
    Procedure,
    Reminder,
    Role,
    SavedView,
    Source,
    Subject,
    User,
    Vendor,
    Workspace,
    record_event,
)
from requests_app.tracking.campaign_choice import Chosen, Pair
from requests_app.tracking.campaigns import CampaignValues, start_campaign
from requests_app.tracking.changes import add_note, move_request, needs_evidence
from requests_app.tracking.demo_mail import write_back
from requests_app.tracking.demo_stories import CAMPAIGN_STORIES, NUMBER_OF_VENDORS, STORIES, VENDORS, Step, Story
from requests_app.tracking.identifiers import identifier_fields
from requests_app.tracking.run_jobs import LONGEST_PASS, run_job
from requests_app.tracking.workspace_changes import WorkspaceValues, register_workspace

SLUG = "demo"
NAME = "Example GmbH (demo)"
PEOPLE = (
    ("jane.doe@example.org", "Jane Doe", Role.OWNER),
    ("john.roe@example.org", "John Roe", Role.ADMIN),
    ("mary.major@example.org", "Mary Major", Role.AUDITOR),
)
WORKSPACE_NAMES = ("Whole company", "Marketing", "Product team", "Head office", "Customer support")
# All that belongs to an organisation and may be deleted, what refers to something before it.
OF_A_DEMO: tuple[type[Model], ...] = (
    *(Job, Export, SavedView, DashboardFigures, OptOutRequest, Campaign, Workspace, OwnWording, FollowUpPolicy),
    *(NotificationChannel, InboundHook, PausedAddress, MailSettings, Invitation),
)
CAMPAIGN_WORKSPACES = ("Field sales", "Research", "Branch in Paris", "Branch in Vienna", "Trainees", "Works council")
RELATED = ("organisation", "workspace__vendor", "procedure__vendor", "version", "stream", "responsible")
EVIDENCE = b"Made up for the demo: the setting is off for everybody.\n"


class DemoRefused(Exception):
    """The demo cannot be made or deleted; says why."""


@dataclass(frozen=True)
class Demo:
    """A new demo: who can sign in to it, and how."""

    organisation: Organisation
    email: str
    password: str


def find_demo() -> Organisation | None:
    """Return the demo, if there is one."""
    return Organisation.objects.filter(slug=SLUG, is_demo=True).first()


def make_demo() -> Demo:
    """Return a new demo, filled through the same functions that people's changes go through.

    Raises DemoRefused when the catalogue is empty, or when a person or an organisation of the demo's name exists.
    """
    if not Vendor.objects.filter(organisation=None, retired_at=None).exists():
        raise DemoRefused("The catalogue is empty. Run: python manage.py load_catalogue")
    emails = [email for email, _name, _role in PEOPLE]
    if Organisation.objects.filter(slug=SLUG).exists() or User.objects.filter(email__in=emails).exists():
        raise DemoRefused(f"There is an organisation {SLUG!r} or an account {' or '.join(emails)} already.")
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        members = _organisation(password)
    organisation, plots = members[0].organisation, itertools.cycle(STORIES)
    try:  # not one transaction: letters are drawn and files are written on the way
        for vendor in _vendors():
            _fill(members, vendor, plots)
        _run_campaign(members[1])
        write_back(organisation)
    except BaseException:
        delete_demo(organisation)
        raise
    return Demo(organisation, emails[0], password)


def delete_demo(organisation: Organisation) -> None:
    """Delete all that can be deleted of a demo and hide the rest; its name is free for another one afterwards."""
    if not organisation.is_demo:
        raise DemoRefused("Only demo data can be deleted.")
    files = list(Evidence.objects.filter(request__organisation=organisation).values_list("file", flat=True))
    files += Export.objects.filter(organisation=organisation).exclude(path="").values_list("path", flat=True)
    with transaction.atomic():
        EventPersonalValue.objects.filter(event__stream__organisation=organisation).delete()
        InboundMail.objects.filter(organisation=organisation).update(duplicate_of=None)
        FollowUp.objects.filter(request__organisation=organisation).delete()
        InboundMail.objects.filter(organisation=organisation).delete()
        OutgoingMail.objects.filter(organisation=organisation).delete()
        Evidence.objects.filter(request__organisation=organisation).delete()
        Message.objects.filter(request__organisation=organisation).delete()
        Reminder.objects.filter(request__organisation=organisation).delete()
        for model in OF_A_DEMO:
            model._default_manager.filter(organisation=organisation).delete()
        people = [membership.user_id for membership in organisation.memberships.all()]
        organisation.memberships.all().delete()
        made_up = User.objects.filter(email__in=[email for email, _name, _role in PEOPLE], memberships=None)
        made_up.filter(pk__in=people).delete()
        organisation.name = "Deleted demo"
        organisation.slug = f"deleted-demo-{secrets.token_hex(6)}"
        organisation.save(update_fields=["name", "slug"])
        _record(organisation, Action.PERSONAL_DATA_ERASED)
    for name in files:
        default_storage.delete(name)


def _organisation(password: str) -> list[Membership]:
    organisation = Organisation.objects.create(
        name=NAME,
        slug=SLUG,
        postal_address="Musterstraße 1\n10115 Berlin\nGermany",
        country="DE",
        time_zone="Europe/Berlin",
        signatory_name=PEOPLE[0][1],
        signatory_role="Head of IT",
        signatory_email=PEOPLE[0][0],
        is_demo=True,
        setup_done=True,
    )
    members = []
    for email, name, role in PEOPLE:
        user = User.objects.create_user(email, password if role is Role.OWNER else None, name=name)
        members.append(Membership.objects.create(organisation=organisation, user=user, role=role))
    _record(organisation, Action.ORGANISATION_CREATED)
    return members


def _record(organisation: Organisation, action: Action) -> None:
    record_event(
        EventStream.of_organisation(organisation),
        action,
        actor="command",
        source=Source.COMMAND,
        subject=Subject.of(organisation),
        detail={"demo": True},
    )


def _vendors() -> list[Vendor]:
    """Return the vendors of the demo: the chosen ones that the catalogue has, then others."""
    vendors = list(Vendor.objects.filter(organisation=None, retired_at=None).order_by("slug"))
    order = {slug: number for number, slug in enumerate(VENDORS)}
    return sorted(vendors, key=lambda vendor: order.get(vendor.slug, len(order)))[:NUMBER_OF_VENDORS]


def _fill(members: list[Membership], vendor: Vendor, plots: Iterator[Story | None]) -> None:
    """Give the demo a workspace at the vendor, and each of its procedures a story."""
    owner, admin = members[:2]
    fields = {field.name: field for field in identifier_fields(vendor)}
    values = WorkspaceValues(
        name=WORKSPACE_NAMES[vendor.pk % len(WORKSPACE_NAMES)],
        plan="Business" if vendor.pk % 2 else "",
        identifiers={name: field.example for name, field in fields.items() if field.example},
        responsible=(owner.user, admin.user, None)[vendor.pk % 3],
    )
    workspace = register_workspace(owner, vendor, values, source=Source.COMMAND)
    for procedure in Procedure.objects.filter(vendor=vendor, retired_at=None).select_related("vendor"):
        story = next(plots)
        if story:
            _tell(admin, workspace, procedure, story)


def _run_campaign(member: Membership) -> None:
    """Give the demo more workspaces at one vendor, and a campaign that asked for all of them."""
    organisation = member.organisation
    procedures = Procedure.objects.filter(vendor__organisation=None, retired_at=None, channel="email")
    procedure = procedures.filter(vendor__workspaces__organisation=organisation).select_related("vendor").first()
    if procedure is None:
        return
    fields = {field.name: field.example for field in identifier_fields(procedure.vendor) if field.example}
    pairs = []
    for name in CAMPAIGN_WORKSPACES:
        values = WorkspaceValues(name=name, identifiers=fields, responsible=member.user)
        workspace = register_workspace(member, procedure.vendor, values, source=Source.COMMAND)
        pairs.append(Pair(workspace.pk, procedure.pk, ""))
    named = CampaignValues(f"{procedure.vendor.short_name}: all workspaces", "Decided by the privacy board.")
    job = start_campaign(member, Chosen(pairs), named, source=Source.COMMAND)
    run_job(job.pk, LONGEST_PASS)
    drafts = OptOutRequest.objects.filter(campaign=job.campaign_id).order_by("pk")
    for request, story in zip(drafts.select_related(*RELATED), CAMPAIGN_STORIES, strict=False):
        _go_on(member, request, story)
    _set_campaign_back(job)


def _set_campaign_back(job: Job) -> None:
    """Let the campaign be as old as its drafts."""
    noon = datetime.time(11, tzinfo=ZoneInfo(job.organisation.time_zone))
    moment = datetime.datetime.combine(_day(job.organisation, CAMPAIGN_STORIES[0].drafted), noon)
    Campaign.objects.filter(jobs=job).update(created_at=moment)
    Job.objects.filter(pk=job.pk).update(created_at=moment, ended_at=moment)


def _tell(member: Membership, workspace: Workspace, procedure: Procedure, story: Story) -> None:
    _go_on(member, start_request(member, workspace, procedure), story)


def _go_on(member: Membership, request: OptOutRequest, story: Story) -> None:
    """Let happen to the new draft what its story says."""
    _set_back(request, story.drafted, created=True)
    request = _save(member, request, _nothing(request) if story.values_missing else _missing(request))
    if story.note:
        add_note(member, request, story.note, source=Source.COMMAND)
    last = story.drafted
    if story.sent is not None:
        request, last = _send(member, request, story.sent), story.sent
    for step in story.steps:
        request, last = _take(member, request, step), step.days_ago
    _set_back(request, last)


def _save(member: Membership, request: OptOutRequest, values: dict[str, str]) -> OptOutRequest:
    return save_draft(
        member,
        request,
        values={**request.values, **values},
        subject=request.subject,
        body=request.body,
        ground=request.ground,
        locale=request.locale,
        edition=request.edition,
    )


def _nothing(request: OptOutRequest) -> dict[str, str]:
    """Return the procedure's own fields, emptied."""
    return {field.name: "" for field in snapshot_of(request).fields}


def _missing(request: OptOutRequest) -> dict[str, str]:
    """Return an example for each field without which the request could not be handed over."""
    examples = {field.name: field.example for field in fields_for(snapshot_of(request))}
    wanted = [problem.field for output in (None, "text") for problem in problems_of(request, output)]
    return {name: examples[name] or "Example" for name in wanted if name in examples}


def _send(member: Membership, request: OptOutRequest, days_ago: int) -> OptOutRequest:
    """Record that it was sent, in the first way that the request can go."""
    day = _day(request.organisation, days_ago)
    for how in hows_of(snapshot_of(request)):
        try:
            return submit_request(member, request, on=day, how=how)
        except HandOverRefused:
            continue
    raise DemoRefused(f"{request.procedure} cannot be handed over in the demo.")


def _take(member: Membership, request: OptOutRequest, step: Step) -> OptOutRequest:
    if step.outcome is Outcome.CONFIRMED and needs_evidence(request):
        add_evidence(member, request, SimpleUploadedFile("setting.txt", EVIDENCE), "The setting after it was changed")
    day = _day(request.organisation, step.days_ago)
    return move_request(member, request, step.status, step.outcome, step.note, on=day, source=Source.COMMAND)


def _day(organisation: Organisation, days_ago: int) -> datetime.date:
    return organisation.today() - datetime.timedelta(days=days_ago)


def _set_back(request: OptOutRequest, days_ago: int, *, created: bool = False) -> None:
    """Let the row be as old as its story; its events say when they were really written."""
    noon = datetime.time(12, tzinfo=ZoneInfo(request.organisation.time_zone))
    moment = min(datetime.datetime.combine(_day(request.organisation, days_ago), noon), timezone.now())
    request.updated_at = moment
    if created:
        request.created_at = moment
    request.save(update_fields=["updated_at", "created_at"])
