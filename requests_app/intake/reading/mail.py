"""One mail read as a whole."""

import contextlib
import hashlib
import json
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import Any

from requests_app.intake.reading import addresses
from requests_app.intake.reading.bounces import bounce_of
from requests_app.intake.reading.caps import CappedPolicy, TooMuch, check_bytes
from requests_app.intake.reading.file_types import is_compound_file
from requests_app.intake.reading.formatted import formatted
from requests_app.intake.reading.kinds import kind_of
from requests_app.intake.reading.message import Mail
from requests_app.intake.reading.outlook import as_mail
from requests_app.intake.reading.parts import (
    attachments_in,
    check_depth,
    has_html,
    html_in,
    is_attachment,
    leaves,
    octets_of,
    text_in,
)
from requests_app.intake.reading.signatures import signatures_of
from requests_app.intake.reading.texts import clean, one_line, split_quoted, words_of


def read(raw: bytes) -> dict[str, Any]:
    """Return what the mail says, as JSON takes it. Raises TooMuch."""
    message, parts = _parsed(raw)
    text = text_in(parts)
    new, quoted = split_quoted(text)
    subject = words_of(_header(message, "Subject"))
    bounce = bounce_of(message)
    kind, why = kind_of(message, bounce, subject)
    found = {
        "subject": subject,
        "from": addresses.people_in(message, "From"),
        "to": addresses.people_in(message, "To"),
        "cc": addresses.people_in(message, "Cc"),
        "recipients": addresses.recipients_of(message),
        "date": _date(message),
        "message_id": next(iter(addresses.ids_in(message, "Message-ID")), ""),
        "answers": addresses.ids_in(message, "In-Reply-To", "References"),
        "kind": kind,
        "kind_because": why,
        "bounce": bounce,
        "is_spam": _is_spam(message),
        "authentication": [one_line(str(value), 2000) for value in message.get_all("Authentication-Results", [])][:10],
        "signatures": signatures_of(message),
        "has_html": has_html(parts),
        "text": new,
        "quoted": quoted,
        "attachments": attachments_in(parts),
    }
    return {**found, "content_sha256": _digest(found)}


def part_of(raw: bytes, index: int) -> bytes:
    """Return the bytes of the attachment of that number. Raises TooMuch, and IndexError where there is none."""
    part = _parsed(raw)[1][index]
    if not is_attachment(part):
        raise IndexError(index)
    return octets_of(part)


def html_of(raw: bytes) -> str:
    """Return the mail's HTML cleaned, empty where it has none. Raises TooMuch."""
    return formatted(html_in(_parsed(raw)[1]))


def _parsed(raw: bytes) -> tuple[Mail, list[Mail]]:
    if is_compound_file(raw):
        raw = as_mail(raw)
    check_bytes(raw)
    try:
        message: Mail = BytesParser(policy=CappedPolicy()).parsebytes(raw)
        check_depth(message)
        return message, leaves(message)
    except RecursionError as error:
        raise TooMuch("Its parts are nested more than 20 deep.") from error


def _header(message: Mail, name: str) -> str:
    return str(message.get(name, ""))


def _date(message: Mail) -> str:
    """Return the date that the mail names in ISO 8601, or what stands there where that is none."""
    named = one_line(_header(message, "Date"), 100)
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(named).isoformat()
    return named


def _is_spam(message: Mail) -> bool:
    """Return whether the organisation's own filter marked it, as SpamAssassin, Rspamd and Exchange do."""
    flags = (_header(message, "X-Spam-Flag"), _header(message, "X-Spam-Status"), _header(message, "X-Spam"))
    return any(flag.strip().lower().startswith("yes") for flag in flags)


def _digest(found: dict[str, Any]) -> str:
    """Return the SHA-256 of what makes two mails the same one, whatever way each of them took."""
    names = ("subject", "from", "date", "message_id", "text", "quoted", "attachments")
    same = clean(json.dumps({name: found[name] for name in names}, sort_keys=True))
    return hashlib.sha256(same.encode()).hexdigest()
