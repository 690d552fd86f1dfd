"""The addresses at which providers hand over mail: made, changed and removed by owners."""

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from requests_app.models import (
    Action,
    EventStream,
    InboundHook,
    MailProvider,
    Membership,
    Organisation,
    Source,
    Subject,
    record_event,
)
from requests_app.people.ownership import lock_for_owner
from requests_app.people.tokens import new_token, token_hash


def hooks_of(organisation: Organisation) -> list[InboundHook]:
    return list(InboundHook.objects.filter(organisation=organisation))


def hook_of(provider: str, secret: str) -> InboundHook | None:
    """Return the webhook that the address names."""
    found = InboundHook.objects.select_related("organisation")
    return found.filter(provider=provider, secret_hash=token_hash(secret)).first()


def address_of(hook: InboundHook) -> str:
    """Return what is typed in at the provider; where it signs nothing, user and password stand in it."""
    path = reverse("inbound_hook", args=(hook.provider, str(hook.secret)))
    if hook.provider == MailProvider.MAILGUN:
        return settings.BASE_URL + path
    site = urlsplit(settings.BASE_URL)
    return f"{site.scheme}://{hook.signing_key}@{site.netloc}{path}"


def make_hook(membership: Membership, provider: MailProvider, signing_key: str = "") -> InboundHook:
    """Make the organisation's webhook at the provider, or a new address and key for the one that is there.

    The old address stops working at once. Mailgun's key is Mailgun's own; for Postmark a password is made up.
    """
    organisation, secret = membership.organisation, new_token()
    key = signing_key if provider is MailProvider.MAILGUN else f"optout:{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        lock_for_owner(membership)
        before = InboundHook.objects.filter(organisation=organisation, provider=provider).first()
        hook = before or InboundHook(organisation=organisation, provider=provider)
        hook.secret, hook.secret_hash = secret, token_hash(secret)
        hook.signing_key = key or hook.signing_key
        hook.made_by, hook.made_at, hook.last_refusal = membership.user, timezone.now(), ""
        hook.save()
        _record(membership, hook, "replaced" if before else "made")
    return InboundHook.objects.get(pk=hook.pk)


def remove_hook(membership: Membership, hook: InboundHook) -> None:
    """Remove the webhook: its address is not known any more. The mail that came through it stays."""
    with transaction.atomic():
        lock_for_owner(membership)
        _record(membership, hook, "removed")
        hook.delete()


def _record(membership: Membership, hook: InboundHook, change: str) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.SETTINGS_CHANGED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(hook),
        detail={"mail_webhook": {"provider": hook.provider, "change": change}},
    )
