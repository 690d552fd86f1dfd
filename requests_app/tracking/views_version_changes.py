"""Requests that a change of the catalogue concerns, and what a person says about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.catalogue.difference import Difference
from requests_app.models import MoveRefused, OptOutRequest, ProcedureVersion
from requests_app.tracking.filters import whole_numbers
from requests_app.tracking.lists import page_of
from requests_app.tracking.version_changes import concerned, that_matter
from requests_app.tracking.version_reviews import ReviewRefused, keep_as_it_is, take_up_again


@dataclass(frozen=True)
class Change:
    """What changed in a procedure between two versions, and the requests of a page that this concerns."""

    before: int
    after: int
    differences: list[Difference]
    requests: list[OptOutRequest]

    @property
    def procedure(self) -> Any:
        """The procedure; retired where that is the change."""
        return self.requests[0].procedure


@require_safe
def version_changes(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the requests that changes concern, by procedure, with what changed."""
    membership = access.member(request, organisation)
    who = "mine" if request.GET.get("who") == "mine" else "all"
    rows = concerned(OptOutRequest.objects.filter(organisation=membership.organisation))
    if who == "mine":
        rows = rows.filter(responsible=membership.user)
    rows = rows.select_related("procedure__vendor", "workspace__vendor", "version", "responsible")
    rows = rows.defer("values", "body", "snapshot", "version__content", "procedure__search_text")
    page = page_of(rows.order_by("procedure", "version", "pk"), request.GET.get("page"))
    context = {"page": page, "changes": _changes(page.object_list), "who": who}
    return render(request, "tracking/version_changes.html", context)


def _changes(rows: Iterable[OptOutRequest]) -> list[Change]:
    """Return the rows by procedure and by the version that was last looked at; takes one query."""
    groups: dict[tuple[int, int, int], list[OptOutRequest]] = {}
    for row in rows:
        base = max(row.version.number, row.reviewed_version)
        groups.setdefault((row.procedure_id, base, row.changed_version or base), []).append(row)
    wanted = Q(pk=None)
    for procedure, before, after in groups:
        wanted |= Q(procedure=procedure, number__in=(before, after))
    versions = ProcedureVersion.objects.filter(wanted).values_list("procedure", "number", "content")
    contents = {(procedure, number): content for procedure, number, content in versions}
    return [
        Change(before, after, list(that_matter(contents[procedure, before], contents[procedure, after])), found)
        for (procedure, before, after), found in groups.items()
    ]


@require_POST
def review_change(request: HttpRequest, organisation: str) -> HttpResponse:
    """Record for each of the requests that were ticked that it is still right, or that it is taken up again."""
    membership = access.admin(request, organisation)
    act = take_up_again if request.POST.get("decision") == "act" else keep_as_it_is
    number = (whole_numbers([request.POST.get("version", "")]) or [0])[0]
    chosen = OptOutRequest.objects.filter(
        organisation=membership.organisation, pk__in=whole_numbers(request.POST.getlist("row"))
    )
    done = 0
    for row in chosen.order_by("pk"):
        try:
            act(membership, row, number)
        except (ReviewRefused, MoveRefused) as refusal:
            messages.error(request, f"{row}: {refusal}")
        else:
            done += 1
    if done:
        said = ngettext("Recorded for {n} request.", "Recorded for {n} requests.", done)
        messages.success(request, said.format(n=done))
    elif not chosen:
        messages.error(request, _("Tick at least one request."))
    return redirect("version_changes", organisation)
