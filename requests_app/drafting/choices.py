"""What can be drafted for workspaces: each procedure of their vendors, and why one is not open."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from requests_app.access import visible_procedures
from requests_app.drafting.gaps import Gap, State, gaps_of
from requests_app.drafting.requests import start_request
from requests_app.models import Membership, OptOutRequest, Organisation, Procedure, Status, Workspace


@dataclass(frozen=True)
class Choice:
    """One procedure for one workspace; `reason` says why no request is drafted, and is empty where one can be."""

    workspace: Workspace
    gap: Gap
    reason: str

    @property
    def key(self) -> str:
        """How a form names the choice."""
        return f"{self.workspace.pk}-{self.procedure.pk}"

    @property
    def procedure(self) -> Procedure:
        return self.gap.procedure

    @property
    def request(self) -> OptOutRequest | None:
        return self.gap.request

    @property
    def is_open(self) -> bool:
        """Whether it belongs to everything open: what only can be confirmed in writing is drafted on its own."""
        return not self.reason and self.gap.state is State.OPEN


def choices_for(organisation: Organisation, workspaces: Sequence[Workspace]) -> list[Choice]:
    """Return every procedure for each workspace, in order; three queries, however many there are."""
    vendors = {workspace.vendor_id for workspace in workspaces}
    procedures = list(visible_procedures(organisation).filter(vendor__in=vendors))
    requests = list(OptOutRequest.objects.filter(organisation=organisation, workspace__in=workspaces))
    choices = []
    for workspace in workspaces:
        of_vendor = [procedure for procedure in procedures if procedure.vendor_id == workspace.vendor_id]
        mine = [request for request in requests if request.workspace_id == workspace.pk]
        choices += [Choice(workspace, gap, _reason(workspace, gap)) for gap in gaps_of(of_vendor, mine)]
    return choices


def choice_of(workspace: Workspace, procedure: Procedure) -> Choice:
    """Return the one procedure for the one workspace; takes one query."""
    requests = OptOutRequest.objects.filter(workspace=workspace, procedure=procedure).only(
        "reference", "status", "outcome", "procedure_id"
    )
    gap = gaps_of([procedure], list(requests))[0]
    return Choice(workspace, gap, _reason(workspace, gap))


def start_chosen(membership: Membership, workspaces: Sequence[Workspace], chosen: set[str]) -> list[OptOutRequest]:
    """Draft what was chosen and is still open, and return the drafts: all of them, or an error and none.

    The rows of the workspaces stay locked meanwhile, so that a second click drafts nothing twice.
    """
    with transaction.atomic():
        keys = [workspace.pk for workspace in workspaces]
        locked = Workspace.objects.select_for_update(of=("self",)).select_related("vendor", "responsible")
        return [
            start_request(membership, choice.workspace, choice.procedure)
            for choice in choices_for(membership.organisation, list(locked.filter(pk__in=keys)))
            if choice.key in chosen and not choice.reason
        ]


def _reason(workspace: Workspace, gap: Gap) -> str:
    if workspace.retired_at:
        return _("The workspace is retired.")
    if gap.procedure.retired_at:
        return _("The procedure is retired from the catalogue.")
    if gap.can_be_drafted:
        return ""
    if gap.request is None:
        return _("The vendor offers no opt-out.")
    if gap.request.status == Status.DRAFT:
        return _("A draft exists.")
    text = _("In progress: {reference}.") if gap.state is State.IN_PROGRESS else _("Done: {reference}.")
    return text.format(reference=gap.request)
