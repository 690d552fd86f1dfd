"""Changes to who belongs to an organisation. There is always an owner left, whoever acts at the same time."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from requests_app.models import (
    Action,
    EventStream,
    Membership,
    OptOutRequest,
    Role,
    Source,
    Subject,
    Workspace,
    record_event,
)
from requests_app.people.invitations import revoke_all_by
from requests_app.people.ownership import lock_for_owner


class LastOwner(Exception):
    """An organisation without an owner could never be changed again."""


class MemberGone(Exception):
    """Somebody else has removed this member meanwhile."""


def change_role(membership: Membership, colleague: Membership, role: Role) -> None:
    """Give the colleague another role. Raises LastOwner and MemberGone."""
    with transaction.atomic():
        found = _locked(membership, colleague)
        if found.role == role:
            return
        if found.role == Role.OWNER:
            _refuse_last_owner(found)
            revoke_all_by(membership, found.user)
        before, found.role = found.role, role
        found.save(update_fields=["role"])
        _record(membership, Action.MEMBER_ROLE_CHANGED, found, {"from": before, "to": role})


def remove(membership: Membership, colleague: Membership) -> None:
    """Take the colleague out of the organisation; what was theirs to look after is nobody's. Raises as change_role."""
    with transaction.atomic():
        lock_for_owner(membership, _looked_after_by(colleague))
        found = _locked(membership, colleague)
        if found.role == Role.OWNER:
            _refuse_last_owner(found)
            revoke_all_by(membership, found.user)
        theirs = {"organisation": found.organisation, "responsible": found.user}
        workspaces = Workspace.objects.filter(**theirs).update(responsible=None)
        requests = OptOutRequest.objects.filter(**theirs).update(responsible=None)
        left = {"role": found.role, "workspaces_left": workspaces, "requests_left": requests}
        _record(membership, Action.MEMBER_REMOVED, found, left)
        found.delete()


def _looked_after_by(colleague: Membership) -> QuerySet[OptOutRequest]:
    return OptOutRequest.objects.filter(organisation=colleague.organisation_id, responsible=colleague.user_id)


def _locked(membership: Membership, colleague: Membership) -> Membership:
    """Return the colleague's membership as it is now, inside the lock."""
    organisation = lock_for_owner(membership)
    found = Membership.objects.select_related("user", "organisation").filter(pk=colleague.pk, organisation=organisation)
    if not found:
        raise MemberGone
    return found[0]


def _refuse_last_owner(owner: Membership) -> None:
    others = Membership.objects.filter(organisation=owner.organisation, role=Role.OWNER, user__is_active=True)
    if not others.exclude(pk=owner.pk).exists():
        raise LastOwner


def _record(membership: Membership, action: Action, about: Membership, detail: dict[str, Any]) -> None:
    record_event(
        EventStream.of_organisation(about.organisation),
        action,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(about),
        detail={"user": about.user_id, **detail},
        personal={"name": about.user.name, "email": about.user.email},
    )
