"""A letter's plain text as paragraphs and lists, each with its direction."""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

# Where Unicode's line breaking (UAX 14) would allow a break inside a word, an address or a path.
_INNER_BREAK = re.compile(r"([-‐–—/?!|&=}])(?=\S)")
_WORD_JOINER = "\N{WORD JOINER}"
_NUMBERED = re.compile(r"([1-9][0-9]{0,2})\. (.*)")


@dataclass(frozen=True)
class Line:
    """A run of text with one base direction."""

    text: str
    direction: str


@dataclass(frozen=True)
class Entry:
    """An item of a list; `number` as it was typed, empty for a bullet."""

    text: str
    number: str = ""


@dataclass(frozen=True)
class Part:
    """A paragraph or a list of the body."""

    kind: Literal["text", "bullets", "numbers"]
    direction: str
    text: str = ""
    entries: tuple[Entry, ...] = ()


def direction(text: str) -> str:
    """Return "rtl" if the first strong character is right-to-left, else "ltr" (as dir="auto" in HTML; UAX 9, P2).

    Computed here because WeasyPrint knows dir="ltr" and dir="rtl" only.
    """
    for character in text:
        bidirectional = unicodedata.bidirectional(character)
        if bidirectional in ("L", "R", "AL"):
            return "ltr" if bidirectional == "L" else "rtl"
    return "ltr"


def whole_words(text: str) -> str:
    """Return the text so that lines are broken at spaces only, but for words longer than a line.

    A name or a URL broken after a hyphen loses the hyphen when it is copied from the PDF or read by a machine. Word
    joiners are not drawn, and are not in the PDF's text.
    """
    return _INNER_BREAK.sub(rf"\1{_WORD_JOINER}", text)


def line(text: str) -> Line:
    """Return the text with its own direction."""
    return Line(whole_words(text), direction(text))


def runs(lines: Iterable[str]) -> tuple[Line, ...]:
    """Return the lines, those of one direction that follow each other as one text with line breaks.

    Fewer elements render faster.
    """
    groups = itertools.groupby(lines, key=direction)
    return tuple(Line(whole_words("\n".join(group)), aligned) for aligned, group in groups)


def parts(body: str) -> tuple[Part, ...]:
    """Return the body's paragraphs, which blank lines separate.

    A paragraph is a list if each of its lines starts with "- ", a numbered list if each starts with "1. ", "2. " etc.
    """
    return tuple(
        _part(paragraph) for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", body.strip("\n")) if paragraph.strip()
    )


def _part(paragraph: str) -> Part:
    lines = paragraph.split("\n")
    if all(text.startswith("- ") for text in lines):
        return Part("bullets", direction(paragraph), entries=tuple(Entry(whole_words(text[2:])) for text in lines))
    numbered = [found for text in lines if (found := _NUMBERED.fullmatch(text))]
    if len(numbered) == len(lines):
        return Part(
            "numbers", direction(paragraph), entries=tuple(Entry(whole_words(found[2]), found[1]) for found in numbered)
        )
    return Part("text", direction(paragraph), text=whole_words(paragraph))
