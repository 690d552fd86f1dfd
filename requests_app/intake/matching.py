"""Whose a mail is: its address first, then what it answers; what is only likely is suggested, never done."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from requests_app.delivery.reply_address import request_of, token_in
from requests_app.intake.senders import Parsed, domain_of, domains_of, is_of, sender_of
from requests_app.models import (
    InboundMail,
    MailSettings,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    Status,
    Vendor,
)
from requests_app.models.status import OPEN

Finder = Callable[[str], OptOutRequest | None]
# Of 32 characters at least 28 in their order: what a typing error or a cut leaves.
_NEAR = 0.85
_MOST_TOKENS = 5000
# Each is compared with each of those: a mail to a hundred addresses would keep everybody waiting.
_MOST_TAGS = 3
_LONGEST_TAG = 45  # a longer one cannot be so much like 32 characters


@dataclass(frozen=True)
class Match:
    """Where a mail belongs: the request, or the one that it may belong to; reason says how it was found, or why not."""

    organisation: Organisation | None
    request: OptOutRequest | None
    suggested: OptOutRequest | None
    reason: str


def match(parsed: Parsed, home: Organisation | None, find: Finder = request_of) -> Match:
    """Return where the mail belongs. `home` is whose mailbox it came to, where that is known.

    In this order: the address that belongs to one request, what the mail answers, an address much like one of ours,
    the sender's domain with exactly one open request. `find` returns the request that a token belongs to.
    """
    addresses = addressed_to(parsed)
    ways: dict[str, Callable[[], list[OptOutRequest]]] = {
        "address": lambda: _by_address(addresses, find),
        "thread": lambda: _by_thread(parsed),
    }
    for reason, way in ways.items():
        # Another organisation's mailbox is no place for a mail of this one, whatever it names.
        ours = [row for row in way() if home is None or row.organisation_id == home.pk]
        if ours:
            return _of(ours, reason, parsed)
    return _suggestion(parsed, addresses, home or organisation_of(addresses))


def names_another(parsed: Parsed, home: Organisation) -> bool:
    """Return whether the mail was sent to the address of a request that another organisation made."""
    return any(row.organisation_id != home.pk for row in _by_address(addressed_to(parsed)))


def addressed_to(parsed: Parsed) -> list[str]:
    """Return every address that the mail, or the one that bounced with it, was sent to or answered at."""
    bounced = (parsed.get("bounce") or {}).get("original_addresses", [])
    return [*parsed.get("recipients", []), *parsed.get("envelope_recipients", []), *bounced]


def tokens_in(addresses: Iterable[str]) -> set[str]:
    """Return what the addresses carry in the place of a request's token."""
    return {token for token in map(token_in, addresses) if token}


def _by_address(addresses: Iterable[str], find: Finder = request_of) -> list[OptOutRequest]:
    return _each_once(find(token) for token in sorted(tokens_in(addresses)))


def _by_thread(parsed: Parsed) -> list[OptOutRequest]:
    """Return the requests whose correspondence the mail answers, or that a bounce returns."""
    ids = [*parsed.get("answers", []), *(parsed.get("bounce") or {}).get("original_ids", [])]
    if not ids:
        return []
    related = ("request__organisation", "request__stream")
    sent = OutgoingMail.objects.filter(mail_id__in=ids).select_related(*related)
    came = InboundMail.objects.filter(mail_id__in=ids, request__isnull=False).defer("raw").select_related(*related)
    return _each_once([*(mail.request for mail in sent), *(mail.request for mail in came)])


def _each_once(found: Iterable[OptOutRequest | None]) -> list[OptOutRequest]:
    return list({row.pk: row for row in found if row}.values())


def _of(found: list[OptOutRequest], reason: str, parsed: Parsed) -> Match:
    """Return the match, held back where a person has to decide."""
    first = found[0]
    held = ""
    if len(found) > 1:
        held = "several_requests"
    elif parsed.get("is_spam"):
        held = "suspected_spam"
    elif first.status not in OPEN:
        held = "closed_request" if first.status == Status.CLOSED else "draft_request"
    same = all(row.organisation_id == first.organisation_id for row in found)
    if held:
        return Match(first.organisation if same else None, None, first if same else None, held)
    return Match(first.organisation, first, None, reason)


def organisation_of(addresses: list[str]) -> Organisation | None:
    """Return whose mailbox the addresses name, else the only organisation that there is."""
    mailboxes = {name for address in addresses for name in (address.lower(), _plus_address(address), _mailbox(address))}
    named = [
        mail.organisation
        for mail in MailSettings.objects.exclude(reply_address="").select_related("organisation")
        if mail.reply_address.lower() in mailboxes
    ]
    if named:
        return named[0] if len(named) == 1 else None
    two = list(Organisation.objects.order_by("pk")[:2])
    return two[0] if len(two) == 1 else None


def _plus_address(address: str) -> str:
    """Return the mailbox of a plus-address."""
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".lower()


def _mailbox(address: str) -> str:
    """Return the mailbox of an address in which something else may stand for the plus."""
    local, _at, domain = address.rpartition("@")
    return f"{re.split('[+=_-]', local)[0]}@{domain}".lower()


def _suggestion(parsed: Parsed, addresses: list[str], organisation: Organisation | None) -> Match:
    if organisation is None:
        return Match(None, None, None, "unknown_organisation")
    near = _near_address(addresses, organisation)
    likely = near or _by_domain(parsed, organisation)
    reason = "near_address" if near else "vendor_domain" if likely else "no_match"
    return Match(organisation, None, likely, "suspected_spam" if parsed.get("is_spam") else reason)


def _near_address(addresses: list[str], organisation: Organisation) -> OptOutRequest | None:
    """Return the only open request whose address is much like one of these."""
    mail = MailSettings.objects.filter(organisation=organisation).first()
    mailbox, _at, domain = (mail.reply_address if mail else "").lower().rpartition("@")
    written = [
        address.rpartition("@")[0].removeprefix(mailbox)
        for address in addresses
        if mailbox and address.startswith(mailbox) and (address.endswith(f"@{domain}"))
    ]
    tags = [tag for tag in written if len("+") + 20 < len(tag) <= _LONGEST_TAG][:_MOST_TAGS]
    if not tags:
        return None
    rows = OptOutRequest.objects.filter(organisation=organisation, status__in=OPEN, reply_token__isnull=False)
    near = [row for row in rows.order_by("-pk")[:_MOST_TOKENS] if any(_is_near(tag, row.reply_token) for tag in tags)]
    return near[0] if len(near) == 1 else None


def _is_near(tag: str, token: str | None) -> bool:
    matcher = SequenceMatcher(None, tag.lstrip("+-_="), token or "", autojunk=False)
    return matcher.quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR


def _by_domain(parsed: Parsed, organisation: Organisation) -> OptOutRequest | None:
    domain = domain_of(sender_of(parsed))
    if not domain:
        return None
    in_use = Vendor.objects.filter(workspaces__organisation=organisation).distinct()
    vendors = [vendor for vendor in in_use if is_of(domain, domains_of(vendor))]
    rows = OptOutRequest.objects.filter(organisation=organisation, status__in=OPEN, workspace__vendor__in=vendors)
    two = list(rows.order_by("pk")[:2])
    return two[0] if len(two) == 1 else None
