"""The organisation's own wordings."""

import re

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import access
from requests_app.catalogue.words import LANGUAGES, word
from requests_app.drafting.forms import OwnWordingForm
from requests_app.drafting.own_wording import latest_snapshot, placeholders_of, return_to_shipped, save_own_wording
from requests_app.drafting.wording import LOCALES
from requests_app.models import OwnWording


@require_safe
def wordings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the list of own wordings; with a procedure and a language, go on to its form."""
    membership = access.member(request, organisation)
    procedure, locale = request.GET.get("procedure", ""), request.GET.get("language", "")
    if re.fullmatch("[0-9]{1,18}", procedure) and locale in LOCALES:
        return redirect("edit_wording", organisation, int(procedure), locale)
    own = membership.organisation.wordings.select_related("procedure__vendor", "updated_by")
    context = {
        "wordings": [(row, word(LANGUAGES, row.locale)) for row in own],
        "procedures": access.visible_procedures(membership.organisation).filter(retired_at=None),
        "languages": [(key, word(LANGUAGES, key)) for key in LOCALES],
    }
    return render(request, "drafting/wordings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_wording(request: HttpRequest, organisation: str, pk: int, locale: str) -> HttpResponse:
    """Return the form of the organisation's wording for a procedure and language; POST saves or deletes it."""
    membership = access.admin(request, organisation)
    procedure = access.procedure(membership, pk)
    if locale not in LOCALES:
        raise Http404
    own = OwnWording.objects.filter(organisation=membership.organisation, procedure=procedure, locale=locale).first()
    snapshot = latest_snapshot(procedure)
    action = request.POST.get("action", "save")
    if request.method == "POST" and action == "return":
        if own:
            return_to_shipped(membership, own)
        messages.success(request, _("New drafts take the catalogue's wording again."))
        return redirect("wordings", organisation)
    shipped = snapshot.optout["ask"][locale]
    form = OwnWordingForm(snapshot, request.POST or None, initial={"text": own.text if own else shipped})
    if request.method == "POST" and form.is_valid() and action == "save":
        save_own_wording(membership, procedure, locale, form.cleaned_data["text"])
        messages.success(request, _("Saved. Drafts that are not handed over yet use it at once."))
        return redirect("wordings", organisation)
    context = {
        "procedure": procedure,
        "locale": locale,
        "locale_name": word(LANGUAGES, locale),
        "own": own,
        "form": form,
        "shipped": shipped,
        "placeholders": placeholders_of(snapshot),
        "example": getattr(form, "example", ""),
    }
    template = "drafting/wording_example.html" if request.htmx else "drafting/edit_wording.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=422 if form.errors and not request.htmx else 200)  # type: ignore[attr-defined]
