"""From stored to filed: read, matched, and either in its request's correspondence or held with the reason."""

import datetime
import logging
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from requests_app.delivery.evidence import display_name
from requests_app.delivery.pausing import record_bounce
from requests_app.intake.checking import checked_sender
from requests_app.intake.matching import Match, match, names_another, organisation_of
from requests_app.intake.own_copies import OWN_COPY, is_own_copy
from requests_app.intake.reading.addresses import addresses_in
from requests_app.intake.reading.client import MailBroken, MailTooMuch, read_mail
from requests_app.intake.reading.file_types import file_type_of
from requests_app.intake.senders import Parsed, authenticity_of, is_authentic, sender_of
from requests_app.intake.suggestions import suggestion_of
from requests_app.models import (
    Action,
    EventStream,
    InboundKind,
    InboundMail,
    InboundState,
    MailSettings,
    Message,
    NewEvent,
    OptOutRequest,
    Organisation,
    Source,
    Subject,
    Waits,
    Way,
    record_event,
    record_events,
)
from requests_app.processes.child import ChildFailed, ChildTimeout

logger = logging.getLogger(__name__)

ACTOR = "mail"
# Where a mail that cannot be read may still say whose it is.
_LOOKED_AT = 64 * 1024


@dataclass(frozen=True)
class Hand:
    """The person who brings a mail, and the request that it belongs to on that person's word, if any."""

    actor: str
    request: OptOutRequest | None = None


@dataclass(frozen=True)
class Trouble:
    """Why a mail cannot be read: the state and the reason of its row, and what went wrong in its own words."""

    state: InboundState
    reason: str
    words: str


def file_mail(mail: InboundMail, hand: Hand | None = None) -> InboundMail:
    """Read a stored mail, match it, and return its row as it is now; one that went further stays as it is.

    Whatever is wrong with the mail becomes a state of its row. Raises ChildUnavailable where nothing can be read at
    all, and DatabaseError; the mail then stays stored and is filed later.
    """
    if mail.state != InboundState.STORED:
        return mail
    began = time.monotonic()
    seen = look_into(bytes(mail.raw), mail.size)
    if isinstance(seen, Trouble):
        return set_aside(mail, seen, hand)
    return file_read(
        mail, with_envelope(seen, mail), hand, checked_sender(bytes(mail.raw), seen, time.monotonic() - began)
    )


def look_into(raw: bytes, size: int) -> Parsed | Trouble:
    """Return what stands in the mail, or why that cannot be known; needs no database. Raises ChildUnavailable."""
    if len(raw) < size:
        return Trouble(InboundState.QUARANTINED, "too_much", "The mail is larger than 25 MB; it was not fetched.")
    try:
        return read_mail(raw)
    except MailTooMuch as error:
        return Trouble(InboundState.QUARANTINED, "too_much", str(error))
    except MailBroken as error:
        return Trouble(InboundState.FAILED, "unreadable", str(error))
    except ChildTimeout as error:
        return Trouble(InboundState.QUARANTINED, "too_slow", str(error))
    except ChildFailed as error:
        return Trouble(InboundState.QUARANTINED, "too_large", str(error))


def with_envelope(parsed: Parsed, mail: InboundMail) -> Parsed:
    """Return what was read, with whom the mail was handed over for: its headers need not name them."""
    return parsed | {"envelope_recipients": mail.envelope_recipients} if mail.envelope_recipients else parsed


def set_aside(mail: InboundMail, trouble: Trouble, hand: Hand | None = None) -> InboundMail:
    """Note that the mail cannot be read, and why; its original stays where it is."""
    head = bytes(mail.raw[:_LOOKED_AT]).decode("latin-1")
    with transaction.atomic():
        row = _locked(mail)
        if row.state != InboundState.STORED:
            return row
        organisation = row.organisation or organisation_of(addresses_in([head]))
        row.organisation, row.state, row.reason = organisation, trouble.state, trouble.reason
        row.trouble = trouble.words[:500]
        row.waits, row.suggested_request = Waits.HELD, hand.request if hand else None
        row.save()
        _record_held(row, hand)
    logger.warning("Mail %s is set aside (%s): %s", row.pk, trouble.reason, trouble.words[:200])
    return row


