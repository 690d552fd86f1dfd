"""Text that no spreadsheet takes for a formula."""

import re

# What begins a formula in some program: = + - @, their full-width forms, and what such a program drops before them.
# A cell may also begin after a separator, where a program expects another one than the comma, or after a line's end.
_STARTS = re.compile(
    "(^|[;|\t\r\n])([\\s\"'\u00a0\u200b-\u200f\u2060\ufeff]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe63\ufe62\ufe66\ufe6b])"
)
# XML 1.0 has no way to write these; a CSV reader may end at them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST = 32_000  # Excel takes 32,767 characters in a cell


def safe_text(text: str) -> str:
    """Return the text with an apostrophe before whatever could begin a formula; plain text comes back as it is.

    OWASP, "CSV injection": a cell must not begin with = + - @, tab or carriage return.
    """
    cleaned = _STARTS.sub(r"\1'\2", _CONTROLS.sub("", text))[:LONGEST]
    return f"'{cleaned}" if cleaned[:1] in ("\t", "\r", "\n") else cleaned
