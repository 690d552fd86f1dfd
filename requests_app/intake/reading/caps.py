"""What no mail may exceed, looked at before and while it is parsed (MEASURED: bombs of kilobytes cost minutes)."""

import re
from collections.abc import Sequence
from email.policy import Compat32
from typing import Any

MOST_BYTES = 25 * 1024 * 1024
MOST_HEADER_BYTES = 64 * 1024
LONGEST_HEADER = 8 * 1024
MOST_HEADERS = 500
DEEPEST = 20
MOST_PARTS = 200
# A mail of 25 MB in base64 has a third of that.
MOST_LINES = 1_000_000

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER_START = re.compile(rb"^[!-9;-~]+:", re.MULTILINE)
_PART_TYPE = re.compile(rb"^content-type:", re.MULTILINE | re.IGNORECASE)


class TooMuch(Exception):
    """The mail exceeds a cap; says which."""


def check_bytes(raw: bytes) -> None:
    """Raise TooMuch where the mail exceeds a cap that its bytes show without being parsed."""
    if len(raw) > MOST_BYTES:
        raise TooMuch("The mail is larger than 25 MB.")
    found = _END_OF_HEADERS.search(raw, 0, MOST_HEADER_BYTES + 4)
    head = raw[: found.start()] if found else raw
    if len(head) > MOST_HEADER_BYTES:
        raise TooMuch("Its headers are larger than 64 KB.")
    if len(_HEADER_START.findall(head)) > MOST_HEADERS:
        raise TooMuch("It has more than 500 headers.")
    if max(raw.count(b"\n"), raw.count(b"\r")) > MOST_LINES:
        raise TooMuch("It has more than 1,000,000 lines.")
    # Parts of text/plain need not say so, but those without end do: each has to begin another part.
    if sum(1 for _ in _PART_TYPE.finditer(raw)) > MOST_PARTS + 1:
        raise TooMuch("It has more than 200 parts.")


class CappedPolicy(Compat32):
    """Parses headers into the text they are, of every part, and stops at one that is too long.

    email.policy.default would parse their structure: a From of 200 KB took it 113 seconds.
    """

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """Return name and value. Raises TooMuch."""
        if sum(map(len, sourcelines)) > LONGEST_HEADER:
            raise TooMuch(f"A header is longer than 8 KB: {sourcelines[0].partition(':')[0][:40]}.")
        return super().header_source_parse(list(sourcelines))

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return the value as text whatever bytes are in it."""
        return header_text(value)


def header_text(value: str) -> str:
    """Return a header's value with its raw 8-bit bytes read as UTF-8, else as Windows-1252."""
    if value.isascii():
        return value
    octets = value.encode("utf-8", "surrogateescape")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
