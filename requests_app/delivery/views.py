"""Pages on which a request leaves the house, and what left it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.delivery.confirmation import confirmation_of
from requests_app.delivery.downloads import as_download, framed
from requests_app.delivery.evidence import EvidenceRefused
from requests_app.delivery.forms import SubmittedForm
from requests_app.delivery.handover import HandOverRefused, submit_request
from requests_app.delivery.outbox import mail_for
from requests_app.delivery.outputs import LETTER, OutputRefused, output_names, output_of
from requests_app.delivery.parts import parts_of
from requests_app.delivery.reply_address import proof_address_of
from requests_app.delivery.sending import mail_row
from requests_app.drafting.preview import preview_of
from requests_app.drafting.requests import EditedMeanwhile
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Membership, MoveRefused, OptOutRequest, Status


@require_safe
def hand_over(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page with every way out: copy, mail program, files; and the form that says it was sent."""
    membership = access.member(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    if opt_out_request.status != Status.DRAFT:
        return redirect("request", organisation, pk)
    return _hand_over_page(request, membership, opt_out_request, SubmittedForm(opt_out_request))


def _hand_over_page(
    request: HttpRequest,
    membership: Membership,
    opt_out_request: OptOutRequest,
    form: SubmittedForm,
    status: int = 200,
) -> HttpResponse:
    slug = membership.organisation.slug
    preview = preview_of(opt_out_request)
    if not preview.is_complete:
        messages.warning(request, _("Something is missing; it is marked below. Then the request can be handed over."))
        response = redirect("edit_request" if membership.can_edit else "preview", slug, opt_out_request.pk)
        response["Location"] += "?check=1"
        return response
    context: dict[str, Any] = {
        "request_row": opt_out_request,
        "form": form,
        "preview": preview,
        "confirmation": confirmation_of(opt_out_request),
    }
    try:
        context["names"] = output_names(opt_out_request, preview.draft)
    except OutputRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("preview", slug, opt_out_request.pk)
    mail = mail_row(opt_out_request.organisation)
    context["mail"] = mail_for(opt_out_request, mail)
    addressed = preview.draft is not None and preview.draft.recipient_email
    context["may_send"] = bool(context["mail"] and membership.can_edit and addressed)
    if preview.written:
        context["proof_address"] = proof_address_of(opt_out_request, mail)
    context["parts"] = parts_of(opt_out_request, preview, context["names"])
    return render(request, "delivery/hand_over.html", context, status=status)


@require_safe
def output(request: HttpRequest, organisation: str, pk: int, name: str) -> HttpResponse:
    """Return one file of the request: as a download, the letter also inside our own pages."""
    membership = access.member(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    try:
        found = output_of(opt_out_request, name)
    except (ValuesRefused, OutputRefused) as refusal:
        return framed(HttpResponse(str(refusal), status=422), "problem.txt", "text/plain; charset=utf-8")
    if found is None:
        raise Http404
    response = HttpResponse(found.content)
    if name == LETTER and "download" not in request.GET:
        return framed(response, name, found.media_type)
    return as_download(
        response, f"{opt_out_request.reference}-{name}" if opt_out_request.reference else name, found.media_type
    )


@require_POST
def submitted(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record that the request was handed over; a second time is told so, and doubles nothing."""
    membership = access.admin(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    if opt_out_request.status != Status.DRAFT:
        return _told(request, opt_out_request)
    form = SubmittedForm(opt_out_request, request.POST, request.FILES)
    if not form.is_valid():
        return _hand_over_page(request, membership, opt_out_request, form, 422)
    try:
        sent = submit_request(membership, opt_out_request, **form.cleaned_data)
    except MoveRefused:
        return _told(request, access.opt_out_request(membership, pk))
    except EditedMeanwhile:
        messages.warning(request, _("Somebody changed the draft meanwhile. Look at it again before you record it."))
        return redirect("hand_over", organisation, pk)
    except (ValuesRefused, OutputRefused, HandOverRefused, EvidenceRefused) as refusal:
        form.add_error(None, str(refusal))
        return _hand_over_page(request, membership, opt_out_request, form, 422)
    message = _("Recorded as %(reference)s. What was sent is frozen; an answer is due by %(day)s.")
    messages.success(request, message % {"reference": sent.reference, "day": sent.answer_by})
    return redirect("request", organisation, pk)


def _told(request: HttpRequest, opt_out_request: OptOutRequest) -> HttpResponse:
    message = _("It was recorded already, as %(reference)s. Nothing was recorded twice.")
    messages.info(request, message % {"reference": opt_out_request.reference or opt_out_request})
    return redirect("request", opt_out_request.organisation.slug, opt_out_request.pk)


@require_safe
def message_file(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the exact bytes of a message as a download."""
    message = access.message(access.member(request, organisation), pk)
    return as_download(HttpResponse(bytes(message.raw)), message.name, "application/octet-stream")
