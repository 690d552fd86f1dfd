"""Doing one thing with many requests: choose, preview, do; and the jobs that come of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import access
from requests_app.models import ItemState, Job, JobKind, Membership
from requests_app.tracking.bulk import MOST, Selection, cancel_job, preview_of, progress_of, selected, start_job
from requests_app.tracking.bulk_acts import act_of
from requests_app.tracking.list_forms import ActForm, forms_for
from requests_app.tracking.lists import page_of
from requests_app.tracking.run_jobs import run_job

# What is done within this time is done when the next page appears; the clock does the rest.
AT_ONCE = 2.0


@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the page that asks what to do with the chosen requests; POST shows a preview first, then does it."""
    membership = access.admin(request, organisation)
    selection = selected(membership, request.GET)
    if not selection.count or selection.is_too_large:
        too_many = _("These are more than {n} requests. Narrow the list first.").format(n=MOST)
        messages.error(request, too_many if selection.count else _("Tick at least one request first."))
        return redirect("requests", organisation)
    kind = request.POST.get("act", "")
    forms = forms_for(membership.organisation, request.POST, kind)
    if request.method != "POST" or kind not in forms or not forms[kind].is_valid():
        context = {"selection": selection, "forms": forms.items(), "kinds": dict(JobKind.choices)}
        return render(request, "tracking/bulk.html", context, status=422 if kind in forms else 200)
    return _preview_or_do(request, membership, selection, forms[kind])


def _preview_or_do(request: HttpRequest, membership: Membership, selection: Selection, form: ActForm) -> HttpResponse:
    """Do what was previewed; where the list is not what it was then, show the preview again."""
    confirmed = request.POST.get("count")
    if confirmed == str(selection.count):
        job = start_job(membership, form.kind, form.wanted(), selection)
        run_job(job.pk, AT_ONCE)
        return redirect("job", membership.organisation.slug, job.pk)
    if confirmed:
        messages.warning(request, _("The list has changed meanwhile. Look at the new numbers."))
    act = act_of(membership.organisation, form.kind, form.wanted())
    context = {"selection": selection, "form": form, "act": form.kind, "preview": preview_of(act, selection)}
    return render(request, "tracking/bulk_preview.html", context)


@require_safe
def jobs(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the last jobs of the organisation."""
    membership = access.member(request, organisation)
    rows = Job.objects.filter(organisation=membership.organisation).select_related("started_by", "campaign")
    return render(request, "tracking/jobs.html", {"page": page_of(rows, request.GET.get("page"))})


@require_safe
def job(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return how far a job has come and what became of each request; with htmx the progress alone."""
    membership = access.member(request, organisation)
    found = access.job(membership, pk)
    counted = progress_of(found)
    context: dict[str, Any] = {
        "job": found,
        "done": counted[ItemState.DONE],
        "skipped": counted[ItemState.SKIPPED],
        "left": counted[ItemState.OPEN],
        "seen": found.total - counted[ItemState.OPEN],
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "tracking/job_progress.html", context)
    state = request.GET.get("state", "")
    items = found.items.filter(state=state) if state in ItemState.values else found.items.all()
    items = items.select_related(
        "request__workspace__vendor", "request__procedure", "workspace__vendor", "procedure"
    ).only(
        "state", "reason", "job", "request__reference", "request__workspace__name",
        "request__workspace__vendor__name", "request__procedure__title",
        "workspace__name", "workspace__vendor__name", "procedure__title",
    )  # fmt: skip
    context |= {"page": page_of(items.order_by("pk"), request.GET.get("page")), "state": state}
    return render(request, "tracking/job.html", context | {"states": ItemState.choices})


@require_POST
def cancel(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Stop a job; what it has done stays done."""
    membership = access.admin(request, organisation)
    found = access.job(membership, pk)
    if found.has_ended:
        messages.info(request, _("It had ended already."))
    else:
        cancel_job(found)
        run_job(found.pk, 0)
        messages.success(request, _("Cancelled. What was done stays done."))
    return redirect("job", organisation, pk)
