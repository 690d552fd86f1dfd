"""The list of requests, and the page of one."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from requests_app import access
from requests_app.catalogue import words
from requests_app.delivery.confirmation import confirmation_of
from requests_app.delivery.forms import EvidenceForm
from requests_app.delivery.standing import standing_of
from requests_app.intake.incoming import incoming_of
from requests_app.models import Campaign, Membership, OptOutRequest, Outcome, Status, Workspace
from requests_app.tracking import lists
from requests_app.tracking.clock_forms import forms_of_clock
from requests_app.tracking.due_now import due_of
from requests_app.tracking.filters import Filters
from requests_app.tracking.forms import AssignForm, MoveForm, NoteForm
from requests_app.tracking.needs import NEEDS
from requests_app.tracking.request_facts import facts_of
from requests_app.tracking.saved_views import views_of
from requests_app.tracking.timeline import timeline_of

SORTS = [
    ("new", gettext_lazy("Newest first")),
    ("old", gettext_lazy("Oldest first")),
    ("changed", gettext_lazy("Last changed first")),
    ("due", gettext_lazy("Answer due first")),
]


@require_safe
def requests(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return a page of the organisation's requests, as the URL narrows and sorts them."""
    membership = access.member(request, organisation)
    filters = Filters(request.GET.dict(), membership.user_id)
    views = list(views_of(membership))
    campaign = lists.named(Campaign, filters.key("campaign"), membership.organisation)
    context = {
        "page": lists.request_page(membership.organisation, filters),
        "filters": filters,
        "choices": _choices(membership, filters),
        "more_choices": _more_choices(membership, filters, campaign),
        "views": views,
        "shown_view": next((view for view in views if view.query == filters.query), None),
        "campaign": campaign,
        "workspace": lists.named(Workspace, filters.key("workspace"), membership.organisation),
        "today": membership.organisation.today(),
    }
    return render(request, "tracking/requests.html", context)


def _choices(membership: Membership, filters: Filters) -> list[lists.Choice]:
    responsible = [("me", _("Me")), ("nobody", _("Nobody")), *lists.people(membership.organisation)]
    return [
        lists.choice(filters, "needs", _("Needs"), list(NEEDS.items())),
        lists.choice(filters, "status", _("Status"), list(Status.choices)),
        lists.choice(filters, "vendor", _("Vendor"), lists.vendors_in_use(membership.organisation)),
        lists.choice(filters, "responsible", _("Responsible"), responsible),
        lists.choice(filters, "sort", _("Order"), SORTS),
    ]


def _more_choices(membership: Membership, filters: Filters, campaign: Campaign | None) -> list[lists.Choice]:
    """Return the filters that stand folded away until one of them is set."""
    campaigns = lists.campaigns(membership.organisation, campaign)
    return [
        *([lists.choice(filters, "campaign", _("Campaign"), campaigns)] if campaigns else []),
        lists.choice(filters, "outcome", _("Outcome"), list(Outcome.choices)),
        lists.choice(filters, "channel", _("Channel"), list(words.CHANNELS.items())),
        lists.choice(filters, "answer", _("Answer"), [("overdue", _("Overdue"))]),
        lists.choice(filters, "snoozed", _("Put off"), [("yes", _("Put off")), ("no", _("Not put off"))]),
    ]


@require_safe
def opt_out_request(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page of one request: what it is, where it stands, what happened."""
    membership = access.member(request, organisation)
    return page_of_request(request, membership, access.opt_out_request(membership, pk))


def page_of_request(
    request: HttpRequest,
    membership: Membership,
    found: OptOutRequest,
    form: forms.Form | None = None,
) -> HttpResponse:
    """Return the page of the request; a form that was refused stands in it as it was typed, with status 422."""
    context = {
        "opt_out_request": found,
        "facts": facts_of(found),
        "messages_kept": found.messages.defer("raw").select_related("recorded_by"),
        "standing": standing_of(found, membership),
        "evidence": found.evidence.select_related("added_by", "superseded_by"),
        "confirmation": confirmation_of(found),
        "timeline": timeline_of(found.stream, ZoneInfo(membership.organisation.time_zone), incoming_of(found)),
        **_forms(membership, found, form),
        **due_of(membership, found, form),
    }
    return render(request, "tracking/request.html", context, status=422 if form else 200)


def _forms(membership: Membership, found: OptOutRequest, refused: forms.Form | None) -> dict[str, Any]:
    if not membership.can_edit:
        return {}
    made: list[forms.Form] = [
        MoveForm(opt_out_request=found),
        NoteForm(auto_id="note-%s"),
        AssignForm(
            organisation=membership.organisation, initial={"responsible": found.responsible_id}, auto_id="assign-%s"
        ),
        EvidenceForm(auto_id="evidence-%s"),
    ]
    kept = [refused if isinstance(refused, type(form)) else form for form in made]
    names = ("move_form", "note_form", "assign_form", "evidence_form")
    return dict(zip(names, kept, strict=True)) | forms_of_clock(found, refused)
