"""One click on what a reply suggests."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from requests_app import access
from requests_app.models import MoveRefused
from requests_app.tracking.suggested import leave_suggestion, take_suggestion


@require_POST
def suggestion(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record what the mail suggests, or leave the request as it is."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    try:
        if request.POST.get("decision") == "take":
            take_suggestion(membership, mail)
            messages.success(request, _("Recorded, with the mail that it rests on."))
        else:
            leave_suggestion(membership, mail)
            messages.success(request, _("The request stays as it is."))
    except MoveRefused as refusal:
        messages.warning(request, str(refusal))
    if mail.request_id:
        return redirect("request", organisation, mail.request_id)
    return redirect("inbound_mail", organisation, mail.pk)
