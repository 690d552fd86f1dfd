"""Mail that a provider hands over by HTTP: checked by django-anymail, stored, and filed by the clock.

Anymail's views are asked for their checks, with the organisation's own key, and for nothing that would parse the mail
here: whoever writes a mail may write a bomb, and those are read in a process of their own.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from requests_app.intake.posted import NotAForm, fields_of
from requests_app.intake.reading.addresses import addresses_in
from requests_app.intake.reading.caps import MOST_BYTES
from requests_app.intake.storing import Place, store_mail
from requests_app.models import InboundHook, InboundMail, MailProvider, Way

# Of a whole call: a mail grows by a half where it stands in JSON, and more in a form that is encoded like a URL.
MOST_POSTED = 3 * MOST_BYTES
# Seconds. Mailgun tries again for eight hours and does not say whether it then signs again, so that an older
# signature counts, too. It cannot be used for another mail: see _store.
OLDEST, NEWEST = 12 * 3600, 300


class HookRefused(Exception):
    """A call that is not taken, and its HTTP status: 401 and 403 who asks, 400 and 422 what comes, 413 how much."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class HandedOver:
    """A mail as the provider has it, and whom it took it for; `call` is what it signed, if it signs anything."""

    raw: bytes
    is_rebuilt: bool = False
    call: str = ""
    recipients: tuple[str, ...] = ()


def take_posted(hook: InboundHook, request: HttpRequest) -> InboundMail:
    """Store the mail that a provider posts and return its row; it is filed with the next pass of the clock.

    Raises HookRefused, and DatabaseError, after which the provider tries again.
    """
    try:
        handed_over = _OF[MailProvider(hook.provider)](hook, request)
        mail = _store(hook, handed_over)
    except HookRefused as refusal:
        InboundHook.objects.filter(pk=hook.pk).update(last_refusal=str(refusal)[:300])
        raise
    InboundHook.objects.filter(pk=hook.pk).update(last_mail_at=timezone.now(), last_refusal="")
    return mail


def _store(hook: InboundHook, given: HandedOver) -> InboundMail:
    """Store it: the same mail twice is one row, and one signature is good for one mail."""
    if not given.raw.strip():
        raise HookRefused(422, "The provider sent no mail in its call.")
    if len(given.raw) > MOST_BYTES:
        raise HookRefused(413, "The mail is larger than 25 MB.")
    place = None
    if given.call:
        account = hashlib.sha256(f"webhook\0{hook.pk}\0{given.call}".encode()).hexdigest()
        place = Place(account, 0, 0)
    mail = store_mail(
        given.raw,
        Way.WEBHOOK,
        organisation=hook.organisation,
        place=place,
        is_rebuilt=given.is_rebuilt,
        envelope_recipients=given.recipients,
    )
    if mail.sha256 != hashlib.sha256(given.raw).hexdigest():
        raise HookRefused(403, "A signature was used again for another mail.")
    return mail


def _body(request: HttpRequest) -> bytes:
    """Return what was posted. Django's own cap is that of forms, far below a mail's."""
    length = request.headers.get("Content-Length", "")
    body = b"" if length.isdigit() and int(length) > MOST_POSTED else request.read(MOST_POSTED + 1)
    if len(body) > MOST_POSTED or (length.isdigit() and int(length) > MOST_POSTED):
        raise HookRefused(413, "The call is too large for a mail of 25 MB.")
    return body


def _of_mailgun(hook: InboundHook, request: HttpRequest) -> HandedOver:
    """Return the mail of a route that forwards raw MIME (its address ends in "mime")."""
    try:
        fields = fields_of(request.content_type or "", request.content_params or {}, _body(request))
    except NotAForm as error:
        raise HookRefused(400, str(error)) from error
    signed = {name: fields.get(name, b"").decode("latin-1") for name in ("timestamp", "token", "signature")}
    _check_mailgun(hook, request, signed)
    if "body-mime" not in fields:
        raise HookRefused(422, "Mailgun sent no raw MIME. The address of the route must end in “mime”.")
    recipients = addresses_in([fields.get("recipient", b"").decode("latin-1")])
    return HandedOver(fields["body-mime"], call=signed["token"], recipients=tuple(recipients))


def _check_mailgun(hook: InboundHook, request: HttpRequest, signed: dict[str, str]) -> None:
    """Let anymail check the signature over timestamp and token (HMAC-SHA256), and look at the time."""
    posted = QueryDict(mutable=True)
    posted.update(signed)
    request.POST = posted  # type: ignore[assignment]  # where anymail looks
    try:
        MailgunInboundWebhookView(webhook_signing_key=str(hook.signing_key), webhook_secret=[]).run_validators(request)
        age = time.time() - int(signed["timestamp"])
    except (AnymailWebhookValidationFailure, ValueError) as error:
        raise HookRefused(403, "The signature is not right: compare the signing key with Mailgun’s.") from error
    if not -NEWEST < age < OLDEST:
        raise HookRefused(403, "The signature is too old, or a clock is wrong.")


def _of_postmark(hook: InboundHook, request: HttpRequest) -> HandedOver:
    """Return the mail of an inbound stream: raw where the stream includes that, else put together again."""
    view = PostmarkInboundWebhookView(webhook_secret=str(hook.signing_key))
    try:
        view.run_validators(request)
    except (AnymailWebhookValidationFailure, ValueError) as error:
        # Not 403, after which Postmark does not try again: a mail must survive a wrong password.
        raise HookRefused(401, "The user or password in the address is not right.") from error
    try:
        event = json.loads(_body(request))
    except (ValueError, RecursionError) as error:
        raise HookRefused(400, "It is not JSON.") from error
    if not isinstance(event, dict) or event.get("RecordType", "Inbound") != "Inbound":
        raise HookRefused(422, "This is no mail that came in: the address belongs to the inbound stream.")
    recipients = tuple(addresses_in([str(event.get("OriginalRecipient", ""))]))
    raw = event.get("RawEmail")
    if isinstance(raw, str):
        return HandedOver(raw.encode("utf-8", "replace"), recipients=recipients)
    return HandedOver(_rebuilt(view, event), is_rebuilt=True, recipients=recipients)


def _rebuilt(view: PostmarkInboundWebhookView, event: dict[str, Any]) -> bytes:
    """Return a mail made of what Postmark read in it; a mail that is attached stays unread (see above)."""
    try:
        for attached in event.get("Attachments", []):
            if attached.get("ContentType", "").lower().startswith("message/"):
                attached["ContentType"] = "application/octet-stream"
        return bytes(view.esp_to_anymail_event(event).message.as_bytes())
    except (AnymailError, MessageError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise HookRefused(
            422, "The call cannot be read. Switch on “Include raw email content in JSON payload” at Postmark."
        ) from error


_OF: dict[MailProvider, Callable[[InboundHook, HttpRequest], HandedOver]] = {
    MailProvider.MAILGUN: _of_mailgun,
    MailProvider.POSTMARK: _of_postmark,
}
