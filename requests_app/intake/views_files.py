"""What is in a mail that came in: its HTML, cleaned and in a frame, and its attachments."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.delivery.downloads import as_download, framed_mail
from requests_app.delivery.evidence import EvidenceRefused
from requests_app.delivery.file_kinds import UNKNOWN_TYPE
from requests_app.intake.evidence_from_mail import attachment_of, keep_attachment
from requests_app.intake.incoming import shown
from requests_app.intake.reading.client import MailTooMuch, read_attachment, read_html
from requests_app.models import InboundMail
from requests_app.processes.child import ChildError


@require_safe
def inbound_formatted(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page with the frame that shows the mail as it was formatted."""
    mail = _with_html(request, organisation, pk)
    return render(request, "intake/formatted.html", {"mail": mail, "shown": shown(mail, mail.request)})


@require_safe
def inbound_html(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the cleaned HTML alone, for that frame; for one that cannot be shown, a sentence that says so."""
    mail = _with_html(request, organisation, pk)
    try:
        # Cleaned in the process that reads mail: nothing is left in it that a browser runs or fetches.
        html = mark_safe(read_html(bytes(mail.raw)))  # noqa: S308 see above
        status = 200
    except (MailTooMuch, ChildError) as error:
        told = _("It cannot be shown as formatted: {reason} Read its text, or download the original.")
        html, status = format_html("<p>{}</p>", told.format(reason=error)), 422
    return framed_mail(render(request, "intake/frame.html", {"html": html}, status=status))


@require_safe
def inbound_attachment(request: HttpRequest, organisation: str, pk: int, part: int) -> HttpResponse:
    """Return the attachment as a download."""
    mail = access.inbound_mail(access.member(request, organisation), pk)
    named = attachment_of(mail, part)
    if named is None:
        raise Http404
    try:
        content = read_attachment(bytes(mail.raw), part)
    except (MailTooMuch, ChildError) as error:
        messages.error(request, _not_read(error))
        return _back(organisation, mail)
    return as_download(HttpResponse(content), named["name"], UNKNOWN_TYPE)


@require_POST
def inbound_attachment_keep(request: HttpRequest, organisation: str, pk: int, part: int) -> HttpResponse:
    """Keep the attachment as evidence of the request that its mail is filed in."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    if attachment_of(mail, part) is None:
        raise Http404
    try:
        kept = keep_attachment(membership, mail, part)
    except EvidenceRefused as refusal:
        messages.warning(request, str(refusal))
    except (MailTooMuch, ChildError) as error:
        messages.error(request, _not_read(error))
    else:
        messages.success(request, _("{name} is evidence of the request now.").format(name=kept.name))
    return _back(organisation, mail)


def _with_html(request: HttpRequest, organisation: str, pk: int) -> InboundMail:
    mail = access.inbound_mail(access.member(request, organisation), pk)
    if not mail.parsed.get("has_html"):
        raise Http404
    return mail


def _not_read(error: Exception) -> str:
    return _("The attachment cannot be read: {reason} Download the original instead.").format(reason=error)


def _back(organisation: str, mail: InboundMail) -> HttpResponse:
    if mail.request_id:
        return redirect("request", organisation, mail.request_id)
    return redirect("inbound_mail", organisation, mail.pk)
