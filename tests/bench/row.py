"""What a benchmark module returns from its `run()`: one row for each figure."""

from typing import TypedDict


class Row(TypedDict):
    """A figure, and what it is measured against in the same run.

    `reference` says what that is, with its own figure; `ratio` is how many times better than it ours is (None where
    there is nothing to compare with); `aim` says what the ratio or the figure should be, such as ">= 0.9".
    """

    name: str
    value: float
    unit: str
    reference: str
    ratio: float | None
    aim: str
