"""The page that says whether everything works, and how to mend what does not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app import access
from requests_app.records.doctor import checks
from requests_app.tracking.system import State
from requests_app.tracking.system_mail import checks_of


@never_cache
@require_safe
def system(request: HttpRequest, organisation: str) -> HttpResponse:
    """Look at everything anew, as `doctor` does, and at the organisation's mail, and return what was found."""
    membership = access.owner(request, organisation)
    found = [*checks(), *checks_of(membership.organisation)]
    wrong = sum(check.state is not State.OK for check in found)
    return render(request, "tracking/system.html", {"checks": found, "wrong": wrong})
