"""Pages about campaigns: the list, starting one, one of them, and its name and note."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import access
from requests_app.models import Campaign, ItemState, Membership
from requests_app.tracking.bulk import progress_of
from requests_app.tracking.campaign_choice import MOST, Chosen, chosen_by
from requests_app.tracking.campaign_figures import figures_of, readiness_of
from requests_app.tracking.campaign_forms import CampaignForm, NewCampaignForm
from requests_app.tracking.campaigns import CampaignRefused, change_campaign, default_name, start_campaign
from requests_app.tracking.lists import page_of
from requests_app.tracking.run_jobs import run_job

# What is drafted within this time is there when the next page appears; the clock does the rest.
AT_ONCE = 2.0


@require_safe
def campaigns(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the organisation's campaigns, the last first, each with how far it is."""
    membership = access.member(request, organisation)
    rows = Campaign.objects.filter(organisation=membership.organisation).select_related("created_by")
    page = page_of(rows, request.GET.get("page"))
    found = figures_of(page.object_list)
    shown = [(campaign, found[campaign.pk]) for campaign in page.object_list]
    return render(request, "tracking/campaigns.html", {"page": page, "rows": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return what would be drafted for the chosen opt-outs, with a form; POST starts it."""
    membership = access.admin(request, organisation)
    chosen = chosen_by(membership, request.GET)
    if not chosen.pairs or chosen.is_too_large:
        messages.error(request, _why_none(request, chosen))
        return redirect("gaps", organisation)
    posted = request.POST if request.method == "POST" else None
    name = default_name(membership.organisation, chosen) if posted is None else ""
    form = NewCampaignForm(posted, organisation=membership.organisation, initial={"name": name})
    if posted is not None and form.is_valid() and (started := _start(request, membership, chosen, form)):
        return started
    context = {"chosen": chosen, "planned": chosen.planned(), "reasons": chosen.reasons(), "form": form}
    return render(request, "tracking/new_campaign.html", context, status=422 if form.errors else 200)


def _why_none(request: HttpRequest, chosen: Chosen) -> str:
    if chosen.pairs:
        return _("These are more than {n} opt-outs. Narrow the list first.").format(n=MOST)
    return _("Nothing is open there.") if request.GET.get("all") else _("Tick at least one opt-out first.")


def _start(request: HttpRequest, membership: Membership, chosen: Chosen, form: NewCampaignForm) -> HttpResponse | None:
    """Start what was previewed and lead to it; None, with the reason on the page, where that is not to be."""
    if request.POST.get("count") != str(chosen.doable):
        messages.warning(request, _("The list has changed meanwhile. Look at the new numbers."))
        return None
    try:
        job = start_campaign(membership, chosen, form.values())
    except CampaignRefused as refusal:
        form.add_error("name", str(refusal))
        return None
    run_job(job.pk, AT_ONCE)
    return redirect("campaign", membership.organisation.slug, job.campaign_id)


@require_safe
def campaign(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return one campaign: where its requests stand, what its drafts lack, and what can be done next."""
    membership = access.member(request, organisation)
    found = access.campaign(membership, pk)
    figures = figures_of([found])[found.pk]
    context = {
        "campaign": found,
        "figures": figures,
        "readiness": readiness_of(found) if figures.drafts else None,
    }
    return render(request, "tracking/campaign.html", context | _job_of(found))


def _job_of(campaign: Campaign) -> dict[str, Any]:
    """Return the job that drafts, as its progress shows it."""
    job = campaign.jobs.select_related("started_by").order_by("-pk").first()
    if job is None:
        return {}
    counted = progress_of(job)
    return {
        "job": job,
        "done": counted[ItemState.DONE],
        "skipped": counted[ItemState.SKIPPED],
        "left": counted[ItemState.OPEN],
        "seen": job.total - counted[ItemState.OPEN],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit_campaign(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Change the name and the note of a campaign."""
    membership = access.admin(request, organisation)
    found = access.campaign(membership, pk)
    posted = request.POST if request.method == "POST" else None
    form = CampaignForm(posted, initial={"name": found.name, "note": found.note})
    if posted is not None and form.is_valid():
        try:
            change_campaign(membership, found, **form.cleaned_data)
        except CampaignRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("campaign", organisation, pk)
    context = {"campaign": found, "form": form}
    return render(request, "tracking/campaign_form.html", context, status=422 if form.errors else 200)
