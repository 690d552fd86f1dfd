"""One click that hands over a draft whose copy came back to its own address."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from requests_app import access
from requests_app.delivery.evidence import EvidenceRefused
from requests_app.delivery.handover import HandOverRefused, OutputRefused
from requests_app.drafting.requests import EditedMeanwhile
from requests_app.drafting.values import ValuesRefused
from requests_app.intake.copies import submit_with_copy
from requests_app.intake.triage import TriageRefused, mark_of
from requests_app.models import MoveRefused

_REFUSALS = (EvidenceRefused, HandOverRefused, OutputRefused, ValuesRefused, TriageRefused, MoveRefused)


@require_POST
def sent_it(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record that the draft was sent on the day of the mail, with the mail as proof."""
    membership = access.admin(request, organisation)
    mail = access.inbound_mail(membership, pk)
    try:
        if request.POST.get("mark") != mark_of(mail):
            raise TriageRefused(_("Somebody has decided about this mail meanwhile. Look at it again."))
        row = submit_with_copy(membership, mail)
    except EditedMeanwhile:
        messages.warning(request, _("Somebody changed the draft meanwhile. Look at it again before you record it."))
        return redirect("inbound_mail", organisation, pk)
    except _REFUSALS as refusal:
        messages.warning(request, str(refusal))
        return redirect("inbound_mail", organisation, pk)
    messages.success(request, _("Recorded as %(request)s, with this mail as proof.") % {"request": row.request})
    return redirect("request", organisation, row.request_id)
