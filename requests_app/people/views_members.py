"""Members and invitations. Everything that changes them asks who this is, unless the person has just signed in."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import access
from requests_app.models import Role
from requests_app.people.forms import InvitationForm, RoleForm
from requests_app.people.invitations import invite, open_invitations, revoke
from requests_app.people.members import LastOwner, MemberGone, change_role, remove
from requests_app.people.reauthentication import confirm_identity

PER_PAGE = 50


@require_safe
def members(request: HttpRequest, organisation: str) -> HttpResponse:
    """List who belongs to the organisation; owners see open invitations, too."""
    membership = access.member(request, organisation)
    people = membership.organisation.memberships.select_related("user").order_by("user__name", "user__email")
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    invitations = open_invitations(membership.organisation) if membership.is_owner else ()
    return render(request, "people/members.html", {"page": page, "invitations": invitations})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite_member(request: HttpRequest, organisation: str) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    membership = access.owner(request, organisation)
    confirm_identity(request)
    form = InvitationForm(request.POST or None, membership=membership)
    if form.is_valid():
        invitation, token = invite(membership, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
        link = request.build_absolute_uri(reverse("invitation", args=[token]))
        return render(request, "people/invited.html", {"invitation": invitation, "link": link})
    return render(request, "people/invite.html", {"form": form})


@require_POST
def revoke_invitation(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """End an invitation."""
    membership = access.owner(request, organisation)
    invitation = access.invitation(membership, pk)
    confirm_identity(request)
    revoke(membership, invitation)
    messages.success(request, _("The invitation of %(email)s has been withdrawn.") % {"email": invitation.email})
    return redirect("members", organisation)


@require_safe
def member(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Show one member with what an owner can change."""
    membership = access.owner(request, organisation)
    colleague = access.colleague(membership, pk)
    form = RoleForm(initial={"role": colleague.role})
    return render(request, "people/member.html", {"colleague": colleague, "form": form})


@require_POST
def member_role(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Give a member another role."""
    membership = access.owner(request, organisation)
    colleague = access.colleague(membership, pk)
    confirm_identity(request)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return render(request, "people/member.html", {"colleague": colleague, "form": form})
    try:
        change_role(membership, colleague, Role(form.cleaned_data["role"]))
    except (LastOwner, MemberGone) as refusal:
        messages.error(request, why(refusal))
        return redirect("members", organisation)
    messages.success(request, _("The role of %(name)s has been changed.") % {"name": colleague.user})
    return redirect("members", organisation)


@require_POST
def member_remove(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Take a member out of the organisation."""
    membership = access.owner(request, organisation)
    colleague = access.colleague(membership, pk)
    confirm_identity(request)
    try:
        remove(membership, colleague)
    except (LastOwner, MemberGone) as refusal:
        messages.error(request, why(refusal))
        return redirect("members", organisation)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": colleague.user})
    return redirect("home" if colleague.pk == membership.pk else reverse("members", args=[organisation]))


def why(refusal: LastOwner | MemberGone) -> str:
    """Return what to tell the person."""
    if isinstance(refusal, LastOwner):
        return _("This is the last owner. Make somebody else an owner first.")
    return _("Somebody else has removed this member meanwhile.")
