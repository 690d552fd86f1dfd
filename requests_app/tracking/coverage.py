"""The same question as gaps.py, asked of the database: for one workspace, and for all of them at once."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When

from requests_app.access import visible_procedures
from requests_app.drafting.gaps import DONE_OUTCOMES, NO_OPT_OUT, STATEMENT, Gap, State, gaps_of
from requests_app.models import OptOutRequest, Organisation, Outcome, Procedure, Workspace

COLUMNS = ("pk", "reference", "status", "outcome", "procedure_id", "workspace_id", "closed_on", "submitted_on")


def gaps_of_workspace(workspace: Workspace) -> list[Gap]:
    """Return every opt-out that exists for the workspace's vendor and where it stands; open ones first."""
    procedures = Procedure.objects.filter(vendor=workspace.vendor_id, retired_at=None).defer("search_text")
    requests = OptOutRequest.objects.filter(workspace=workspace).only(*COLUMNS)
    order = list(State)
    return sorted(gaps_of(procedures, list(requests)), key=lambda gap: order.index(gap.state))


def pairs(organisation: Organisation) -> QuerySet[Any]:
    """Return each live procedure once for each workspace it applies to, with workspace_pk and state.

    Nothing is fetched for all of them: filter, count and slice what is returned.
    """
    counting = OptOutRequest.objects.filter(workspace=OuterRef("workspace_pk"), procedure=OuterRef("pk")).exclude(
        outcome=Outcome.WITHDRAWN
    )
    return (
        visible_procedures(organisation)
        .filter(retired_at=None, vendor__workspaces__organisation=organisation, vendor__workspaces__retired_at=None)
        .annotate(workspace_pk=F("vendor__workspaces__pk"))
        .annotate(
            # Only a closed request has an outcome, so the outcome alone tells where the last one stands.
            last_outcome=Subquery(counting.order_by("-pk").values("outcome")[:1]),
        )
        .annotate(
            state=Case(
                When(last_outcome="", then=Value(State.IN_PROGRESS)),
                When(last_outcome__in=[outcome.value for outcome in DONE_OUTCOMES], then=Value(State.DONE)),
                When(Q(default_state=NO_OPT_OUT) | Q(channel=STATEMENT), then=Value(State.CANNOT)),
                default=Value(State.OPEN),
                output_field=CharField(),
            )
        )
    )


def counts(organisation: Organisation, workspaces: Iterable[int]) -> dict[int, Counter[str]]:
    """Return how many opt-outs of each of these workspaces are in each state."""
    found: dict[int, Counter[str]] = {pk: Counter() for pk in workspaces}
    rows = pairs(organisation).filter(workspace_pk__in=list(found)).order_by()
    for workspace, state, number in rows.values_list("workspace_pk", "state").annotate(Count("pk")):
        found[workspace][state] = number
    return found
