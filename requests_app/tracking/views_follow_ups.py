"""Deciding about a follow-up: send it, change it, print it, record that it was sent by hand, or drop it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.delivery.downloads import as_download
from requests_app.delivery.outputs import OutputRefused
from requests_app.delivery.sending import SendingRefused
from requests_app.models import FollowUp, Membership
from requests_app.tracking.follow_up_forms import FollowUpForm
from requests_app.tracking.follow_up_texts import Text, paper_of, text_of
from requests_app.tracking.follow_ups import FollowUpRefused, change, drop, record_by_hand, send
from requests_app.tracking.views_requests import page_of_request

Act = Callable[[Membership, FollowUp, Text], object]
ACTS: dict[str, Act] = {"send": send, "save": change, "by_hand": record_by_hand}
DONE = {
    "send": gettext_lazy("It is in the outbox."),
    "save": gettext_lazy("The text is saved."),
    "by_hand": gettext_lazy("Recorded: you sent it, and the letter is kept as it was."),
    "drop": gettext_lazy("It is not sent."),
}


@require_POST
def decide(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Do with the follow-up what the button said."""
    membership = access.admin(request, organisation)
    follow_up = access.follow_up(membership, pk)
    decision = request.POST.get("decision", "")
    form = FollowUpForm(follow_up, request.POST)
    if decision in ACTS and not form.is_valid():
        return _shown_again(request, membership, follow_up, form)
    try:
        if decision == "drop":
            drop(membership, follow_up)
        elif decision in ACTS:
            ACTS[decision](membership, follow_up, form.text())
    except FollowUpRefused as refusal:
        messages.warning(request, str(refusal))
    except (SendingRefused, OutputRefused) as refusal:
        form.add_error(None, str(refusal))
        return _shown_again(request, membership, follow_up, form)
    else:
        if decision in DONE:
            messages.success(request, DONE[decision])
    return redirect("request", organisation, follow_up.request_id)


def _shown_again(request: HttpRequest, membership: Membership, follow_up: FollowUp, form: FollowUpForm) -> HttpResponse:
    return page_of_request(request, membership, access.opt_out_request(membership, follow_up.request_id), form)


@require_safe
def letter(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the follow-up as a letter to print."""
    membership = access.member(request, organisation)
    follow_up = access.follow_up(membership, pk)
    try:
        output = paper_of(follow_up, text_of(follow_up))
    except OutputRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("request", organisation, follow_up.request_id)
    return as_download(HttpResponse(output.content), output.name, output.media_type)
