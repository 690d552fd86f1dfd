"""Invitations: made, withdrawn and accepted. The link exists in the answer to whoever made it, and nowhere else."""

import datetime
from enum import Enum

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from requests_app.models import (
    Action,
    EventStream,
    Invitation,
    Membership,
    Organisation,
    Role,
    Source,
    Subject,
    User,
    record_event,
)
from requests_app.people.accounts import create_account
from requests_app.people.ownership import lock_for_owner
from requests_app.people.setup import record_joined
from requests_app.people.tokens import new_token, token_hash

VALID_FOR = datetime.timedelta(days=7)


class State(Enum):
    """What has become of an invitation."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class InvitationRefused(Exception):
    """The invitation is not open any more, or it is for somebody else."""


def state_of(invitation: Invitation, now: datetime.datetime) -> State:
    """Return what has become of the invitation by then."""
    if invitation.accepted_at:
        return State.USED
    if invitation.revoked_at:
        return State.REVOKED
    return State.OPEN if now < invitation.expires_at else State.EXPIRED


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation with this token, in whatever state."""
    invitations = Invitation.objects.select_related("organisation", "invited_by")
    return invitations.filter(token_hash=token_hash(token)).first()


def open_invitations(organisation: Organisation) -> QuerySet[Invitation]:
    """Return the invitations that can still be accepted."""
    return organisation.invitations.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).select_related("invited_by")


def invite(membership: Membership, email: str, role: Role) -> tuple[Invitation, str]:
    """Return a new invitation and the token of its link, which cannot be had again. Earlier ones to them end."""
    token, now = new_token(), timezone.now()
    with transaction.atomic():
        organisation = lock_for_owner(membership)
        _revoke(membership, open_invitations(organisation).filter(email__iexact=email))
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email.lower(),
            role=role,
            token_hash=token_hash(token),
            invited_by=membership.user,
            expires_at=now + VALID_FOR,
        )
        _record(membership, Action.MEMBER_INVITED, invitation)
    return invitation, token


def revoke(membership: Membership, invitation: Invitation) -> None:
    """End an invitation that is open; nothing happens to another one."""
    with transaction.atomic():
        organisation = lock_for_owner(membership)
        _revoke(membership, open_invitations(organisation).filter(pk=invitation.pk))


def revoke_all_by(membership: Membership, inviter: User) -> None:
    """End the open invitations that somebody made who may not invite any more; call it in the same transaction."""
    _revoke(membership, open_invitations(membership.organisation).filter(invited_by=inviter))


def accept(invitation: Invitation, user: User) -> Membership:
    """Return the membership of the invited person; a member's role stays as it is. Raises InvitationRefused."""
    now = timezone.now()
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().select_related("organisation").get(pk=invitation.pk)
        if state_of(locked, now) is not State.OPEN or locked.email.lower() != user.email.lower():
            raise InvitationRefused
        membership, is_new = Membership.objects.get_or_create(
            organisation=locked.organisation, user=user, defaults={"role": locked.role}
        )
        locked.accepted_at = now
        locked.save(update_fields=["accepted_at"])
        if is_new:
            record_joined(membership)
    return membership


def join_with_new_account(invitation: Invitation, *, name: str, password: str) -> Membership:
    """Return the membership of a new person with the invited address. Raises InvitationRefused and AddressTaken."""
    with transaction.atomic():
        return accept(invitation, create_account(invitation.email, name, password))


def _revoke(membership: Membership, invitations: QuerySet[Invitation]) -> None:
    # All are locked before the first event is written: whoever accepts one locks it first and then writes, too.
    for invitation in list(invitations.select_for_update(of=("self",))):
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _record(membership, Action.INVITATION_REVOKED, invitation)


def _record(membership: Membership, action: Action, invitation: Invitation) -> None:
    record_event(
        EventStream.of_organisation(invitation.organisation),
        action,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(invitation),
        detail={"role": invitation.role, "expires_at": invitation.expires_at.isoformat()},
        personal={"email": invitation.email},
    )
