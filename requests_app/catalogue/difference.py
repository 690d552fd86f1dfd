"""The difference between two versions of a procedure, field by field, for people."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from requests_app.catalogue.words import PARTS, word

Path = tuple[str, ...]


class _Nothing:
    """What a version says of a field that it does not have."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


_MISSING = _Nothing()


class Piece(NamedTuple):
    """Some words, and whether the other version has them not."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Difference:
    """One field of which the two versions say different things. A side that says nothing is empty."""

    path: Path
    before: Sequence[Piece] = ()
    after: Sequence[Piece] = ()

    @property
    def name(self) -> str:
        """The path as it stands in a catalogue file, such as facts.caveats.2."""
        return ".".join(self.path)

    @property
    def label(self) -> str:
        """The path in words, such as Facts › Caveats › 2."""
        return " › ".join(word(PARTS, part) for part in self.path)


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield each field in which two snapshots differ, in the order of the newer one."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_mappings(before, after, path)
    elif isinstance(before, list | _Nothing) and isinstance(after, list | _Nothing):
        yield from _of_lists(list(before), list(after), path)
    else:
        yield _of_values(before, after, path)


def _of_mappings(before: dict[str, Any], after: dict[str, Any], path: Path) -> Iterator[Difference]:
    for key in dict.fromkeys((*after, *before)):
        yield from differences(before.get(key, _MISSING), after.get(key, _MISSING), (*path, key))


def _of_lists(before: list[Any], after: list[Any], path: Path) -> Iterator[Difference]:
    """Yield differences item by item; items that only moved up or down are found again. Items count from 1."""
    matcher = difflib.SequenceMatcher(None, [_key(item) for item in before], [_key(item) for item in after], False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        for offset in range(max(i2 - i1, j2 - j1)):
            old = before[i1 + offset] if i1 + offset < i2 else _MISSING
            new = after[j1 + offset] if j1 + offset < j2 else _MISSING
            position = (j1 if j1 + offset < j2 else i1) + offset + 1
            yield from differences(old, new, (*path, str(position)))


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True)


def _of_values(before: Any, after: Any, path: Path) -> Difference:
    if before is _MISSING or after is _MISSING:
        return Difference(path, *(() if side is _MISSING else (Piece(_text(side), True),) for side in (before, after)))
    return Difference(path, *_of_texts(_text(before), _text(after)))


def _of_texts(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces: the words that they share, and those that they do not."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    opcodes = difflib.SequenceMatcher(None, old, new, False).get_opcodes()
    left = [Piece("".join(old[i1:i2]), kind != "equal") for kind, i1, i2, _j1, _j2 in opcodes if i1 < i2]
    right = [Piece("".join(new[j1:j2]), kind != "equal") for kind, _i1, _i2, j1, j2 in opcodes if j1 < j2]
    return left, right


def _text(value: Any) -> str:
    """Return a value as a person reads it: text as it is, the rest as JSON."""
    if value is None:
        return _("(none)")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return "\n".join(f"{key}: {item}" for key, item in value.items())
    return str(value) if isinstance(value, str | int) else json.dumps(value, indent=2, ensure_ascii=False)
