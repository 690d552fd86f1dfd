"""What an invited person sees: join with a new account, or with the one that she or he has."""

from allauth.decorators import rate_limit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.models import Invitation, User
from requests_app.people.accounts import AddressTaken, has_account, sign_in
from requests_app.people.forms import NameForm
from requests_app.people.invitations import (
    InvitationRefused,
    State,
    accept,
    find_invitation,
    join_with_new_account,
    state_of,
)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="one_time_link", limit_get=True)  # type: ignore[untyped-decorator]
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let the invited person join, whether she or he has an account or not."""
    found = find_invitation(token)
    if found is None:
        raise Http404
    state = state_of(found, timezone.now())
    if state is not State.OPEN:
        return render(request, "people/invitation_over.html", {"invitation": found, "state": state.value}, status=410)
    if isinstance(request.user, User):
        return join(request, found, request.user)
    if has_account(found.email):
        return render(request, "people/invitation_sign_in.html", {"invitation": found})
    return join_as_new(request, found)


def join(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    """Ask somebody who is signed in to confirm, or say that the invitation is for somebody else."""
    if user.email.lower() != found.email.lower():
        return render(request, "people/invitation_other.html", {"invitation": found})
    if request.method != "POST":
        return render(request, "people/invitation_join.html", {"invitation": found})
    try:
        accept(found, user)
    except InvitationRefused:
        return redirect(request.path)
    return redirect("today", found.organisation.slug)


def join_as_new(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Make an account for the invited address, and join with it."""
    form = NameForm(request.POST or None, email=found.email)
    if form.is_valid():
        try:
            membership = join_with_new_account(found, **form.cleaned_data)
        except (InvitationRefused, AddressTaken):
            return redirect(request.path)
        sign_in(request, membership.user)
        return redirect("today", found.organisation.slug)
    return render(request, "people/invitation_new.html", {"invitation": found, "form": form})
