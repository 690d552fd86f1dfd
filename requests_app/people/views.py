"""One's own account, and the settings of the organisation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests_app import access
from requests_app.models import Organisation, User
from requests_app.people.forms import OrganisationSettingsForm, ProfileForm
from requests_app.people.organisation import change_organisation


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change one's own account."""
    # A second copy, so that what was not saved does not show in the frame of the page.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=access.user_of(request).pk))
    if form.is_valid():
        form.save()
        messages.success(request, _("Your account has been saved."))
        return redirect("profile")
    memberships = access.user_of(request).memberships.select_related("organisation")
    return render(request, "people/profile.html", {"form": form, "memberships": memberships})


@require_safe
def settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show what can be set."""
    membership = access.member(request, organisation)
    return render(request, "people/settings.html", {"people": membership.organisation.memberships.count()})


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show the organisation to its members, and let an owner change it."""
    membership = (
        access.owner(request, organisation) if request.method == "POST" else access.member(request, organisation)
    )
    current = Organisation.objects.get(pk=membership.organisation_id)
    form = OrganisationSettingsForm(request.POST or None, instance=current)
    if form.is_valid():
        change_organisation(membership, form.cleaned_data)
        messages.success(request, _("The organisation has been saved."))
        return redirect("settings", organisation)
    return render(request, "people/organisation.html", {"form": form})
