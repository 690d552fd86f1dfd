"""Who may see or change what: each function returns the object or raises 404 or 403.

Objects of another organisation do not exist for whoever asks: 404, as for an address that was made up.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, UUIDField, Value
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from requests_app.models import (
    Campaign,
    Evidence,
    Export,
    FollowUp,
    FollowUpPolicy,
    InboundHook,
    InboundMail,
    InboundState,
    Invitation,
    Job,
    Membership,
    Message,
    NotificationChannel,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    OwnWording,
    PausedAddress,
    Procedure,
    Role,
    SavedView,
    User,
    Vendor,
    Workspace,
)

MOST_COUNTED = 99


def user_of(request: HttpRequest) -> User:
    """Return the person who is signed in; pages without one are open and never ask."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def member(request: HttpRequest, organisation: str, role: Role = Role.AUDITOR) -> Membership:
    """Return the membership of whoever asks in the organisation of that slug.

    404 for everybody else, so that nobody learns which organisations exist; 403 for a member whose role does not
    suffice.
    """
    memberships = Membership.objects.select_related("organisation", "user")
    membership = get_object_or_404(memberships, organisation__slug=organisation, user=user_of(request))
    if not membership.may(role):
        raise PermissionDenied
    request.membership = membership  # type: ignore[attr-defined]
    return membership


def admin(request: HttpRequest, organisation: str) -> Membership:
    """Return the membership of somebody who does daily work there: an admin or an owner."""
    return member(request, organisation, Role.ADMIN)


def owner(request: HttpRequest, organisation: str) -> Membership:
    """Return the membership of an owner."""
    return member(request, organisation, Role.OWNER)


def visible_vendors(organisation: Organisation) -> QuerySet[Vendor]:
    """Return the shared catalogue and the organisation's own vendors."""
    return Vendor.objects.filter(Q(organisation=None) | Q(organisation=organisation))


def vendors_by_name(organisation: Organisation) -> QuerySet[Vendor]:
    """Return the same vendors, without the retired ones, in the order of their names.

    Asked as one comparison, so that the database walks along the index of that order and stops when a page is full,
    instead of sorting everything that two look-ups found.
    """
    seen_by = Coalesce("organisation", Value(organisation.pk), output_field=UUIDField())
    vendors = Vendor.objects.alias(seen_by=seen_by).filter(seen_by=organisation.pk, retired_at=None)
    return vendors.order_by(Lower("name"), "pk")


def visible_procedures(organisation: Organisation) -> QuerySet[Procedure]:
    """Return the procedures of those vendors, with their vendors."""
    return Procedure.objects.filter(Q(vendor__organisation=None) | Q(vendor__organisation=organisation)).select_related(
        "vendor"
    )


def vendor(membership: Membership, pk: int) -> Vendor:
    return get_object_or_404(visible_vendors(membership.organisation), pk=pk)


def own_vendor(membership: Membership, pk: int) -> Vendor:
    """Return a vendor that the organisation added and may therefore change."""
    return get_object_or_404(Vendor, organisation=membership.organisation, pk=pk)


def procedure(membership: Membership, pk: int) -> Procedure:
    return get_object_or_404(visible_procedures(membership.organisation), pk=pk)


def own_procedure(membership: Membership, pk: int) -> Procedure:
    """Return a procedure of such a vendor."""
    procedures = Procedure.objects.select_related("vendor")
    return get_object_or_404(procedures, vendor__organisation=membership.organisation, pk=pk)


def workspace(membership: Membership, pk: int) -> Workspace:
    workspaces = Workspace.objects.select_related("vendor", "responsible")
    return get_object_or_404(workspaces, organisation=membership.organisation, pk=pk)


def opt_out_request(membership: Membership, pk: int) -> OptOutRequest:
    requests = OptOutRequest.objects.select_related(
        "organisation", "workspace__vendor", "procedure__vendor", "version", "stream", "responsible", "campaign"
    )
    return get_object_or_404(requests, organisation=membership.organisation, pk=pk)


def message(membership: Membership, pk: int) -> Message:
    return get_object_or_404(Message, request__organisation=membership.organisation, pk=pk)


def follow_up(membership: Membership, pk: int) -> FollowUp:
    rows = FollowUp.objects.select_related(
        "reminder", "request__organisation", "request__version", "request__procedure__vendor", "request__stream"
    )
    return get_object_or_404(rows, organisation=membership.organisation, pk=pk)


def evidence(membership: Membership, pk: int) -> Evidence:
    return get_object_or_404(Evidence, request__organisation=membership.organisation, pk=pk)


def outgoing_mail(membership: Membership, pk: int) -> OutgoingMail:
    mails = OutgoingMail.objects.select_related("request")
    return get_object_or_404(mails, organisation=membership.organisation, pk=pk)


