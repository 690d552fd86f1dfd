"""Addresses that mail bounces from: after the first bounce for good, nothing goes there until a person says so."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from requests_app.delivery.mail_events import move_to_a_person
from requests_app.models import (
    Action,
    EventStream,
    InboundMail,
    Membership,
    NoticeKind,
    OptOutRequest,
    Organisation,
    PausedAddress,
    Source,
    Subject,
    notify,
    record_event,
)


def paused_address(organisation: Organisation, address: str) -> PausedAddress | None:
    """Return the pause of this address, or None where nothing stands in the way of sending there."""
    return paused_rows(organisation).filter(address=address.lower()).first()


def paused_addresses(organisation: Organisation) -> list[PausedAddress]:
    """Return the addresses that nothing goes to for now, the latest first; 50 at most."""
    return list(paused_rows(organisation)[:50])


def paused_rows(organisation: Organisation) -> QuerySet[PausedAddress]:
    """Return the pauses that have not ended, the latest first."""
    return PausedAddress.objects.filter(organisation=organisation, resumed_at=None)


def record_bounce(mail: InboundMail, opt_out_request: OptOutRequest) -> PausedAddress | None:
    """Count a bounce of the locked request and pause its address; None where it is a delay, or of no mail of ours.

    The first one moves the request, writes one event and one notice; each further one is counted, however many come,
    and waits for nobody. Call it in the transaction that files the bounce.
    """
    found = _failure(mail, opt_out_request)
    if found is None:
        return None
    address, words = found
    now = timezone.now()
    new = {"since": now, "resumed_at": now}
    PausedAddress.objects.get_or_create(organisation=opt_out_request.organisation, address=address, defaults=new)
    locked = PausedAddress.objects.select_for_update(of=("self",))
    row = locked.get(organisation=opt_out_request.organisation_id, address=address)
    row.bounces, row.last_reply = row.bounces + 1, words[:500]
    is_first = row.resumed_at is not None
    if is_first:
        row.since, row.resumed_at = now, None
    row.save()
    if is_first:
        _tell(row, opt_out_request)
    elif mail.waits:
        mail.waits = ""
        mail.save(update_fields=["waits"])
    return row


def _tell(row: PausedAddress, opt_out_request: OptOutRequest) -> None:
    record_event(
        opt_out_request.stream,
        Action.ADDRESS_PAUSED,
        actor="mail",
        source=Source.MAIL,
        subject=Subject.of(row),
        detail={},
        personal={"email": row.address, "reply": row.last_reply} if row.last_reply else {"email": row.address},
    )
    move_to_a_person(opt_out_request, "mail", Source.MAIL)
    notify(opt_out_request, NoticeKind.BOUNCE)


def _failure(mail: InboundMail, opt_out_request: OptOutRequest) -> tuple[str, str] | None:
    """Return the address that we wrote to and what was said, if delivery to it was given up.

    A vendor's server may name the address that it forwarded to: the original's Message-ID says which mail it was.
    """
    bounce: dict[str, Any] = mail.parsed.get("bounce") or {}
    given_up = [one for one in bounce.get("recipients", []) if _is_permanent(one)]
    if not given_up:
        return None
    sent = opt_out_request.outgoing_mail
    one = given_up[0]
    written = sent.filter(mail_id__in=bounce.get("original_ids", [])).values_list("recipient", flat=True).first()
    if written is None:
        ours = {address.lower() for address in sent.values_list("recipient", flat=True)}
        ours.add((opt_out_request.snapshot or {}).get("recipient", {}).get("email", "").lower())
        one = next((one for one in given_up if one["address"] and one["address"].lower() in ours), one)
        written = one["address"] if one["address"].lower() in ours else None
    return (written.lower(), one["diagnostic"] or one["status"]) if written else None


def _is_permanent(recipient: dict[str, str]) -> bool:
    """Return whether delivery was given up for good: a failure after many attempts (4.x) is one, a delay is none."""
    action, status = recipient.get("action", ""), recipient.get("status", "")
    return action == "failed" if action else status.startswith("5")


def resume(membership: Membership, address: PausedAddress) -> bool:
    """Let mail go to the address again, and return whether it was paused."""
    now = timezone.now()
    with transaction.atomic():
        row = PausedAddress.objects.select_for_update(of=("self",)).get(pk=address.pk)
        if row.resumed_at is not None:
            return False
        row.resumed_at = now
        row.save(update_fields=["resumed_at"])
        _record_resumed(membership, row)
    return True


def _record_resumed(membership: Membership, row: PausedAddress) -> None:
    record_event(
        EventStream.of_organisation(membership.organisation),
        Action.ADDRESS_RESUMED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(row),
        detail={"bounces": row.bounces},
        personal={"email": row.address},
    )
