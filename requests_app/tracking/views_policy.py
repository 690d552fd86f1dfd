"""When Optout follows up: for everything, and what holds for single vendors and procedures."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from requests_app import access
from requests_app.models import FollowUpPolicy, Membership, Organisation
from requests_app.tracking.policy import NAMES, SETTING
from requests_app.tracking.policy_changes import Scope, inherited, policy_for, remove_policy, save_policy
from requests_app.tracking.policy_forms import PolicyForm, ScopeForm

FORM = ("GET", "HEAD", "POST")


@require_http_methods(FORM)
def follow_up_policies(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return what holds for everything as a form, and the list of what holds for less; POST saves the form."""
    membership = access.owner(request, organisation)
    form = _form(request, membership.organisation, Scope())
    if form.is_valid():
        save_policy(membership, Scope(), form.values())
        messages.success(request, _("Saved. It holds from now on, also for requests under way."))
        return redirect("follow_up_policies", organisation)
    own = membership.organisation.follow_up_policies.exclude(vendor=None, procedure=None)
    context = {
        "form": form,
        "policies": own.select_related("vendor", "procedure__vendor"),
        "setting_months": SETTING.reverify_months,
    }
    return render(request, "tracking/policies.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def new_follow_up_policy(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the form that chooses a vendor or procedure; POST goes on to its policy, which is made if need be."""
    membership = access.owner(request, organisation)
    form = ScopeForm(request.POST or None, organisation=membership.organisation)
    if form.is_valid():
        found = policy_for(membership.organisation, form.chosen) or _empty(membership, form.chosen)
        return redirect("follow_up_policy", organisation, found.pk)
    return render(request, "tracking/new_policy.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(FORM)
def follow_up_policy(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the form of what holds for one vendor or procedure; POST saves or removes it."""
    membership = access.owner(request, organisation)
    policy = access.follow_up_policy(membership, pk)
    if request.method == "POST" and request.POST.get("action") == "remove":
        remove_policy(membership, policy)
        messages.success(request, _("Removed. What holds for more holds again."))
        return redirect("follow_up_policies", organisation)
    form = _form(request, membership.organisation, Scope.of(policy))
    if form.is_valid():
        save_policy(membership, Scope.of(policy), form.values())
        messages.success(request, _("Saved. It holds from now on, also for requests under way."))
        return redirect("follow_up_policies", organisation)
    context = {"form": form, "policy": policy}
    return render(request, "tracking/policy.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, organisation: Organisation, scope: Scope) -> PolicyForm:
    # A row of its own, so that what was refused does not show as saved.
    saved = policy_for(organisation, scope) or FollowUpPolicy(organisation=organisation)
    return PolicyForm(
        request.POST or None, instance=saved, inherited=inherited(organisation, scope), is_written=scope.is_written
    )


def _empty(membership: Membership, scope: Scope) -> FollowUpPolicy:
    return save_policy(membership, scope, dict.fromkeys(NAMES))
