"""The rule of every text in a vendor file: plain characters, and one line where it is shown on one line."""

from collections.abc import Iterator
from typing import Any

from requests_app.catalogue.fields import FieldError, refuse_control_characters

# Texts of several lines: wording, commands and snippets, examples of multiline fields, documents of policies.
_SEVERAL_LINES = frozenset({"ask", "command", "text", "example", "document"})


def check_text(node: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a text or a key has a character that would break a header, a line or a file, and why."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _check(str(key), f"{where}.{key!r} (key)".lstrip("."))
            yield from check_text(value, f"{where}.{key}".lstrip("."))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from check_text(value, f"{where}.{i}")
    elif isinstance(node, str):
        yield from _check(node, where)


def _check(text: str, where: str) -> Iterator[tuple[str, str]]:
    try:
        refuse_control_characters(text, allowed="\n\t" if _SEVERAL_LINES & set(where.split(".")) else "")
    except FieldError as error:
        yield where, str(error)
