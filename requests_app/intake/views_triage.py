"""Mail that waits for a person: the list, one mail, its original, and mail that is brought as a file."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import access
from requests_app.delivery.downloads import as_download
from requests_app.intake.copies import can_submit_with, sent_on
from requests_app.intake.forms import DiscardForm, UploadMailForm
from requests_app.intake.incoming import kept_hashes, shown
from requests_app.intake.listing import badge_of, chosen_tab, page_of_mail, tabs_of
from requests_app.intake.places import requests_like
from requests_app.intake.reading.file_types import file_type_of
from requests_app.intake.reasons import why
from requests_app.intake.triage import SET_ASIDE, TriageRefused, mark_of
from requests_app.intake.uploads import UploadRefused, take_upload
from requests_app.models import InboundMail, InboundState, Membership, OptOutRequest, Waits
from requests_app.processes.child import ChildUnavailable


@require_safe
def triage(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return a page of the mail that waits, of the kind that the URL names."""
    membership = access.member(request, organisation)
    tab = chosen_tab(request.GET.get("show"))
    context = {
        "tab": tab,
        "tabs": tabs_of(membership, tab),
        "page": page_of_mail(membership, tab, request.GET.get("page")),
        "upload_form": UploadMailForm(),
    }
    return render(request, "intake/triage.html", context)


@require_safe
def inbound_mail(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page of one mail: what it says, why it waits, and what can be done about it."""
    membership = access.member(request, organisation)
    return page_of_one(request, membership, access.inbound_mail(membership, pk))


def page_of_one(
    request: HttpRequest, membership: Membership, mail: InboundMail, form: DiscardForm | None = None
) -> HttpResponse:
    """Return the page of the mail; a reason that was refused stands in it as it was typed, with status 422."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    label, tone = badge_of(mail)
    context: dict[str, Any] = {
        "mail": mail,
        "shown": shown(mail, mail.request or mail.suggested_request, kept_hashes(mail.request) if mail.request else ()),
        "label": label,
        "tone": tone,
        "why": why(mail),
        "mark": mark_of(mail),
        "words": words,
        "is_set_aside": mail.state in SET_ASIDE,
        "can_confirm": can_confirm(mail),
    }
    if can_submit_with(mail):
        context |= {"sent_on": sent_on(mail), "can_confirm": False}
    if membership.can_edit:
        context["requests"] = requests_like(membership.organisation, words, mail)
        context["discard_form"] = form or DiscardForm()
    return render(request, "intake/mail.html", context, status=422 if form else 200)


def can_confirm(mail: InboundMail) -> bool:
    """Return whether there is something that one click confirms: from whom a mail is, or where it belongs."""
    if mail.state == InboundState.MATCHED:
        return mail.waits == Waits.UNCERTAIN
    return mail.state in SET_ASIDE and mail.suggested_request_id is not None


@require_safe
def inbound_original(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the mail's exact bytes as a download, whatever became of it."""
    mail = access.inbound_mail(access.member(request, organisation), pk)
    raw = bytes(mail.raw)
    return as_download(HttpResponse(raw), f"mail-{mail.pk}{file_type_of(raw)[0]}", "application/octet-stream")


@require_http_methods(["GET", "HEAD", "POST"])
def upload_mail(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the form that takes in a mail as a file; POST files it where it says itself that it belongs."""
    return _upload(request, access.admin(request, organisation), None)


@require_http_methods(["GET", "HEAD", "POST"])
def request_upload_mail(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the same form for one request; POST files the mail into it, on the word of whoever uploads it."""
    membership = access.admin(request, organisation)
    return _upload(request, membership, access.opt_out_request(membership, pk))


def _upload(request: HttpRequest, membership: Membership, target: OptOutRequest | None) -> HttpResponse:
    form = UploadMailForm(request.POST or None, request.FILES or None)
    posted = request.method == "POST"
    if posted and form.is_valid():
        try:
            mail = take_upload(membership, form.cleaned_data["mail"].read(), target)
        except (UploadRefused, TriageRefused) as refusal:
            form.add_error("mail", str(refusal))
        except ChildUnavailable:
            messages.warning(request, _("The mail is kept. It cannot be read just now, and will be filed later."))
            return redirect("triage", membership.organisation.slug)
        else:
            return _after_upload(request, membership, mail, target)
    context = {"form": form, "request_row": target}
    return render(request, "intake/upload.html", context, status=422 if posted else 200)


def _after_upload(
    request: HttpRequest, membership: Membership, mail: InboundMail, target: OptOutRequest | None
) -> HttpResponse:
    slug = membership.organisation.slug
    if mail.request and (target is None or mail.request == target):
        filed = _("The mail is filed in %(request)s, and kept byte for byte.")
        messages.success(request, filed % {"request": mail.request})
        return redirect("request", slug, mail.request.pk)
    if mail.request:
        elsewhere = _("This mail is here already, in %(request)s. Move it if it belongs elsewhere.")
        messages.warning(request, elsewhere % {"request": mail.request})
    else:
        messages.warning(request, _("The mail is kept, but not in a request: %(why)s") % {"why": why(mail)})
    return redirect("inbound_mail", slug, mail.pk)
