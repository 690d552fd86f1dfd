"""Changes to the organisation's channels: each is one function that writes its event."""

import base64
import datetime
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from requests_app.models import (
    Action,
    ChannelKind,
    EventStream,
    Membership,
    NotificationChannel,
    SendState,
    Source,
    Subject,
    record_event,
)
from requests_app.people.ownership import lock_for_owner


def new_secret() -> str:
    """Return a signing secret of 256 bits as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def save_channel(membership: Membership, channel: NotificationChannel) -> str:
    """Save a new or changed channel; return the signing secret when one was made, which is not shown again."""
    made = ""
    with transaction.atomic():
        organisation = lock_for_owner(membership)
        if channel.pk is None:
            channel.organisation, channel.created_at = organisation, timezone.now()
            if channel.kind == ChannelKind.WEBHOOK:
                channel.secret = made = new_secret()
        channel.disabled_at = None
        channel.save()
        _record(membership.actor, Source.WEB, channel, {"channel": channel.kind, "events": channel.events})
    return made


def change_secret(membership: Membership, channel: NotificationChannel) -> str:
    """Give the channel another signing secret and return it."""
    with transaction.atomic():
        lock_for_owner(membership)
        channel.secret = made = new_secret()
        channel.save(update_fields=["secret"])
        _record(membership.actor, Source.WEB, channel, {"channel": channel.kind, "secret": "changed"})
    return made


def remove_channel(membership: Membership, channel: NotificationChannel) -> None:
    """Remove the channel with its log."""
    with transaction.atomic():
        lock_for_owner(membership)
        _record(membership.actor, Source.WEB, channel, {"channel": channel.kind, "removed": True})
        channel.delete()


def disable_gone(channel: NotificationChannel, now: datetime.datetime) -> None:
    """Post there no more: the other end said 410, that it is gone for good. What waits for it is not tried."""
    with transaction.atomic():
        if NotificationChannel.objects.filter(pk=channel.pk, disabled_at=None).update(disabled_at=now):
            channel.posts.filter(state=SendState.QUEUED).update(state=SendState.CANCELLED, ended_at=now)
            _record("clock", Source.CLOCK, channel, {"channel": channel.kind, "disabled": 410})


def _record(actor: str, source: Source, channel: NotificationChannel, detail: dict[str, Any]) -> None:
    record_event(
        EventStream.of_organisation(channel.organisation),
        Action.SETTINGS_CHANGED,
        actor=actor,
        source=source,
        subject=Subject.of(channel),
        detail=detail,
        personal={"name": channel.name},
    )
