"""What can be drafted for workspaces: each procedure of their vendors, and why one is not open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from requests_app.access import visible_procedures
from requests_app.catalogue.words import CHANNELS, word
from requests_app.drafting.requests import start_request
from requests_app.models import Membership, OptOutRequest, Organisation, Outcome, Procedure, Status, Workspace


@dataclass(frozen=True)
class Choice:
    """One procedure for one workspace; `reason` says why no request is drafted, and is empty where one can be."""

    workspace: Workspace
    procedure: Procedure
    request: OptOutRequest | None
    reason: str

    @property
    def key(self) -> str:
        """How a form names the choice."""
        return f"{self.workspace.pk}-{self.procedure.pk}"

    @property
    def channel(self) -> str:
        return word(CHANNELS, self.procedure.channel)


def choices_for(organisation: Organisation, workspaces: Sequence[Workspace]) -> list[Choice]:
    """Return every procedure for each workspace, in order; three queries, however many there are."""
    vendors = {workspace.vendor_id for workspace in workspaces}
    procedures = list(visible_procedures(organisation).filter(vendor__in=vendors))
    requests = _latest(OptOutRequest.objects.filter(organisation=organisation, workspace__in=workspaces))
    return [
        Choice(workspace, procedure, found, _reason(workspace, procedure, found))
        for workspace in workspaces
        for procedure in procedures
        if procedure.vendor_id == workspace.vendor_id
        for found in [requests.get((workspace.pk, procedure.pk))]
    ]


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


def _latest(requests: Iterable[OptOutRequest]) -> dict[tuple[int, int], OptOutRequest]:
    """Return the request that counts for each workspace and procedure: an open or a confirmed one before others."""
    found: dict[tuple[int, int], OptOutRequest] = {}
    for request in sorted(requests, key=lambda row: (_stands(row), row.pk)):
        found[request.workspace_id, request.procedure_id] = request
    return found


def _stands(request: OptOutRequest) -> bool:
    return request.status != Status.CLOSED or request.outcome == Outcome.CONFIRMED


def _reason(workspace: Workspace, procedure: Procedure, request: OptOutRequest | None) -> str:
    if workspace.retired_at:
        return _("The workspace is retired.")
    if procedure.retired_at:
        return _("The procedure is retired from the catalogue.")
    if request and request.status == Status.DRAFT:
        return _("A draft exists.")
    if request and request.status != Status.CLOSED:
        return _("In progress: {reference}.").format(reference=request)
    if request and request.outcome == Outcome.CONFIRMED:
        return _("Confirmed: {reference}.").format(reference=request)
    return ""
