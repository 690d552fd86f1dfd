"""Checking again that an opt-out still holds."""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from requests_app import access
from requests_app.delivery.evidence import EvidenceRefused, StoredFile, stored
from requests_app.models import Membership, MoveRefused, OptOutRequest
from requests_app.tracking.reverification import still_holds, switched_back
from requests_app.tracking.reverification_forms import ReverificationForm
from requests_app.tracking.views_requests import page_of_request


@require_POST
def reverify(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Record that it still holds, or reopen the request, as the button said."""
    membership = access.admin(request, organisation)
    found = access.opt_out_request(membership, pk)
    form = ReverificationForm(found, request.POST, request.FILES)
    if not form.is_valid():
        return page_of_request(request, membership, found, form)
    try:
        said = _record(membership, found, form, back=request.POST.get("found") == "switched_back")
    except (MoveRefused, EvidenceRefused) as refusal:
        form.add_error(None, str(refusal))
        return page_of_request(request, membership, found, form)
    messages.success(request, said)
    return redirect("request", organisation, pk)


def _record(membership: Membership, found: OptOutRequest, form: ReverificationForm, *, back: bool) -> str:
    with _kept(form.cleaned_data["proof"]) as proof:
        note = form.cleaned_data["note"]
        if back:
            switched_back(membership, found, note=note, proof=proof)
            return _("The request is open again. Switch it off once more, or write to the vendor.")
        still_holds(membership, found, ticked=form.ticked(), note=note, proof=proof)
        return _("Recorded: it still holds. The next check has its day.")


@contextlib.contextmanager
def _kept(upload: Any) -> Iterator[StoredFile | None]:
    """Keep the file for the block, if there is one."""
    if not upload:
        yield None
        return
    with stored(upload) as kept:
        yield kept
