"""The drafts of a campaign, one at a time: what a job does for each workspace and procedure."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from requests_app.access import visible_procedures
from requests_app.drafting.choices import choice_of
from requests_app.drafting.draft import GroundRefused
from requests_app.drafting.requests import DraftRefused, start_request
from requests_app.models import Campaign, Job, Membership, MoveRefused, OptOutRequest, Procedure, User, Workspace
from requests_app.tracking.forms import members_of


@dataclass(frozen=True)
class Drafting:
    """What the drafts of a campaign have in common; an empty ground or language is the usual one."""

    campaign: Campaign
    ground: str
    locale: str
    responsible: User | None


def drafting_of(job: Job) -> Drafting:
    """Return what the job wants. Raises MoveRefused when the person it names has left the organisation."""
    if job.campaign is None:
        raise ValueError(f"{job} drafts for no campaign")
    person, responsible = job.wanted.get("responsible"), None
    if person is not None:
        responsible = members_of(job.organisation).filter(pk=person).first()
        if responsible is None:
            raise MoveRefused(_("The person who was to be responsible has left the organisation."))
    return Drafting(job.campaign, job.wanted.get("ground", ""), job.wanted.get("locale", ""), responsible)


def draft_one(
    membership: Membership, drafting: Drafting, workspace: Workspace, procedure: Procedure | None
) -> OptOutRequest:
    """Return the new draft; the workspace is locked, so that what is open stays so meanwhile.

    Raises DraftRefused where nothing is open any more. A ground that does not fit gives way to the one that does.
    """
    visible = visible_procedures(membership.organisation)
    known = visible.filter(pk=procedure.pk).first() if procedure else None
    if known is None:
        raise DraftRefused(_("The procedure is not in your catalogue any more."))
    reason = choice_of(workspace, known).reason
    if reason:
        raise DraftRefused(reason)
    try:
        return _start(membership, drafting, workspace, known, drafting.ground)
    except GroundRefused:
        return _start(membership, drafting, workspace, known, "")


def _start(
    membership: Membership, drafting: Drafting, workspace: Workspace, procedure: Procedure, ground: str
) -> OptOutRequest:
    return start_request(
        membership,
        workspace,
        procedure,
        locale=drafting.locale or None,
        ground=ground or None,
        campaign=drafting.campaign,
        responsible=drafting.responsible,
    )
