"""What a person records about a request: what happened, a note, who is responsible."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from requests_app import access
from requests_app.models import MoveRefused
from requests_app.tracking.changes import add_note, assign, move_request
from requests_app.tracking.forms import AssignForm, MoveForm, NoteForm
from requests_app.tracking.views_requests import page_of_request


@require_POST
def move(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record what happened to the request: its new status or its outcome."""
    membership = access.admin(request, organisation)
    found = access.opt_out_request(membership, pk)
    form = MoveForm(request.POST, opt_out_request=found)
    if form.is_valid():
        status, outcome = form.move()
        try:
            move_request(membership, found, status, outcome, form.cleaned_data["note"], on=form.day)
        except MoveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("request", organisation, pk)
    return page_of_request(request, membership, found, form)


@require_POST
def note(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Add a note to the history."""
    membership = access.admin(request, organisation)
    found = access.opt_out_request(membership, pk)
    form = NoteForm(request.POST, auto_id="note-%s")
    if not form.is_valid():
        return page_of_request(request, membership, found, form)
    add_note(membership, found, form.cleaned_data["note"])
    messages.success(request, _("The note is in the history."))
    return redirect("request", organisation, pk)


@require_POST
def responsible(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Say who follows the request up."""
    membership = access.admin(request, organisation)
    found = access.opt_out_request(membership, pk)
    form = AssignForm(request.POST, organisation=membership.organisation, auto_id="assign-%s")
    if not form.is_valid():
        return page_of_request(request, membership, found, form)
    assign(membership, found, form.cleaned_data["responsible"])
    messages.success(request, _("Saved."))
    return redirect("request", organisation, pk)
