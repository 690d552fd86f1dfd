"""Fitting lines into a box of the sheet by choosing the type size and breaking long lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from requests_app.drafting.letters.fonts import text_width

MM_PER_PT = 25.4 / 72
SMALLEST_PT = 7.0
_STEP_PT = 0.25
# Kerning may widen a line a little beyond the sum of its advance widths.
_KERNING = 1.02


class DoesNotFit(ValueError):
    """A text does not fit its place on the letter even at the smallest readable size."""


@dataclass(frozen=True)
class Box:
    """A place on the sheet, in mm from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """Return the distance of the lower edge from the sheet's upper edge, in mm."""
        return self.top + self.height


@dataclass(frozen=True)
class Fitted:
    """Lines broken so that at `size` (pt) and `leading` (times the size) they fill at most their box."""

    lines: tuple[str, ...]
    size: float
    leading: float

    @property
    def height(self) -> float:
        """Return the height of all lines in mm."""
        return len(self.lines) * self.size * self.leading * MM_PER_PT


def fit(
    lines: tuple[str, ...],
    box: Box,
    *,
    largest: float,
    smallest: float = SMALLEST_PT,
    leading: float = 1.15,
    bold: bool = False,
) -> Fitted | None:
    """Return the lines at the largest size (pt) at which they fit the box, or None.

    Lines are broken at spaces; a word wider than the box is broken anywhere, but only at the smallest size.
    """
    for size in _sizes(largest, smallest):
        columns = box.width / (size * MM_PER_PT * _KERNING)
        broken = [part for line in lines for part in _break_line(line, columns, bold)]
        fitted = Fitted(tuple(broken), size, leading)
        too_wide = any(text_width(part, bold=bold) > columns for part in broken)
        if too_wide and size == smallest:
            pieces = (piece for part in broken for piece in _chop(part, columns, bold))
            fitted = Fitted(tuple(pieces), size, leading)
            too_wide = False
        if not too_wide and fitted.height <= box.height:
            return fitted
    return None


def _sizes(largest: float, smallest: float) -> Iterator[float]:
    for step in range(round((largest - smallest) / _STEP_PT) + 1):
        yield largest - step * _STEP_PT


def _break_line(line: str, columns: float, bold: bool) -> Iterator[str]:
    """Yield the line in parts of at most `columns` em, broken at spaces; a single long word stays whole."""
    part = ""
    for word in filter(None, line.split(" ")):
        longer = f"{part} {word}" if part else word
        if part and text_width(longer, bold=bold) > columns:
            yield part
            longer = word
        part = longer
    if part:
        yield part


def _chop(word: str, columns: float, bold: bool) -> Iterator[str]:
    """Yield a word in pieces of at most `columns` em."""
    piece = ""
    for character in word:
        if piece and text_width(piece + character, bold=bold) > columns:
            yield piece
            piece = ""
        piece += character
    yield piece
