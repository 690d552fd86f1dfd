"""Where a claim was read, ready to be shown: with a link only where the link is one that a browser may follow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from requests_app.catalogue import words
from requests_app.catalogue.check import link_fault

REPOSITORIES = "https://github.com"


@dataclass(frozen=True)
class SourceLine:
    """One source in words."""

    kind: str
    text: str
    href: str
    date: str
    date_kind: str
    read: str
    note: str


def safe_link(url: str) -> str:
    """Return the link if it is a complete http or https one, else an empty string."""
    return "" if link_fault(url) else url


def source_line(source: Mapping[str, Any]) -> SourceLine:
    """Return a source of a snapshot or of a vendor's content in words."""
    url = str(source.get("url", ""))
    return SourceLine(
        kind=words.word(words.SOURCE_KINDS, source["kind"]),
        text=str(source.get("title") or url or f"{source['repo']}: {source['path']}"),
        href=safe_link(url) or _repository_link(source),
        date=source["date"] or "",
        date_kind=words.word(words.DATE_KINDS, source["date_kind"]),
        read=source["read"],
        note=source.get("note", ""),
    )


def source_lines(sources: Iterable[Mapping[str, Any]]) -> list[SourceLine]:
    """Return the sources in words, in their order."""
    return [source_line(source) for source in sources]


def _repository_link(source: Mapping[str, Any]) -> str:
    if "repo" not in source:
        return ""
    commit = source.get("commit", "HEAD")
    return f"{REPOSITORIES}/{quote(source['repo'])}/blob/{quote(commit)}/{quote(source['path'])}"
