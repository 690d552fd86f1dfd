"""Registering, changing and retiring workspaces: the row and its event, together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from requests_app.models import (
    Action,
    EventStream,
    Membership,
    Source,
    Subject,
    User,
    Vendor,
    Workspace,
    record_event,
)

# What a person typed freely may name people, so it stands outside the chain and can be erased.
PERSONAL = ("name", "identifiers", "notes")


@dataclass(frozen=True)
class WorkspaceValues:
    """What a person says about a workspace."""

    name: str
    plan: str = ""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    responsible: User | None = None
    notes: str = ""


def register_workspace(
    membership: Membership, vendor: Vendor, values: WorkspaceValues, *, source: Source = Source.WEB
) -> Workspace:
    """Return the new workspace. Raises IntegrityError when the vendor has one of that name already."""
    with transaction.atomic():
        workspace = Workspace.objects.create(organisation=membership.organisation, vendor=vendor, **vars(values))
        _record(membership, workspace, Action.WORKSPACE_REGISTERED, source, list(vars(values)))
    return workspace


def change_workspace(
    membership: Membership, workspace: Workspace, values: WorkspaceValues, *, source: Source = Source.WEB
) -> Workspace:
    """Save the values and return the workspace; when nothing differs, nothing is written."""
    with transaction.atomic():
        locked = _locked(workspace)
        changed = [name for name, value in vars(values).items() if getattr(locked, name) != value]
        for name in changed:
            setattr(locked, name, getattr(values, name))
        if changed:
            locked.save(update_fields=changed)
            _record(membership, locked, Action.WORKSPACE_CHANGED, source, changed)
    return locked


def retire_workspace(membership: Membership, workspace: Workspace, *, source: Source = Source.WEB) -> Workspace:
    """Take the workspace out of use and return it; it and its requests are kept."""
    with transaction.atomic():
        locked = _locked(workspace)
        if locked.retired_at is None:
            locked.retired_at = timezone.now()
            locked.save(update_fields=["retired_at"])
            _record(membership, locked, Action.WORKSPACE_RETIRED, source, [])
    return locked


def restore_workspace(membership: Membership, workspace: Workspace, *, source: Source = Source.WEB) -> Workspace:
    """Take a retired workspace back into use and return it."""
    with transaction.atomic():
        locked = _locked(workspace)
        if locked.retired_at is not None:
            locked.retired_at = None
            locked.save(update_fields=["retired_at"])
            _record(membership, locked, Action.WORKSPACE_CHANGED, source, ["retired_at"])
    return locked


def _locked(workspace: Workspace) -> Workspace:
    return Workspace.objects.select_for_update(of=("self",)).select_related("vendor").get(pk=workspace.pk)


def _record(membership: Membership, workspace: Workspace, action: Action, source: Source, changed: list[str]) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        action,
        actor=membership.actor,
        source=source,
        subject=Subject.of(workspace),
        detail={
            "vendor": workspace.vendor.slug,
            "plan": workspace.plan,
            "responsible": f"user:{workspace.responsible_id}" if workspace.responsible_id else None,
            "changed": changed,
        },
        personal={name: getattr(workspace, name) for name in PERSONAL if name in changed and getattr(workspace, name)},
    )
