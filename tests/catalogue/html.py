"""Reads a page and says which of its labels and cells have no text."""

from html.parser import HTMLParser

LABELS = {
    "a",
    "button",
    "caption",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "label",
    "legend",
    "li",
    "summary",
    "td",
    "th",
    "title",
}
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool, list[str]]] = []
        self.empty: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        counts = tag in LABELS or "oo-badge" in (dict(attrs).get("class") or "")
        self.open.append((tag, counts, []))

    def handle_data(self, data: str) -> None:
        for _tag, _counts, texts in self.open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        opened, counts, texts = self.open.pop()
        if opened != tag:
            raise AssertionError(f"<{opened}> ends with </{tag}>, line {self.getpos()[0]}")
        if counts and not "".join(texts).strip():
            self.empty.append(f"<{tag}> in line {self.getpos()[0]}")


def empty_labels(page: str) -> list[str]:
    """Return the labels and cells without text. Raises AssertionError for elements that are not nested well."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    if reader.open:
        raise AssertionError(f"never closed: {[tag for tag, _counts, _texts in reader.open]}")
    return reader.empty
