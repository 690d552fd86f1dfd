"""The set-up wizard: three steps, of which each can wait; 404 for everybody else and afterwards."""

from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app import access
from requests_app.models import Role, User
from requests_app.people import setup as steps
from requests_app.people.accounts import AddressTaken, sign_in
from requests_app.people.forms import AccountForm, OrganisationForm, VendorsForm


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="one_time_link", limit_get=True)  # type: ignore[untyped-decorator]
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Step 1, behind the one-time link: the first account."""
    link = steps.find_link(token)
    if link is None:
        raise Http404
    if link.account_id:
        return redirect("setup_organisation")
    form = AccountForm(request.POST or None)
    if form.is_valid():
        try:
            user = steps.use_link(link, **form.cleaned_data)
        except (steps.SetupOver, AddressTaken) as error:
            raise Http404 from error
        sign_in(request, user)
        return redirect("setup_organisation")
    return render(request, "people/setup_account.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup_organisation(request: HttpRequest) -> HttpResponse:
    """Step 2: the organisation."""
    elsewhere = way_out(request, "setup_organisation")
    if elsewhere:
        return elsewhere
    user = access.user_of(request)
    initial = {"signatory_name": user.name, "signatory_email": user.email}
    form = OrganisationForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            steps.set_up_organisation(user, form.save(commit=False))
        except steps.SetupOver as error:
            raise Http404 from error
        return redirect("setup_vendors")
    return render(request, "people/setup_organisation.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def setup_vendors(request: HttpRequest) -> HttpResponse:
    """Step 3: vendors to start with, or none."""
    elsewhere = way_out(request, "setup_vendors")
    if elsewhere:
        return elsewhere
    memberships = access.user_of(request).memberships.select_related("organisation", "user")
    membership = memberships.filter(role=Role.OWNER, organisation__setup_done=False)[0]
    form = VendorsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = [] if "skip" in request.POST else list(form.cleaned_data["vendors"])
        try:
            steps.finish(membership, chosen)
        except steps.SetupOver as error:
            raise Http404 from error
        messages.success(request, _("Optout is set up."))
        return redirect("mail_settings" if "mail" in request.POST else "today", membership.organisation.slug)
    return render(request, "people/setup_vendors.html", {"form": form, "organisation": membership.organisation})


def way_out(request: HttpRequest, step: str) -> HttpResponse | None:
    """Return None to whoever is to take the step, a redirect to whoever signs in or takes another one first.

    404 once the set-up is over, and for everybody who has nothing to do with it.
    """
    if not isinstance(request.user, User):
        if steps.is_over():
            raise Http404
        return redirect_to_login(request.path)
    following = steps.next_step(request.user)
    if following is None:
        raise Http404
    return None if following == step else redirect(following)
