"""Signatures of mail (DKIM, RFC 6376), held against keys that somebody else looked up: nothing here uses a network."""

import logging
import re
from typing import Any

from dkim import DKIM, DKIMException

from requests_app.intake.reading.caps import TooMuch
from requests_app.intake.reading.message import Mail
from requests_app.intake.reading.patience import Late, soon
from requests_app.intake.reading.texts import one_line

# What is larger is not checked: the time of canonicalisation may grow with the square of the size.
LARGEST = 10 * 1024 * 1024
SECONDS = 2
_MOST = 10
_SHORTEST_KEY = 1024  # bits; RFC 8301, section 3.2
_ONCE = (b"from", b"subject", b"date", b"content-type", b"content-transfer-encoding", b"mime-version")
_QUIET = logging.getLogger("optout.dkim")


def signatures_of(message: Mail) -> list[dict[str, str]]:
    """Return domain and selector of each signature in the order in which they stand, "" where it names none."""
    return [_named(str(value)) for value in message.get_all("DKIM-Signature", [])[:_MOST]]


def _named(value: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for part in value.split(";"):
        name, _equals, text = part.partition("=")
        tags.setdefault(name.strip(), "".join(text.split()))
    return {"domain": one_line(tags.get("d", ""), 253).lower(), "selector": one_line(tags.get("s", ""), 100)}


def verified(raw: bytes, keys: dict[str, str]) -> list[str]:
    """Return for each signature whether it holds: pass, fail, or "" where its key is not among the keys.

    `keys` are the records that stand at names such as s1._domainkey.example.com. Raises TooMuch for a mail that takes
    too long.
    """
    if len(raw) > LARGEST:
        raise TooMuch("It is larger than 10 MB; its signatures are not checked.")
    try:
        with soon(SECONDS):
            return _verified(raw, keys)
    except Late as error:
        raise TooMuch("Its signatures take too long to be checked.") from error


def _verified(raw: bytes, keys: dict[str, str]) -> list[str]:
    try:
        signed = DKIM(raw, logger=_QUIET, minkey=_SHORTEST_KEY)
    except DKIMException:
        return []
    names = [name.lower() for name, _value in signed.headers]
    total = min(names.count(b"dkim-signature"), _MOST)
    if _is_ambiguous(raw, names):
        return ["fail"] * total
    return [_result(signed, index, keys) for index in range(total)]


def _is_ambiguous(raw: bytes, names: list[bytes]) -> bool:
    """Return whether what is shown may be other than what was signed: a header twice, or lines that end in CR alone.

    A signature covers the last header of a name, and readers take the first one.
    """
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0].replace(b"\r\n", b"\n")
    return b"\r" in head or any(names.count(name) > 1 for name in _ONCE)


def _result(signed: Any, index: int, keys: dict[str, str]) -> str:
    asked: list[str] = []

    def record(name: bytes, timeout: int = 0) -> bytes:
        asked.append(name.decode("ascii", "replace").rstrip(".").lower())
        return keys.get(asked[-1], "").encode("ascii", "replace")

    try:
        holds = signed.verify(idx=index, dnsfunc=record)
    except (DKIMException, ValueError, LookupError, TypeError, AttributeError, OverflowError):
        holds = False
    if asked and asked[-1] not in keys:
        return ""
    # A signature over the beginning of the text alone (l=) lets anybody write more under it.
    return "pass" if holds and b"l" not in signed.signature_fields else "fail"
