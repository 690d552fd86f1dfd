"""Changes to when Optout follows up: each is one event of the organisation, and moves the clocks of its requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from requests_app.drafting.formats import WRITTEN
from requests_app.models import (
    Action,
    EventStream,
    FollowUpPolicy,
    Membership,
    OptOutRequest,
    Organisation,
    Procedure,
    Source,
    Status,
    Subject,
    Vendor,
    record_event,
)
from requests_app.people.ownership import lock_for_owner
from requests_app.tracking.policy import NAMES, Policy, defaults, merge


@dataclass(frozen=True)
class Scope:
    """What a policy holds for: a procedure, a vendor, or with neither everything of the organisation."""

    vendor: Vendor | None = None
    procedure: Procedure | None = None

    @classmethod
    def of(cls, policy: FollowUpPolicy) -> "Scope":
        """Return what a saved policy holds for."""
        return cls(policy.vendor, policy.procedure)

    @property
    def is_written(self) -> bool:
        """Whether requests of this scope may be letters to a vendor; else they are settings of one's own."""
        return self.procedure is None or self.procedure.channel in WRITTEN

    @property
    def word(self) -> str:
        """What the event calls it; the vendor of a procedure is part of its name."""
        return str(self.procedure or self.vendor or "organisation")


def policy_for(organisation: Organisation, scope: Scope) -> FollowUpPolicy | None:
    """Return what was chosen for exactly this scope."""
    rows = FollowUpPolicy.objects.filter(organisation=organisation)
    return rows.filter(vendor=scope.vendor, procedure=scope.procedure).first()


def inherited(organisation: Organisation, scope: Scope) -> Policy:
    """Return what holds where nothing is chosen for this scope."""
    wider: list[Scope] = []
    if scope.procedure:
        wider.append(Scope(vendor=scope.procedure.vendor))
    if scope.procedure or scope.vendor:
        wider.append(Scope())
    found = [policy for each in wider if (policy := policy_for(organisation, each))]
    return merge(found, defaults(is_written=scope.is_written))


def save_policy(membership: Membership, scope: Scope, values: Mapping[str, Any]) -> FollowUpPolicy:
    """Save what was chosen for the scope, None for what is inherited, and return it; the same again writes nothing."""
    with transaction.atomic():
        organisation = lock_for_owner(membership, _concerned(membership.organisation, scope))
        policy = policy_for(organisation, scope) or FollowUpPolicy(
            organisation=organisation, vendor=scope.vendor, procedure=scope.procedure
        )
        changed = {
            name: {"from": getattr(policy, name), "to": values[name]}
            for name in NAMES
            if getattr(policy, name) != values[name]
        }
        if policy.pk and not changed:
            return policy
        for name in NAMES:
            setattr(policy, name, values[name])
        policy.save()
        _record(membership, policy, scope, {"change": "saved", **changed})
        _concerned(organisation, scope).update(clock_stale=True)
    return policy


def remove_policy(membership: Membership, policy: FollowUpPolicy) -> None:
    """Delete what was chosen for a vendor or a procedure: what holds for more holds for it again."""
    scope = Scope.of(policy)
    with transaction.atomic():
        organisation = lock_for_owner(membership, _concerned(membership.organisation, scope))
        _record(membership, policy, scope, {"change": "removed"})
        policy.delete()
        _concerned(organisation, scope).update(clock_stale=True)


def _concerned(organisation: Organisation, scope: Scope) -> QuerySet[OptOutRequest]:
    """Return the requests whose next action the policy decides; the day of a check that is set stays."""
    rows = OptOutRequest.objects.filter(organisation=organisation)
    rows = rows.exclude(status__in=(Status.DRAFT, Status.CLOSED))
    if scope.procedure:
        return rows.filter(procedure=scope.procedure)
    return rows.filter(procedure__vendor=scope.vendor) if scope.vendor else rows


def _record(membership: Membership, policy: FollowUpPolicy, scope: Scope, detail: Mapping[str, Any]) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.SETTINGS_CHANGED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(policy),
        detail={"follow_ups": scope.word, **detail},
    )
