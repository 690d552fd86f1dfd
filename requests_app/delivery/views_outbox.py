"""Sending a request from here: queue it, watch it leave, take it back, decide what only a person can."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.delivery.outbox import approve_message, cancel_message, queue_message
from requests_app.delivery.pausing import resume
from requests_app.delivery.resolve import mark_as_sent, send_again
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.standing import standing_of
from requests_app.drafting.requests import EditedMeanwhile
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Membership, MoveRefused, OptOutRequest, OutgoingMail, SendState


@require_POST
def send(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Queue the draft that was shown; a second time is told so, and doubles nothing."""
    membership = access.admin(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    try:
        mail = _queued(membership, opt_out_request, request.POST.get("edition", ""))
    except MoveRefused:
        messages.info(request, _("It was handed over already. Nothing is sent twice."))
    except EditedMeanwhile:
        messages.warning(request, _("Somebody changed the draft meanwhile. Look at it again before you send it."))
        return redirect("hand_over", organisation, pk)
    except (ValuesRefused, SendingRefused) as refusal:
        messages.error(request, str(refusal))
        return redirect("hand_over", organisation, pk)
    else:
        waits = mail.state == SendState.WAITING
        messages.success(request, _("It waits for a second person.") if waits else _("It leaves in a moment."))
    return redirect("request", organisation, pk)


def _queued(membership: Membership, opt_out_request: OptOutRequest, edition: str) -> OutgoingMail:
    """Queue the edition that the person saw. Raises what queue_message raises."""
    if edition != str(opt_out_request.edition):
        raise EditedMeanwhile(opt_out_request)
    return queue_message(membership, opt_out_request)


@require_safe
def outgoing(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return how the request's mail stands, for the page that watches it; once that is settled, it loads anew."""
    membership = access.member(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    if not getattr(request, "htmx", False):
        return redirect("request", organisation, pk)
    standing = standing_of(opt_out_request, membership)
    response = render(
        request,
        "delivery/outgoing.html",
        {"standing": standing, "opt_out_request": opt_out_request, "slug": organisation},
    )
    if standing is None or not standing.is_watched:
        response["HX-Refresh"] = "true"
    return response


DONE = {
    "cancel": gettext_lazy("Sending is cancelled."),
    "approve": gettext_lazy("Approved: it leaves in a moment."),
    "went": gettext_lazy("Recorded: it went out."),
    "again": gettext_lazy("It is queued again and leaves in a moment."),
}


@require_POST
def decide(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Cancel, approve, send again or record that it went, as the button said."""
    membership = access.admin(request, organisation)
    mail = access.outgoing_mail(membership, pk)
    decision = request.POST.get("decision", "")
    acts: dict[str, Callable[[], object]] = {
        "cancel": lambda: cancel_message(membership, mail),
        "approve": lambda: approve_message(membership, mail),
        "went": lambda: mark_as_sent(mail, actor=membership.actor),
        "again": lambda: send_again(membership, mail),
    }
    try:
        if decision in acts:
            acts[decision]()
            messages.success(request, DONE[decision])
    except (SendingRefused, MoveRefused) as refusal:
        messages.warning(request, str(refusal))
    return redirect("request", organisation, mail.request_id)


@require_POST
def resume_address(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Let mail go again to an address that it bounced from, and return to where the button stood."""
    membership = access.admin(request, organisation)
    paused = access.paused_address(membership, pk)
    if resume(membership, paused):
        messages.success(request, _("Mail to %(address)s may leave again.") % {"address": paused.address})
    number = request.POST.get("request", "")
    if number.isdecimal() and len(number) < 19:
        return redirect("request", organisation, access.opt_out_request(membership, int(number)).pk)
    return redirect("mail_settings" if membership.is_owner else "today", organisation)
