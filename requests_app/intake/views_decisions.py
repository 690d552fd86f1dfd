"""What people decide about one mail: each POST does one thing, and whoever was slower is told."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.drafting.choices import choices_for
from requests_app.drafting.requests import DraftRefused
from requests_app.intake.forms import DiscardForm
from requests_app.intake.places import workspaces_for
from requests_app.intake.triage import (
    TriageRefused,
    confirm_mail,
    discard_mail,
    mark_of,
    mark_seen,
    move_mail,
    new_request_of,
    take_back,
)
from requests_app.intake.views_triage import page_of_one
from requests_app.models import InboundMail, Membership, Procedure, Workspace

_LARGEST = 2**63 - 1


@require_POST
def confirm(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """File the mail where it is suggested, or confirm where it is filed."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    return _decided(
        request, mail, lambda: confirm_mail(membership, mail), _("Confirmed: it belongs to %(request)s."), _next(mail)
    )


@require_POST
def move(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """File the mail in the request that was chosen."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    chosen = _key(request.POST.get("request"))
    if not chosen:
        messages.warning(request, _("Choose the request that the mail belongs to."))
        return redirect("inbound_mail", organisation, pk)
    target = access.opt_out_request(membership, chosen)
    return _decided(request, mail, lambda: move_mail(membership, mail, target), _("Filed in %(request)s."), _next(mail))


@require_POST
def seen(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Say that nothing is to be done about the mail."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    return _decided(request, mail, lambda: mark_seen(membership, mail), _("Recorded: nothing is to be done about it."))


@require_POST
def restore(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Take back a mail that was discarded."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    return _decided(
        request, mail, lambda: take_back(membership, mail), _("Taken back: it waits again."), "inbound_mail"
    )


@require_POST
def discard(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Set the mail aside for the reason given."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return page_of_one(request, membership, mail, form)
    reason = form.cleaned_data["reason"]
    done = _("Discarded. The mail is kept, and can be taken back.")
    return _decided(request, mail, lambda: discard_mail(membership, mail, reason), done)


@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page that chooses workspace and opt-out of a new request; POST drafts it with the mail in it."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    workspaces = workspaces_for(membership.organisation, mail)
    workspace = next((row for row in workspaces if row.pk == _key(request.GET.get("workspace"))), None)
    choices = choices_for(membership.organisation, [workspace]) if workspace else []
    if request.method == "POST" and workspace:
        chosen = [one.procedure for one in choices if str(one.procedure.pk) == request.POST.get("procedure")]
        if chosen:
            return _drafted(request, membership, mail, workspace, chosen[0])
    if request.method == "POST":
        messages.error(request, _("Choose a workspace and one of its vendor’s opt-outs."))
    context = {"mail": mail, "mark": mark_of(mail), "workspaces": workspaces, "workspace": workspace}
    status = 422 if request.method == "POST" else 200
    return render(request, "intake/new_request.html", {**context, "choices": choices}, status=status)


def _drafted(
    request: HttpRequest, membership: Membership, mail: InboundMail, workspace: Workspace, procedure: Procedure
) -> HttpResponse:
    done = _("A draft is made, with this mail as its first message.")
    try:
        return _decided(request, mail, lambda: new_request_of(membership, mail, workspace, procedure), done, "request")
    except DraftRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("inbound_mail", membership.organisation.slug, mail.pk)


def _decided(
    request: HttpRequest, mail: InboundMail, act: Callable[[], InboundMail], done: str, to: str = "triage"
) -> HttpResponse:
    """Do it unless the mail is no longer as the person saw it, tell how it went, and lead on."""
    slug = request.resolver_match.kwargs["organisation"] if request.resolver_match else ""
    try:
        if request.POST.get("mark") != mark_of(mail):
            raise TriageRefused(_("Somebody has decided about this mail meanwhile. Look at it again."))
        row = act()
    except TriageRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("inbound_mail", slug, mail.pk)
    messages.success(request, done % {"request": row.request} if row.request else done)
    if to == "triage":
        return redirect("triage", slug)
    return redirect(to, slug, row.request_id if to == "request" else row.pk)


def _next(mail: InboundMail) -> str:
    """Return the page after a mail was filed: its request where the mail suggests what to do about that."""
    return "request" if mail.suggestion else "triage"


def _key(text: str | None) -> int:
    short = text and len(text) < 20  # more digits than Python itself turns into a number
    return int(text) if text and short and text.isascii() and text.isdigit() and int(text) <= _LARGEST else 0
