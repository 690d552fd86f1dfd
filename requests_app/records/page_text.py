"""How much of the mail of a record is drawn: drawing takes time for each page, and the files hold all of it anyway."""

from collections.abc import Iterable
from typing import Any

# In characters; a page of a record has some 4,000. All in all it is drawn in half of the time that drawing may take.
MOST_OF_ONE, MOST_OF_ALL = 40_000, 300_000
# A short line takes as much of a page as a long one.
LINE = 90


def beginning_of(text: str, most: int) -> tuple[str, int]:
    """Return as much of the text as so many characters of a page hold, and how many of these it takes."""
    kept, used = [], 0
    for line in text.splitlines(keepends=True):
        if used >= most:
            break
        kept.append(line[: most - used])
        used += max(len(kept[-1]), LINE)
    return "".join(kept), used


def drawn_messages(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the messages with what is drawn of their texts; `is_cut`: the mail has more."""
    left, drawn = MOST_OF_ALL, []
    for row in messages:
        shown = dict(row)
        for way in ("received", "sent"):
            if text := (row.get(way) or {}).get("text", ""):
                start, used = beginning_of(text, min(left, MOST_OF_ONE))
                left = max(0, left - used)
                is_cut = row[way].get("is_cut", False) or len(start) < len(text)
                shown[way] = row[way] | {"text": start, "is_cut": is_cut}
        drawn.append(shown)
    return drawn