def file_read(mail: InboundMail, parsed: Parsed, hand: Hand | None, checked: dict[str, str]) -> InboundMail:
    """Match a stored mail that was read, and return its row as it is now."""
    with transaction.atomic():
        row = _locked(mail)
        if row.state != InboundState.STORED:
            return row
        found = _match(parsed, row, hand)
        fill(
            row,
            parsed,
            found,
            checked,
            "" if row.way == Way.UPLOAD else trusted_by(found.organisation or row.organisation),
        )
        locked = locked_request(found.request.pk) if found.request else None
        original = original_of(row)
        if original:
            row.state, row.duplicate_of, row.reason = InboundState.DUPLICATE, original, "came_twice"
            row.save()
        elif locked:
            put_into(row, locked)
            _record_received(row, locked, found, hand)
        else:
            row.state, row.waits, row.suggested_request = InboundState.HELD, Waits.HELD, found.suggested
            row.save()
            _record_held(row, hand)
    return row


def _match(parsed: Parsed, row: InboundMail, hand: Hand | None) -> Match:
    """Return where the mail belongs: a person's word outdoes what it says itself, unless it is another's mail."""
    if hand and hand.request and row.organisation:
        if names_another(parsed, row.organisation):
            return Match(row.organisation, None, None, "other_organisation")
        return Match(row.organisation, hand.request, None, "upload")
    return match(parsed, row.organisation)


def _locked(mail: InboundMail) -> InboundMail:
    return InboundMail.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=mail.pk)


