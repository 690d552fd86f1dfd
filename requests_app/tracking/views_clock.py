"""What a person records about the clock of a request, from its page."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from requests_app import access
from requests_app.models import Membership, MoveRefused, OptOutRequest, Status
from requests_app.tracking import clock
from requests_app.tracking.clock_forms import AcknowledgeForm, PauseForm, PromiseForm, SnoozeForm
from requests_app.tracking.views_requests import page_of_request


@require_POST
def acknowledge(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record that the vendor acknowledged the request, or what it promised once that is known."""
    membership, found = _found(request, organisation, pk)
    if found.status == Status.ACKNOWLEDGED:
        form: forms.Form = PromiseForm(request.POST, auto_id="acknowledge-%s")
        return _act(request, membership, found, form, lambda said: clock.promise(membership, found, said["promised"]))
    form = AcknowledgeForm(request.POST, auto_id="acknowledge-%s")
    return _act(
        request,
        membership,
        found,
        form,
        lambda said: clock.acknowledge(membership, found, said["on"], said["promised"], said["note"]),
    )


@require_POST
def pause(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Stop the clock of the request, because the vendor waits for us, or let it go on."""
    membership, found = _found(request, organisation, pk)
    form = PauseForm(request.POST, auto_id="pause-%s")
    if request.POST.get("action") == "resume":
        return _act(request, membership, found, form, lambda said: clock.resume(membership, found, said["on"]))
    return _act(request, membership, found, form, lambda said: clock.pause(membership, found, said["on"], said["note"]))


@require_POST
def snooze(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Let nothing become due for the request before a day."""
    membership, found = _found(request, organisation, pk)
    form = SnoozeForm(request.POST, auto_id="snooze-%s")
    return _act(request, membership, found, form, lambda said: clock.snooze(membership, found, said["until"]))


def _found(request: HttpRequest, organisation: str, pk: int) -> tuple[Membership, OptOutRequest]:
    membership = access.admin(request, organisation)
    return membership, access.opt_out_request(membership, pk)


def _act(
    request: HttpRequest,
    membership: Membership,
    found: OptOutRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], OptOutRequest],
) -> HttpResponse:
    """Do it with what was said and go back to the page; what is refused stands there as it was typed."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except MoveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("request", membership.organisation.slug, found.pk)
    return page_of_request(request, membership, found, form)
