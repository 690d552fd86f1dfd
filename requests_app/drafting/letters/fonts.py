"""The vendored fonts: which characters they have and how wide these are."""

import functools
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools.ttLib import TTFont

FONT_DIR = Path(__file__).resolve().parents[3] / "static" / "fonts"

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt: joiners, direction marks, variation selectors.
# They act on their neighbours and have no picture of their own.
_IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)


class UnsupportedCharacters(ValueError):
    """A text has characters that no vendored font can draw; `characters` holds each of them once, in order."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(dict.fromkeys(characters))
        named = ", ".join(_describe(character) for character in self.characters)
        super().__init__(
            f"No font of the letter has these characters: {named}. Write them differently or leave them out."
        )


def _describe(character: str) -> str:
    shown = f"{character!r} " if character.isprintable() else ""
    return f"{shown}(U+{ord(character):04X} {unicodedata.name(character, 'without a name')})"


@functools.cache
def _widths(bold: bool) -> dict[int, float]:
    """Return code point -> advance width in em, from the first font that has it (in the style sheet's order)."""
    widths: dict[int, float] = {}
    style = "Bold" if bold else "Regular"
    for path in sorted(FONT_DIR.glob(f"*-{style}.ttf")):
        with TTFont(path) as font:
            unit = font["head"].unitsPerEm
            advances = font["hmtx"].metrics
            for point, glyph in font.getBestCmap().items():
                # Fonts map some controls and separators (NUL, CR, U+2028) to empty glyphs.
                if unicodedata.category(chr(point)) not in ("Cc", "Zl", "Zp"):
                    widths.setdefault(point, advances[glyph][0] / unit)
    return widths if not bold else {**_widths(False), **widths}


@functools.cache
def _ignorable() -> frozenset[int]:
    return frozenset(point for first, last in _IGNORABLE for point in range(first, last + 1))


def text_width(text: str, *, bold: bool = False) -> float:
    """Return the width of one line in em: the sum of the advance widths, before kerning.

    Shaped Arabic is narrower than this sum of isolated forms, so that it bounds the drawn width from above.
    """
    widths = _widths(bold)
    return sum(widths.get(ord(character), 0.0) for character in text)


def check_characters(text: str) -> None:
    """Raise UnsupportedCharacters unless every character can be drawn (newline and tab need no glyph)."""
    missing = set(map(ord, text)) - _widths(False).keys() - _ignorable() - {0x09, 0x0A}
    if missing:
        raise UnsupportedCharacters(character for character in text if ord(character) in missing)


def drawable(text: str) -> str:
    """Return the text with a replacement character for each that no vendored font can draw."""
    missing = set(map(ord, text)) - _widths(False).keys() - _ignorable() - {0x09, 0x0A}
    return text.translate(dict.fromkeys(missing, "\N{REPLACEMENT CHARACTER}")) if missing else text
