"""The parts of a mail: which are its text, and which are attachments, however deep and in whatever wrapping."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.message import Message
from typing import Any

from requests_app.intake.reading.caps import DEEPEST, MOST_PARTS, TooMuch
from requests_app.intake.reading.message import Mail
from requests_app.intake.reading.texts import LONGEST_TEXT, decoded, one_line, text_of_html, words_of

_MOST_TEXT_BYTES = 1_000_000
_REPORTS = ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers")


@dataclass(frozen=True)
class Attachment:
    """What an attachment is called, the type its sender names, and its bytes' size and SHA-256."""

    name: str
    type: str
    size: int
    sha256: str
    part: int


def leaves(message: Mail) -> list[Mail]:
    """Return the parts that hold something, a mail inside the mail as one. Raises TooMuch."""
    found = list(_leaves(message, 0))
    if len(found) > MOST_PARTS:
        raise TooMuch("It has more than 200 parts.")
    return found


def check_depth(message: Mail, depth: int = 0) -> None:
    """Raise TooMuch where parts stand inside each other more than 20 deep, mails inside mails counted."""
    if depth > DEEPEST:
        raise TooMuch("Its parts are nested more than 20 deep.")
    payload = message.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Message):
            check_depth(part, depth + 1)


def _leaves(part: Mail, depth: int) -> Iterator[Mail]:
    payload = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(payload, list):
        for inner in payload:
            if isinstance(inner, Message):
                yield from _leaves(inner, depth + 1)
    else:
        yield part


def text_in(parts: list[Mail]) -> str:
    """Return the mail's text: the plain one, else the words of its HTML."""
    plain = "\n\n".join(filter(None, (_text(part) for part in parts if is_text(part, "text/plain"))))
    if plain.strip():
        return plain[:LONGEST_TEXT]
    html = (text_of_html(_text(part)) for part in parts if is_text(part, "text/html"))
    return "\n\n".join(filter(None, html))[:LONGEST_TEXT]


def html_in(parts: list[Mail]) -> str:
    """Return the mail's HTML as it came, the one that it begins with; empty where it has none."""
    return next((html for part in parts if is_text(part, "text/html") and (html := _text(part))), "")


def has_html(parts: list[Mail]) -> bool:
    """Return whether the mail has any."""
    return any(is_text(part, "text/html") for part in parts)


def is_text(part: Mail, kind: str = "") -> bool:
    """Return whether the part is text to be read, not a file."""
    # What calls itself a multipart and has no parts was broken on its way; its words are still there to be read.
    type_ = "text/plain" if part.get_content_maintype() == "multipart" else part.get_content_type()
    known = type_ in ((kind,) if kind else ("text/plain", "text/html"))
    return known and part.get_content_disposition() != "attachment" and not part.get_filename()


def _text(part: Mail) -> str:
    return decoded(octets_of(part)[:_MOST_TEXT_BYTES], charset_of(part)).strip("\n")


def charset_of(part: Mail) -> str:
    """Return the character set that the part names, as it stands there."""
    charset = part.get_param("charset")
    return str(charset[2] if isinstance(charset, tuple) else charset or "")


def octets_of(part: Mail) -> bytes:
    """Return the bytes of a part; those of a mail inside the mail are the mail."""
    if part.get_content_type().startswith("message/") and isinstance(part.get_payload(), list):
        return b"\n".join(_bytes(inner) for inner in part.get_payload() if isinstance(inner, Message))
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):  # a broken encoding
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def _bytes(message: Mail) -> bytes:
    try:
        return message.as_bytes(unixfrom=False)
    except (ValueError, LookupError, AttributeError, TypeError):
        return str(message.get_payload()).encode("utf-8", "surrogateescape")


def attachments_in(parts: list[Mail]) -> list[dict[str, Any]]:
    """Return what each file of the mail is; `part` finds it again in the same bytes."""
    return [asdict(_attachment(part, index)) for index, part in enumerate(parts) if is_attachment(part)]


def is_attachment(part: Mail) -> bool:
    """Return whether the part is a file: neither its text nor the program's half of a report."""
    return not is_text(part) and part.get_content_type() not in _REPORTS


def _attachment(part: Mail, index: int) -> Attachment:
    octets = octets_of(part)
    named = part.get_filename() or ""
    fallback = "message.eml" if part.get_content_type() == "message/rfc822" else ""
    return Attachment(
        name=words_of(named, 1000) or fallback,
        type=one_line(part.get_content_type(), 100),
        size=len(octets),
        sha256=hashlib.sha256(octets).hexdigest(),
        part=index,
    )
