"""Later messages of a request: in the thread of what went before, to whom it went."""

import datetime
import re
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.catalogue.fields import FieldError, refuse_control_characters
from requests_app.delivery.compose import compose, new_mail_id
from requests_app.delivery.freezing import keep_messages
from requests_app.delivery.loops import answers_a_program, may_answer_automatically
from requests_app.delivery.mail_events import record
from requests_app.delivery.outputs import Output
from requests_app.delivery.reply_address import token_of, with_token
from requests_app.delivery.sending import CANCEL_WINDOW, SendingRefused, TooSoon, check_not_paused, settings_of
from requests_app.drafting.draft import Draft
from requests_app.drafting.requests import frozen_draft
from requests_app.models import (
    Action,
    InboundKind,
    InboundMail,
    InboundState,
    MailSettings,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    Purpose,
    SendState,
    Source,
    Status,
    User,
)

CLOCK = "clock"
# What a stranger calls a Message-ID is quoted only if it is one (RFC 5322 section 3.6.4, without its obsolete forms).
_MAIL_ID = re.compile(r"<[!-;=?-~]{1,120}@[!-;=?-~]{1,120}>")
# What a thread begins with and its latest are what mail programs need (RFC 5322 asks for all, servers limit headers).
_MOST_IDS = 20
_RE = re.compile(r"\s*(?:re|aw|sv|tr)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class _Asked:
    """Who asks for a later message, and how it goes out."""

    actor: str
    user: User | None
    source: Source
    purpose: Purpose
    needs_approval: bool

    @property
    def is_automatic(self) -> bool:
        return self.actor == CLOCK and not self.needs_approval


def thread_of(opt_out_request: OptOutRequest) -> list[str]:
    """Return the Message-IDs of the request's correspondence, the oldest first; what is in doubt may have arrived."""
    sent = opt_out_request.outgoing_mail.filter(state__in=(SendState.SENT, SendState.UNKNOWN))
    came = InboundMail.objects.filter(
        request=opt_out_request,
        state=InboundState.MATCHED,
        kind__in=(InboundKind.REPLY, InboundKind.AUTO_REPLY),
    )
    known = [*sent.values_list("queued_at", "mail_id"), *came.values_list("received_at", "mail_id")]
    ids = [mail_id for _at, mail_id in sorted(known, key=itemgetter(0)) if _MAIL_ID.fullmatch(mail_id)]
    ids = list(dict.fromkeys(ids))
    return ids if len(ids) <= _MOST_IDS else [ids[0], *ids[1 - _MOST_IDS :]]


def later_draft(opt_out_request: OptOutRequest, *, subject: str, body: str, recipient: str = "") -> Draft:
    """Return what a later message says, as it will go out; closing and signature are those of the request.

    It goes to whom the request went unless a recipient is given, under the request's subject with "Re:" unless one is
    given. Raises SendingRefused for a draft, for texts with control characters, and where there is no address.
    """
    if opt_out_request.snapshot is None or opt_out_request.status == Status.DRAFT:
        raise SendingRefused(_("The request itself has not gone out yet."))
    frozen = frozen_draft(opt_out_request)
    address = recipient.strip() or frozen.recipient_email
    if not address:
        raise SendingRefused(_("No e-mail address of the recipient is known. Give one."))
    try:
        for text, allowed in ((subject, ""), (body, "\n")):
            refuse_control_characters(text.replace("\r\n", "\n"), allowed)
        same = ascii_address(address) == (frozen.recipient_email and ascii_address(frozen.recipient_email))
    except (AddressError, FieldError) as error:
        raise _unwritable(error) from error
    return replace(
        frozen,
        recipient_email=address,
        recipient_name=frozen.recipient_name if same else "",
        subject=subject.strip() or f"Re: {_RE.sub('', frozen.subject, count=1)}",
        body=body.replace("\r\n", "\n").strip(),
    )


def queue_in_thread(
    opt_out_request: OptOutRequest,
    *,
    subject: str,
    body: str,
    actor: str,
    needs_approval: bool,
    user: User | None = None,
    source: Source = Source.WEB,
    recipient: str = "",
    purpose: Purpose = Purpose.FOLLOW_UP,
    action: Action = Action.MESSAGE_QUEUED,
) -> OutgoingMail:
    """Put a later message of the request into the outbox and return that.

    `body` goes without closing and signature: the request's own follow (see later_draft). `actor` is who asks for it:
    membership.actor, with `user`, or CLOCK. It waits for a person where it needs approval; else what a person asks for
    is due after CANCEL_WINDOW, and what the clock asks for at once. Raises SendingRefused, and nothing is changed:
    where nothing is set up, for demo data, an address that is paused, a request that has not left; TooSoon for the
    clock (see delivery/loops.py). Call it in the transaction of whatever it belongs to; the request is locked first.
    """
    asked = _Asked(actor, user, source, purpose, needs_approval)
    now = timezone.now()
    with transaction.atomic():
        rows = OptOutRequest.objects.select_for_update(of=("self",))
        current = rows.select_related("organisation", "stream", "version").get(pk=opt_out_request.pk)
        mail = settings_of(current.organisation)
        draft = later_draft(current, subject=subject, body=body, recipient=recipient)
        _check(current, draft)
        if asked.is_automatic:
            _check_loops(current, draft, purpose, now)
        row = _queued(current, draft, mail, asked, now)
        facts = {"purpose": purpose.value, "needs_approval": needs_approval, "automatic": asked.is_automatic}
        people = {"recipient_email": draft.recipient_email, "subject": draft.subject}
        record(row, action, actor, source, facts, people, [row.message.sha256] if row.message else [])
    return row


def _check(current: OptOutRequest, draft: Draft) -> None:
    """Raise SendingRefused where the request itself is still here, or its address is paused."""
    here = (SendState.WAITING, SendState.QUEUED, SendState.SENDING, SendState.FAILED)
    if current.outgoing_mail.filter(purpose=Purpose.REQUEST, state__in=here).exists():
        raise SendingRefused(_("The request itself has not gone out yet."))
    check_not_paused(current.organisation, ascii_address(draft.recipient_email))


def _check_loops(current: OptOutRequest, draft: Draft, purpose: Purpose, now: datetime.datetime) -> None:
    """Raise TooSoon where a program would write twice a day to one address, or to another program."""
    Organisation.objects.select_for_update(no_key=True).get(pk=current.organisation_id)  # two clocks, one by one
    if not may_answer_automatically(current.organisation, ascii_address(draft.recipient_email), now):
        raise TooSoon(_("This address had an automatic message within the last 24 hours."))
    if purpose is Purpose.ANSWER and answers_a_program(current):
        raise TooSoon(_("The last message came from a program: no program answers it."))


def _queued(
    current: OptOutRequest, draft: Draft, mail: MailSettings, asked: _Asked, now: datetime.datetime
) -> OutgoingMail:
    if not current.reply_token:  # it was handed over before there was a mailbox
        current.reply_token = token_of(current)
        current.save(update_fields=["reply_token"])
    mail_id, content = _written(current, draft, mail, asked, now)
    [message] = keep_messages(asked.user, current, [Output(_name(current, asked), "message/rfc822", content, "")])
    return OutgoingMail.objects.create(
        organisation=current.organisation,
        request=current,
        message=message,
        purpose=asked.purpose,
        state=SendState.WAITING if asked.needs_approval else SendState.QUEUED,
        mail_id=mail_id,
        sender=ascii_address(mail.from_address),
        recipient=ascii_address(draft.recipient_email),
        subject=draft.subject[:300],
        is_automatic=asked.is_automatic,
        queued_by=asked.user,
        queued_at=now,
        due_at=now if asked.is_automatic else now + CANCEL_WINDOW,
    )


def _name(current: OptOutRequest, asked: _Asked) -> str:
    """Return the file name: follow-up-2.eml is the second of its kind."""
    number = current.outgoing_mail.filter(purpose=asked.purpose).count() + 1
    return f"{asked.purpose.value.replace('_', '-')}-{number}.eml"


def _written(
    current: OptOutRequest, draft: Draft, mail: MailSettings, asked: _Asked, now: datetime.datetime
) -> tuple[str, bytes]:
    """Return the Message-ID and the bytes. Raises SendingRefused."""
    more: dict[str, Any] = {"thread": thread_of(current), "is_automatic": asked.is_automatic}
    more["is_answer"] = asked.purpose is Purpose.ANSWER
    try:
        if mail.reply_address:
            more["reply_to"] = with_token(mail.reply_address, current.reply_token or token_of(current))
        mail_id = new_mail_id(mail.from_address)
        local = timezone.localtime(now, ZoneInfo(current.organisation.time_zone))
        return mail_id, compose(draft, mail, now=local, mail_id=mail_id, **more)
    except (AddressError, ValueError) as error:
        raise _unwritable(error) from error


def _unwritable(error: ValueError) -> SendingRefused:
    return SendingRefused(_("The mail cannot be written: {reason}").format(reason=error))
