"""The files that prove something about a request: added, replaced by newer ones, given out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import access
from requests_app.delivery.confirmation import confirmation_of
from requests_app.delivery.downloads import as_download
from requests_app.delivery.evidence import EvidenceRefused, add_all, supersede
from requests_app.delivery.file_kinds import told_type
from requests_app.delivery.forms import EvidenceForm, NewerEvidenceForm
from requests_app.models import Evidence, OptOutRequest


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_add(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the form that adds files to a request; POST keeps them."""
    membership = access.admin(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    form = EvidenceForm(*_brought(request))
    if request.method == "POST" and form.is_valid():
        try:
            kept = add_all(membership, opt_out_request, form.cleaned_data["upload"], form.cleaned_data["description"])
        except EvidenceRefused as refusal:
            form.add_error("upload", str(refusal))
        else:
            said = ngettext(
                "The file is kept with its SHA-256, and stands in the timeline.",
                "%(n)d files are kept with their SHA-256, and stand in the timeline.",
                len(kept),
            )
            messages.success(request, said % {"n": len(kept)})
            return redirect("request", organisation, pk)
    return _page(request, opt_out_request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_replace(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the form that puts a newer file in the place of one; POST keeps it, and the older one as well."""
    membership = access.admin(request, organisation)
    old = access.evidence(membership, pk)
    form = NewerEvidenceForm(*_brought(request), initial={"description": old.description})
    if request.method == "POST" and form.is_valid():
        try:
            supersede(membership, old, form.cleaned_data["upload"], form.cleaned_data["description"])
        except EvidenceRefused as refusal:
            form.add_error("upload", str(refusal))
        else:
            messages.success(request, _("The newer file is kept, and so is the one that it replaces."))
            return redirect("request", organisation, old.request_id)
    return _page(request, old.request, form, old)


def _brought(request: HttpRequest) -> tuple[Any, Any]:
    """Return what a form is bound to; nothing unless somebody sent it."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _page(
    request: HttpRequest, opt_out_request: OptOutRequest, form: forms.Form, old: Evidence | None = None
) -> HttpResponse:
    context = {
        "request_row": opt_out_request,
        "form": form,
        "old": old,
        "confirmation": confirmation_of(opt_out_request),
    }
    return render(request, "delivery/evidence.html", context, status=422 if form.is_bound else 200)


@require_safe
def evidence_file(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the file as a download."""
    evidence = access.evidence(access.member(request, organisation), pk)
    try:
        with evidence.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise Http404(_("The file is no longer where it was kept. Restore it from the backup.")) from error
    return as_download(HttpResponse(content), evidence.name, told_type(evidence.media_type))
