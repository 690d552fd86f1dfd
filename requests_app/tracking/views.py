"""What a person sees first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from requests_app import access
from requests_app.people.setup import next_step
from requests_app.tracking.needs import needs_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send the person on with the set-up, or to the organisation that she or he joined first, or say there is none."""
    user = access.user_of(request)
    if step := next_step(user):
        return redirect(step)
    membership = user.memberships.select_related("organisation").first()
    if membership is None:
        return render(request, "tracking/no_organisation.html")
    return redirect("today", membership.organisation.slug)


@require_safe
def today(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the page that answers: what needs me today?"""
    membership = access.member(request, organisation)
    who = "mine" if request.GET.get("who") == "mine" else "all"
    needs = needs_of(membership.organisation, membership.user_id if who == "mine" else None)
    # What the lists are narrowed to that the page leads to.
    whose = "&responsible=me" if who == "mine" else ""
    return render(request, "tracking/today.html", {"needs": needs, "who": who, "whose": whose})
