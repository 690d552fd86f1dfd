"""The list of requests as a file: asked for, watched, taken."""

from pathlib import Path

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.delivery.downloads import as_download
from requests_app.models import Export, ExportFormat
from requests_app.records.export_files import MEDIA_TYPES
from requests_app.records.export_rows import filters_of
from requests_app.records.exports import cancel_export, is_short, run_export, start_export
from requests_app.records.pack_order import PackRefused
from requests_app.records.pack_words import chosen_by
from requests_app.tracking.lists import page_of
from requests_app.tracking.saved_views import normalised


@require_POST
def export_requests(request: HttpRequest, organisation: str) -> HttpResponseBase:
    """Return the list as a file where it is short; else have the clock write it, and show how far it has come."""
    membership = access.member(request, organisation)
    wanted = request.POST.get("format", "")
    if wanted not in ExportFormat.values:
        messages.error(request, _("Choose a format first: CSV, Excel, JSON or an evidence pack."))
        return redirect("requests", organisation)
    query = request.POST.get("query", "")[:2000]
    try:
        export = start_export(membership, ExportFormat(wanted), query)
    except PackRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(reverse("requests", args=[organisation]) + f"?{normalised(query, membership.user_id)}")
    if is_short(export) and run_export(export.pk):
        return _file_of(access.export(membership, export.pk))
    return redirect("export", organisation, export.pk)


@require_safe
def exports(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the last exports of the organisation."""
    membership = access.member(request, organisation)
    rows = Export.objects.filter(organisation=membership.organisation).select_related("started_by")
    return render(request, "records/exports.html", {"page": page_of(rows, request.GET.get("page"))})


@require_safe
def export(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return of what an export is, how far it has come, and its file once it is there; with htmx the progress alone."""
    membership = access.member(request, organisation)
    found = access.export(membership, pk)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "records/export_progress.html", {"export": found})
    filters = filters_of(found)
    chosen = [] if filters.unreadable else chosen_by(membership.organisation, filters)
    return render(request, "records/export.html", {"export": found, "chosen": chosen})


@require_safe
def export_file(request: HttpRequest, organisation: str, pk: int) -> HttpResponseBase:
    """Return the file as a download."""
    return _file_of(access.export(access.member(request, organisation), pk))


@require_POST
def cancel(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Stop an export."""
    found = access.export(access.member(request, organisation), pk)
    if found.has_ended:
        messages.info(request, _("It had ended already."))
    else:
        cancel_export(found)
        messages.success(request, _("Cancelled. No file is kept."))
    return redirect("export", organisation, pk)


def _file_of(export: Export) -> HttpResponseBase:
    path = Path(default_storage.path(export.path)) if export.path else None
    if path is None or not path.is_file():
        raise Http404(_("There is no file any more. Export the list again."))
    return as_download(FileResponse(path.open("rb")), export.file_name, MEDIA_TYPES[ExportFormat(export.format)])