def paused_address(membership: Membership, pk: int) -> PausedAddress:
    return get_object_or_404(PausedAddress, organisation=membership.organisation, pk=pk)


def visible_mail(membership: Membership) -> QuerySet[InboundMail]:
    """Return the organisation's mail that came in, without what came twice.

    What nothing says whose it is is shown to the owners of the only organisation that there is; where there are
    several, the staff pages list it, because it may be any one's.
    """
    ours = Q(organisation=membership.organisation)
    if membership.is_owner and not Organisation.objects.exclude(pk=membership.organisation_id).exists():
        ours |= Q(organisation=None)
    return InboundMail.objects.filter(ours).exclude(state=InboundState.DUPLICATE)


def inbound_mail(membership: Membership, pk: int) -> InboundMail:
    """Return the mail without the bytes of its original."""
    related = ("organisation", "request__workspace__vendor", "suggested_request__workspace__vendor", "settled_by")
    return get_object_or_404(visible_mail(membership).select_related(*related).defer("raw"), pk=pk)


def channel(membership: Membership, pk: int) -> NotificationChannel:
    channels = NotificationChannel.objects.select_related("organisation")
    return get_object_or_404(channels, organisation=membership.organisation, pk=pk)


def inbound_hook(membership: Membership, pk: int) -> InboundHook:
    return get_object_or_404(InboundHook, organisation=membership.organisation, pk=pk)


def follow_up_policy(membership: Membership, pk: int) -> FollowUpPolicy:
    """Return what the organisation chose for one vendor or procedure."""
    policies = FollowUpPolicy.objects.exclude(vendor=None, procedure=None).select_related("vendor", "procedure__vendor")
    return get_object_or_404(policies, organisation=membership.organisation, pk=pk)


def own_wording(membership: Membership, pk: int) -> OwnWording:
    return get_object_or_404(OwnWording, organisation=membership.organisation, pk=pk)


def colleague(membership: Membership, pk: int) -> Membership:
    """Return another membership of the same organisation."""
    return get_object_or_404(Membership.objects.select_related("user"), organisation=membership.organisation, pk=pk)


def invitation(membership: Membership, pk: int) -> Invitation:
    return get_object_or_404(Invitation, organisation=membership.organisation, pk=pk)


def saved_view(membership: Membership, pk: int) -> SavedView:
    """Return a saved view that the person may change: one of the person's own, or a shared one (admins)."""
    views = SavedView.objects.filter(Q(user=None) | Q(user=membership.user), organisation=membership.organisation)
    view = get_object_or_404(views, pk=pk)
    if view.user_id is None and not membership.can_edit:
        raise PermissionDenied
    return view


def job(membership: Membership, pk: int) -> Job:
    jobs = Job.objects.select_related("started_by", "campaign")
    return get_object_or_404(jobs, organisation=membership.organisation, pk=pk)


def campaign(membership: Membership, pk: int) -> Campaign:
    campaigns = Campaign.objects.select_related("organisation", "created_by")
    return get_object_or_404(campaigns, organisation=membership.organisation, pk=pk)


def export(membership: Membership, pk: int) -> Export:
    return get_object_or_404(Export.objects.select_related("started_by"), organisation=membership.organisation, pk=pk)


def first_organisation(user: User) -> Organisation:
    """Return the organisation that the person joined first; 404 for somebody who belongs to none."""
    membership = user.memberships.select_related("organisation").first()
    if membership is None:
        raise Http404
    return membership.organisation


# Pages that stand in another section than their address says: with what they are about, so that the menu shows where.
_BELONGS = {
    "changed": "",
    "evidence": "requests",
    "exports": "requests",
    "follow-ups": "requests",
    "jobs": "requests",
    "mail": "triage",
    "notifications": "me",
    "outgoing": "requests",
    "verify": "requests",
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give templates the membership under which the page is shown and the section of the menu it is in.

    A page about the person, not about an organisation, is shown under the membership that the person has longest.
    The section is what follows the organisation in the address, such as requests, or what that belongs to; empty for
    the first page. How much mail waits is asked for when the menu is drawn.
    """
    parts = request.path.split("/")
    membership = getattr(request, "membership", None)
    if membership is None and isinstance(getattr(request, "user", None), User):
        membership = request.user.memberships.select_related("organisation").first()  # type: ignore[union-attr]
    inside = len(parts) > 3 and parts[1] == "o"
    return {
        "membership": membership,
        "section": _BELONGS.get(parts[3], parts[3]) if inside else parts[1],
        "mail_waiting": lambda: _mail_waiting(membership),
    }


def _mail_waiting(membership: Membership | None) -> str:
    """Return how many mails of the organisation wait for a person, beyond 99 as 99+; empty for none."""
    if membership is None:
        return ""
    rows = InboundMail.objects.filter(organisation=membership.organisation, waits__gt="")
    number = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number or "")