def locked_request(pk: int) -> OptOutRequest:
    """Return the request as it is now; whoever else changes it waits until the transaction ends."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related("stream", "workspace__vendor")
    return rows.get(pk=pk)


def fill(row: InboundMail, parsed: Parsed, found: Match, checked: dict[str, str], trusted: str) -> None:
    """Put into the row what was read and found. `trusted` is the server whose word on the sender counts, if any.

    Whatever stands in a file that somebody uploads may have been written by anybody.
    """
    row.organisation = found.organisation or row.organisation
    row.parsed, row.reason = with_safe_names(parsed), found.reason
    row.mail_id, row.content_sha256 = parsed["message_id"][:255], parsed["content_sha256"]
    row.kind = parsed["kind"]
    if found.request and row.kind == InboundKind.OTHER:
        row.kind = InboundKind.REPLY  # it came to the address of one request, or in its thread
    home = found.request or found.suggested
    if home and found.reason in ("address", "draft_request") and is_own_copy(parsed, home):
        row.kind, row.reason = InboundKind.OTHER, OWN_COPY
    row.authenticity = authenticity_of(parsed, trusted)
    if not row.authenticity["by"]:
        row.authenticity |= checked
    row.suggestion = suggestion_of(row.kind, parsed["text"])


def with_safe_names(parsed: Parsed) -> Parsed:
    """Return what was read, with names of attachments that are only names."""
    return parsed | {"attachments": [one | {"name": display_name(one["name"])} for one in parsed["attachments"]]}


def trusted_by(organisation: Organisation | None) -> str:
    """Return how the server names itself whose findings about senders the organisation trusts."""
    mail = MailSettings.objects.filter(organisation=organisation).first() if organisation else None
    return mail.authserv_id if mail else ""


def original_of(row: InboundMail) -> InboundMail | None:
    """Return the row of the same mail that came before, by whatever way.

    A Message-ID alone does not make it the same: whoever guesses one could else make a genuine mail vanish.
    """
    same = {"mail_id": row.mail_id, "content_sha256": row.content_sha256} if row.mail_id else {"sha256": row.sha256}
    others = InboundMail.objects.filter(organisation=row.organisation, **same).exclude(pk=row.pk).defer("raw")
    return others.exclude(state__in=(InboundState.STORED, InboundState.DUPLICATE)).order_by("pk").first()


def put_into(row: InboundMail, opt_out_request: OptOutRequest) -> None:
    """Make the mail a message of the request; the caller records the event."""
    now = timezone.now()
    row.message = message_of(row, opt_out_request, now)
    row.message.save()
    settle_in(row, opt_out_request)
    row.save()
    if row.kind == InboundKind.BOUNCE:
        record_bounce(row, opt_out_request)
    OptOutRequest.objects.filter(pk=opt_out_request.pk).update(updated_at=now, clock_stale=True)


def message_of(row: InboundMail, opt_out_request: OptOutRequest, now: datetime.datetime) -> Message:
    """Return the message that the mail becomes, not saved."""
    raw = bytes(row.raw)
    suffix, media_type = file_type_of(raw)
    return Message(
        request=opt_out_request,
        direction=Message.Direction.OUTGOING if row.reason == OWN_COPY else Message.Direction.INCOMING,
        name=f"{row.kind.replace('_', '-')}-{row.pk}{suffix}",
        media_type=media_type,
        raw=raw,
        sha256=row.sha256,
        recorded_at=now,
    )


def settle_in(row: InboundMail, opt_out_request: OptOutRequest) -> None:
    """Let the row say that it is filed in the request, and why a person has to look at it; not saved."""
    row.state, row.request, row.suggested_request = InboundState.MATCHED, opt_out_request, None
    row.organisation_id = opt_out_request.organisation_id
    row.waits = _waits(row, opt_out_request)


def _waits(row: InboundMail, opt_out_request: OptOutRequest) -> str:
    """Return why a person has to look at a filed mail: no mail moves a request by itself."""
    if row.kind == InboundKind.AUTO_REPLY or row.reason == OWN_COPY:
        return ""
    if row.kind == InboundKind.BOUNCE:
        return Waits.BOUNCED
    if not is_authentic(row.authenticity, opt_out_request):
        return Waits.UNCERTAIN
    return Waits.PROOF if row.suggestion.get("name") == "proof" else Waits.REPLY


def facts_of(row: InboundMail) -> dict[str, Any]:
    """Return what an event says about the mail, none of which is personal."""
    return {
        "kind": row.kind,
        "reason": row.reason,
        "way": row.way,
        "size": row.size,
        "dmarc": row.authenticity.get("dmarc", ""),
        "mail": row.pk,
    }


def people_of(row: InboundMail) -> dict[str, str]:
    """Return what an event says about the mail that may have to be erased one day."""
    said = {"sender": sender_of(row.parsed), "subject": row.parsed.get("subject", "")}
    return {name: text for name, text in said.items() if text}


def _record_received(row: InboundMail, opt_out_request: OptOutRequest, found: Match, hand: Hand | None) -> None:
    record_events([received(row, opt_out_request, found, hand)])


def received(row: InboundMail, opt_out_request: OptOutRequest, found: Match, hand: Hand | None = None) -> NewEvent:
    """Return what the request's history says of the mail."""
    bounced = row.kind == InboundKind.BOUNCE
    return NewEvent(
        opt_out_request.stream_id,
        Action.BOUNCE_RECEIVED if bounced else Action.REPLY_RECEIVED,
        hand.actor if hand else ACTOR,
        Source.WEB if hand else Source.MAIL,
        Subject.of(row),
        facts_of(row) | {"matched_by": found.reason},
        people_of(row),
        [row.sha256],
    )


def _record_held(row: InboundMail, hand: Hand | None) -> None:
    if row.organisation is None:
        return  # nobody's history yet; the row itself stays
    record_event(
        EventStream.of_organisation(row.organisation),
        Action.REPLY_HELD,
        actor=hand.actor if hand else ACTOR,
        source=Source.WEB if hand else Source.MAIL,
        subject=Subject.of(row),
        detail=facts_of(row) | {"state": row.state},
        personal=people_of(row),
        evidence=[row.sha256],
    )
