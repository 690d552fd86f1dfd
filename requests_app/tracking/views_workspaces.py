"""Pages about workspaces: the list, the gap list, one workspace, and the forms that change one."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import access
from requests_app.catalogue import words
from requests_app.drafting.gaps import State
from requests_app.models import Membership, Vendor, Workspace
from requests_app.tracking import lists
from requests_app.tracking.campaign_choice import query_of
from requests_app.tracking.coverage import counts, gaps_of_workspace
from requests_app.tracking.filters import Filters
from requests_app.tracking.forms import WorkspaceForm
from requests_app.tracking.identifiers import identifier_fields
from requests_app.tracking.workspace_changes import (
    change_workspace,
    register_workspace,
    restore_workspace,
    retire_workspace,
)

VENDORS_SHOWN = 30
STATES = [
    (State.OPEN.value, gettext_lazy("Something open")),
    (State.IN_PROGRESS.value, gettext_lazy("Something in progress")),
    (State.DONE.value, gettext_lazy("Something done")),
    ("retired", gettext_lazy("Retired")),
]


@require_safe
def workspaces(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the list of what the organisation runs, with how far each workspace is."""
    membership = access.member(request, organisation)
    filters = Filters(request.GET.dict())
    page = lists.page_of(lists.workspaces_for(membership.organisation, filters), request.GET.get("page"))
    found = counts(membership.organisation, [workspace.pk for workspace in page])
    choices = [*_choices(membership, filters), lists.choice(filters, "state", _("Opt-outs"), STATES)]
    rows = [(workspace, found[workspace.pk]) for workspace in page]
    context = {"page": page, "rows": rows, "filters": filters, "choices": choices}
    return render(request, "tracking/workspaces.html", context)


@require_safe
def gaps(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return every opt-out of every workspace that is open, or in the state asked for."""
    membership = access.member(request, organisation)
    filters = Filters(request.GET.dict())
    states = lists.choice(filters, "state", _("State"), [(state.value, state.label) for state in State])
    channels = lists.choice(filters, "channel", _("Channel"), list(words.CHANNELS.items()))
    choices = [*_choices(membership, filters), channels, states]
    context = {
        "page": lists.gap_page(membership.organisation, filters),
        "filters": filters,
        "choices": choices,
        "query": query_of(filters.given),
        "can_start": membership.can_edit and filters.word("state", State.values) not in (State.IN_PROGRESS, State.DONE),
    }
    return render(request, "tracking/gaps.html", context)


@require_safe
def workspace(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return one workspace: each opt-out that exists for it and where it stands."""
    membership = access.member(request, organisation)
    found = access.workspace(membership, pk)
    gap_list = gaps_of_workspace(found)
    given = [(field, found.identifiers.get(field.name, "")) for field in identifier_fields(found.vendor)]
    context = {
        "workspace": found,
        "gaps": gap_list,
        "open_count": sum(gap.state is State.OPEN for gap in gap_list),
        "done_count": sum(gap.state is State.DONE for gap in gap_list),
        "identifiers": given,
    }
    return render(request, "tracking/workspace.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_workspace(request: HttpRequest, organisation: str) -> HttpResponse:
    """Let the person choose a vendor, then register a workspace there."""
    membership = access.admin(request, organisation)
    vendor_key = Filters(request.GET.dict()).key("vendor")
    if vendor_key is None:
        return _choose_vendor(request, membership)
    vendor = access.vendor(membership, vendor_key)
    form = _form(request, membership, vendor, Workspace(responsible=membership.user))
    if form.is_valid():
        try:
            added = register_workspace(membership, vendor, form.values())
        except IntegrityError:  # a colleague was a moment faster
            form.add_error("name", form.name_taken())
        else:
            messages.success(
                request, _("{workspace} is added. What is open for it stands below.").format(workspace=added)
            )
            return redirect("workspace", organisation, added.pk)
    return render(request, "tracking/workspace_form.html", {"form": form, "vendor": vendor})


def _choose_vendor(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Return the vendors that the typed text finds; htmx asks for the list alone."""
    search = Filters(request.GET.dict()).search
    vendors = access.visible_vendors(membership.organisation).filter(retired_at=None).order_by("name")
    if search:
        vendors = vendors.filter(search_text__contains=search.casefold())
    found = list(vendors[: VENDORS_SHOWN + 1])
    template = "tracking/vendor_choices.html" if request.htmx else "tracking/choose_vendor.html"  # type: ignore[attr-defined]
    context = {"vendors": found[:VENDORS_SHOWN], "more": len(found) > VENDORS_SHOWN, "search": search}
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_workspace(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Change what is known about a workspace."""
    membership = access.admin(request, organisation)
    found = access.workspace(membership, pk)
    form = _form(request, membership, found.vendor, found)
    if form.is_valid():
        try:
            change_workspace(membership, found, form.values())
        except IntegrityError:
            form.add_error("name", form.name_taken())
        else:
            messages.success(request, _("Saved."))
            return redirect("workspace", organisation, pk)
    context = {"form": form, "vendor": found.vendor, "workspace": access.workspace(membership, pk)}
    return render(request, "tracking/workspace_form.html", context)


@require_POST
def retire(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Take a workspace out of use, or back into use."""
    membership = access.admin(request, organisation)
    found = access.workspace(membership, pk)
    if "restore" in request.POST:
        restore_workspace(membership, found)
        messages.success(request, _("{workspace} is in use again.").format(workspace=found))
    else:
        retire_workspace(membership, found)
        messages.success(
            request, _("{workspace} is retired. Its requests and history are kept.").format(workspace=found)
        )
    return redirect("workspace", organisation, pk)


def _form(request: HttpRequest, membership: Membership, vendor: Vendor, instance: Workspace) -> WorkspaceForm:
    return WorkspaceForm(
        request.POST if request.method == "POST" else None,
        instance=instance,
        organisation=membership.organisation,
        vendor=vendor,
        declared=identifier_fields(vendor),
    )


def _choices(membership: Membership, filters: Filters) -> list[lists.Choice]:
    organisation = membership.organisation
    return [
        lists.choice(filters, "vendor", _("Vendor"), lists.vendors_in_use(organisation)),
        lists.choice(filters, "responsible", _("Responsible"), lists.people(organisation)),
    ]
