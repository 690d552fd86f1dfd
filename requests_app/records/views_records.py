"""The sealed record of a request, the page that verifies one, and what records are signed with."""

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.delivery.downloads import as_download
from requests_app.drafting.rendering.child import RenderError
from requests_app.models import RecordSigner, Source
from requests_app.people.reauthentication import confirm_identity
from requests_app.processes.child import ChildUnavailable
from requests_app.records.forms import SignerForm, VerifyForm
from requests_app.records.record_files import RecordBroken
from requests_app.records.sealing import SealRefused, sealed_record
from requests_app.records.signer import SignerRefused, drop_own, take_pkcs12
from requests_app.records.verification import Verdict
from requests_app.records.verifying import verify_upload

# Time to ask a certification authority for the next one.
WARNED_BEFORE = datetime.timedelta(days=30)


@require_POST
def record(request: HttpRequest, organisation: str, pk: int) -> HttpResponseBase:
    """Return the sealed record of a request as a download; the history says who took it."""
    membership = access.member(request, organisation)
    found = access.opt_out_request(membership, pk)
    try:
        pdf = sealed_record(found, actor=membership.actor, source=Source.WEB, language=get_language() or "en")
    except (RecordBroken, SealRefused, RenderError) as error:
        messages.error(request, _("No record was made: {reason}").format(reason=error))
        return redirect("request", organisation, pk)
    name = found.reference or f"{found.procedure.vendor.slug}-{found.procedure.slug}"
    return as_download(HttpResponse(pdf), f"audit-record-{name}.pdf", "application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show the verdict over a record that somebody brings; nothing of it is kept."""
    access.member(request, organisation)
    form = VerifyForm(request.POST or None, request.FILES or None)
    verdict, status = None, 200
    if request.method == "POST":
        form = VerifyForm(request.POST, request.FILES)
        verdict, status = (_verdict(form), 200) if form.is_valid() else (None, 422)
    # Whoever can change a record can also seal it anew, with a certificate of their own and the same name in it.
    is_vouched = verdict is not None and bool(form.cleaned_data["trusted"])
    context = {"form": form, "verdict": verdict, "is_vouched": is_vouched}
    return render(request, "records/verify.html", context, status=status)


def _verdict(form: VerifyForm) -> Verdict:
    trusted = form.cleaned_data["trusted"]
    try:
        return verify_upload(form.cleaned_data["record"].read(), trusted.read() if trusted else None)
    except ChildUnavailable as error:
        return Verdict(fault=str(error))


@require_http_methods(["GET", "HEAD", "POST"])
def record_settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show and change the certificate that records are signed with."""
    membership = access.owner(request, organisation)
    # Asked before anything is typed: what is typed would be lost on the way.
    confirm_identity(request)
    form, status = SignerForm(), 200
    if request.method == "POST":
        form, status = SignerForm(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                take_pkcs12(membership, form.cleaned_data["pkcs12"].read(), form.cleaned_data["password"])
            except SignerRefused as refusal:
                form.add_error("pkcs12", str(refusal))
            else:
                messages.success(request, _("Records are signed with this certificate from now on."))
                return redirect("record_settings", organisation)
    signer = RecordSigner.objects.filter(organisation=membership.organisation).first()
    context = {"form": form, "signer": signer, "now": timezone.now(), "soon": timezone.now() + WARNED_BEFORE}
    return render(request, "records/settings.html", context, status=status)


@require_POST
def record_signer_drop(request: HttpRequest, organisation: str) -> HttpResponse:
    """Go back to a certificate that Optout makes; the uploaded one and its key are forgotten."""
    membership = access.owner(request, organisation)
    confirm_identity(request)
    if RecordSigner.objects.filter(organisation=membership.organisation, is_own=True).exists():
        drop_own(membership)
        messages.success(request, _("Records are signed with a new certificate of Optout from now on."))
    else:
        messages.info(request, _("Records are signed with a certificate of Optout already."))
    return redirect("record_settings", organisation)
