"""Bounces: the standard report (RFC 3464) first, then flufl.bounce, which knows those without one."""

import re
from dataclasses import asdict, dataclass
from email.message import Message
from email.parser import Parser
from typing import Any

from flufl.bounce import all_failures

from requests_app.intake.reading.addresses import addresses_in, ids_in, recipients_of
from requests_app.intake.reading.caps import CappedPolicy
from requests_app.intake.reading.message import Mail
from requests_app.intake.reading.texts import decoded, one_line

FAILED = "failed"
_SERVERS = re.compile(r"mailer-daemon|postmaster|mail-?daemon|bounce", re.IGNORECASE)
_FAILURE = re.compile(
    r"undeliver|delivery (status|failure|has failed|notification)|returned mail|mail delivery|failure notice|"
    r"unzustellbar",
    re.IGNORECASE,
)
REPLY_HEADERS = ("Reply-To", "From", "Return-Path")


@dataclass(frozen=True)
class Bounced:
    """One recipient that was not reached: action and status as RFC 3464 has them."""

    address: str
    action: str
    status: str
    diagnostic: str

    @property
    def is_failure(self) -> bool:
        """Whether delivery was given up: the action says so; only without one does the status."""
        return self.action == FAILED if self.action else self.status.startswith("5")


def bounce_of(message: Mail) -> dict[str, Any] | None:
    """Return what a report says, None where the mail is none: recipients, failure, the original's ids and addresses."""
    recipients = _reported(message)
    if not recipients and _is_from_a_server(message):
        recipients = _recognised(message)
    if not recipients:
        return None
    original = original_of(message)
    return {
        "recipients": [asdict(bounced) for bounced in recipients][:50],
        "is_failure": any(bounced.is_failure for bounced in recipients),
        "original_ids": _original_ids(message, original),
        "original_addresses": _original_addresses(original),
    }


def _is_from_a_server(message: Mail) -> bool:
    """Return whether a mail server may have written it: people, too, quote what looks like a bounce."""
    sender = " ".join(addresses_in([str(message.get("From", "")), str(message.get("Sender", ""))]))
    return (
        "<>" in str(message.get("Return-Path", ""))
        or message.get_content_type() == "multipart/report"
        or bool(_SERVERS.search(sender))
        or bool(_FAILURE.search(str(message.get("Subject", ""))))
    )


def _reported(message: Mail) -> list[Bounced]:
    found = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status" or not isinstance(part.get_payload(), list):
            continue
        for block in part.get_payload():
            if isinstance(block, Message) and (block["Final-Recipient"] or block["Original-Recipient"]):
                found.append(_bounced(block))
    return found


def _bounced(block: Mail) -> Bounced:
    named = str(block["Original-Recipient"] or block["Final-Recipient"] or "")
    final = str(block["Final-Recipient"] or named)
    address = next(iter(addresses_in([final])), "") or one_line(final.rpartition(";")[2], 254)
    return Bounced(
        address=address,
        action=one_line(str(block["Action"] or "").split("(")[0], 20).lower(),
        status=one_line(str(block["Status"] or "").split("(")[0], 20),
        diagnostic=one_line(str(block["Diagnostic-Code"] or ""), 500),
    )


def _recognised(message: Mail) -> list[Bounced]:
    """Return what flufl.bounce recognises; its detectors raise whatever a mail provokes, and then know nothing."""
    try:
        temporary, permanent = all_failures(message)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError):
        return []
    known = [(FAILED, permanent), ("delayed", temporary - permanent)]
    return [
        Bounced(one_line(decoded(bytes(address), "utf-8"), 254), action, "", "")
        for action, addresses in known
        for address in sorted(addresses)
    ]


def original_of(message: Mail) -> Mail | None:
    """Return the mail that came back, or its headers alone."""
    for part in message.walk():
        kind, payload = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
            return payload[0]
        if kind == "text/rfc822-headers":
            octets = part.get_payload(decode=True)
            return Parser(policy=CappedPolicy()).parsestr(decoded(octets, "utf-8") if isinstance(octets, bytes) else "")
    return None


def _original_ids(message: Mail, original: Mail | None) -> list[str]:
    names = ("Original-Message-ID", "X-Original-Message-ID")
    blocks = [message, *(part for part in message.walk() if part.get("Original-Message-ID"))]
    found = [name for block in blocks for name in ids_in(block, *names)]
    return list(dict.fromkeys([*found, *(ids_in(original, "Message-ID") if original else [])]))


def _original_addresses(original: Mail | None) -> list[str]:
    if original is None:
        return []
    values = [str(value) for name in REPLY_HEADERS for value in original.get_all(name, [])]
    return list(dict.fromkeys([*addresses_in(values), *recipients_of(original)]))
