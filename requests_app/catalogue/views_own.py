"""The pages on which an organisation adds and changes vendors and procedures of its own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.catalogue import own
from requests_app.catalogue.procedure_editor import ProcedureEditor
from requests_app.catalogue.vendor_editor import VendorEditor
from requests_app.models import Membership, Procedure, Vendor


@require_http_methods(["GET", "HEAD", "POST"])
def new_vendor(request: HttpRequest, organisation: str) -> HttpResponse:
    """Add a vendor that only this organisation sees."""
    return _edit_vendor(request, access.admin(request, organisation), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_vendor(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Change such a vendor."""
    membership = access.admin(request, organisation)
    return _edit_vendor(request, membership, access.own_vendor(membership, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def new_procedure(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Add a procedure to a vendor of the organisation's own."""
    membership = access.admin(request, organisation)
    return _edit_procedure(request, membership, access.own_vendor(membership, pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_procedure(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Change such a procedure, which makes a new version of it."""
    membership = access.admin(request, organisation)
    known = access.own_procedure(membership, pk)
    return _edit_procedure(request, membership, known.vendor, known)


@require_POST
def retire_procedure(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Take such a procedure out of the catalogue; its versions and requests stay."""
    membership = access.admin(request, organisation)
    known = access.own_procedure(membership, pk)
    own.retire_own_procedure(membership, known)
    messages.success(request, _("The procedure is retired. Saving it again brings it back."))
    return redirect("procedure", organisation, known.pk)


def _edit_vendor(request: HttpRequest, membership: Membership, vendor: Vendor | None) -> HttpResponse:
    editor = VendorEditor(membership, vendor, request.POST if request.method == "POST" else None)
    if request.method == "POST" and editor.is_valid():
        try:
            saved = editor.save()
        except own.ChangedMeanwhile:
            editor.show_collision()
        else:
            messages.success(request, _("Saved."))
            return redirect("vendor", membership.organisation.slug, saved.pk)
    context = {"editor": editor, "vendor": vendor}
    return render(request, "catalogue/edit_vendor.html", context, status=422 if editor.form.is_bound else 200)


def _edit_procedure(
    request: HttpRequest, membership: Membership, vendor: Vendor, procedure: Procedure | None
) -> HttpResponse:
    editor = ProcedureEditor(membership, vendor, procedure, request.POST if request.method == "POST" else None)
    if request.method == "POST" and editor.is_valid():
        try:
            saved = editor.save()
        except own.ChangedMeanwhile:
            editor.show_collision()
        else:
            messages.success(request, _("Saved."))
            return redirect("procedure", membership.organisation.slug, saved.pk)
    context = {"editor": editor, "vendor": vendor, "procedure": procedure}
    return render(request, "catalogue/edit_procedure.html", context, status=422 if editor.form.is_bound else 200)
