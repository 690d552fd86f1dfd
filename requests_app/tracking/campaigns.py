"""Campaigns: started, renamed. Each is a name, a job that drafts, and the requests that come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import (
    Action,
    Campaign,
    EventStream,
    Job,
    JobItem,
    JobKind,
    Membership,
    Organisation,
    Source,
    Subject,
    User,
    record_event,
)
from requests_app.tracking.campaign_choice import Chosen

# What a person typed freely may name people, so it stands outside the chain and can be erased.
TEXTS = ("name", "note")


class CampaignRefused(ValueError):
    """A campaign that cannot be started or changed; says why."""


@dataclass(frozen=True)
class CampaignValues:
    """What a person says about a new campaign; without a ground, language or person, the usual ones hold."""

    name: str
    note: str = ""
    ground: str = ""
    locale: str = ""
    responsible: User | None = None


def start_campaign(
    membership: Membership, chosen: Chosen, values: CampaignValues, *, source: Source = Source.WEB
) -> Job:
    """Return the job that drafts; nothing is drafted yet. What will be left has its row, too.

    Raises CampaignRefused where nothing that was chosen is open, and when there is a campaign of that name.
    """
    if not chosen.doable:
        raise CampaignRefused(_("Nothing that was chosen is open. Choose other opt-outs."))
    now, organisation = timezone.now(), membership.organisation
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                organisation=organisation,
                name=values.name,
                note=values.note,
                created_by=membership.user,
                created_at=now,
            )
            job = _job(membership, campaign, chosen, values)
            detail = {"chosen": len(chosen.pairs), "open": chosen.doable}
            _record(membership, campaign, Action.CAMPAIGN_STARTED, detail, TEXTS, source)
    except IntegrityError as error:
        _refuse_taken(organisation, values.name, error)
        raise
    return job


def change_campaign(membership: Membership, campaign: Campaign, *, name: str, note: str) -> Campaign:
    """Save name and note and return the campaign; when nothing differs, nothing is written.

    Raises CampaignRefused when there is another campaign of that name.
    """
    new = {"name": name, "note": note}
    try:
        with transaction.atomic():
            current = Campaign.objects.select_for_update(of=("self",)).select_related("organisation")
            locked = current.get(pk=campaign.pk)
            changed = [field for field in TEXTS if getattr(locked, field) != new[field]]
            for field in changed:
                setattr(locked, field, new[field])
            if changed:
                locked.save(update_fields=changed)
                _record(membership, locked, Action.CAMPAIGN_CHANGED, {"changed": changed}, changed)
    except IntegrityError as error:
        _refuse_taken(membership.organisation, name, error, besides=campaign.pk)
        raise
    return locked


def default_name(organisation: Organisation, chosen: Chosen) -> str:
    """Return a name that is free: the vendor where there is one alone, and the day."""
    vendors = list(chosen.vendor_names)
    subject = vendors[0] if len(vendors) == 1 else _("Several vendors")
    wanted = f"{subject[:60]}, {organisation.today().isoformat()}"
    taken = set(
        Campaign.objects.filter(organisation=organisation, name__startswith=wanted).values_list("name", flat=True)
    )
    numbered = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def _job(membership: Membership, campaign: Campaign, chosen: Chosen, values: CampaignValues) -> Job:
    job = Job.objects.create(
        organisation=membership.organisation,
        kind=JobKind.DRAFT,
        campaign=campaign,
        wanted={
            "ground": values.ground,
            "locale": values.locale,
            "responsible": values.responsible and values.responsible.pk,
        },
        started_by=membership.user,
        created_at=campaign.created_at,
        total=len(chosen.pairs),
    )
    items = [JobItem(job=job, workspace_id=pair.workspace, procedure_id=pair.procedure) for pair in chosen.pairs]
    JobItem.objects.bulk_create(items, batch_size=1000)
    return job


def _refuse_taken(organisation: Organisation, name: str, error: IntegrityError, *, besides: int = 0) -> None:
    """Raise CampaignRefused where the name is what the database did not want twice."""
    if Campaign.objects.filter(organisation=organisation, name=name).exclude(pk=besides).exists():
        taken = _("There is a campaign “{name}” already. Choose another name, or look at that one first.")
        raise CampaignRefused(taken.format(name=name)) from error


def _record(
    membership: Membership,
    campaign: Campaign,
    action: Action,
    detail: Mapping[str, Any],
    texts: Any,
    source: Source = Source.WEB,
) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        action,
        actor=membership.actor,
        source=source,
        subject=Subject.of(campaign),
        detail=detail,
        personal={name: text for name in texts if (text := getattr(campaign, name))},
    )
