"""Bars drawn by the server: widths come from the figures, colours from the style sheet, and text keeps its size.

A chart has no view box: it is as wide as the page lets it be, widths are percentages, and heights are pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ROW, TEXT, BAR = 44, 14, 20  # pixels: of a bar with its label, down to the label's foot, down to the bar
LONGEST_LABEL = 24  # letters that fit beside the value on the narrowest page


@dataclass(frozen=True)
class Part:
    """A piece of a bar: where it begins and how wide it is in percent, its class, and what it says on hover."""

    x: str
    width: str
    tone: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One row of a chart."""

    label: str
    value: str
    text_y: int
    bar_y: int
    parts: list[Part]


@dataclass(frozen=True)
class Chart:
    """All bars of a chart, and what it shows in one sentence for whoever cannot see it."""

    name: str
    title: str
    description: str
    height: int
    bars: list[Bar]


@dataclass(frozen=True)
class Row:
    """What one bar shows: the parts are (number, class, name) from left to right."""

    label: str
    value: str
    parts: Sequence[tuple[float, str, Any]]

    @property
    def total(self) -> float:
        """The length of the whole bar."""
        return sum(number for number, _tone, _name in self.parts)


def chart(name: str, title: str, description: str, rows: Sequence[Row]) -> Chart:
    """Return the chart of these rows; the longest bar is as wide as the chart."""
    longest = max((row.total for row in rows), default=0) or 1
    bars = [_bar(row, position, longest) for position, row in enumerate(rows)]
    return Chart(name, title, description, ROW * len(rows), bars)


def parts_of(row: Row, longest: float) -> list[Part]:
    """Return the pieces of the row's bar, empty ones left out, where a bar of that length is as wide as the chart."""
    parts, x = [], 0.0
    for number, tone, name in row.parts:
        width = 100 * number / longest
        if number:
            parts.append(Part(f"{x:.2f}%", f"{width:.2f}%", tone, f"{name}: {number:g}"))
        x += width
    return parts


def _bar(row: Row, position: int, longest: float) -> Bar:
    label = row.label if len(row.label) <= LONGEST_LABEL else row.label[: LONGEST_LABEL - 1] + "…"
    return Bar(label, row.value, position * ROW + TEXT, position * ROW + BAR, parts_of(row, longest))
