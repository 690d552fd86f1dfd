"""Text out of whatever a part holds: character sets, HTML, and quoted text split off."""

import codecs
import re
from email.header import decode_header
from html.parser import HTMLParser

import nh3
from mailparser_reply import EmailReplyParser

from requests_app.intake.reading.patience import Late, soon

LONGEST_TEXT = 200_000
_LONGEST_HTML = 1_000_000
# Beyond it the tags are only dropped: what reads HTML as browsers do takes seconds for 100,000 nested ones.
_MOST_TAGS = 20_000
_LONGEST_SPLIT = 50_000
_SPLIT_SECONDS = 2
LANGUAGES = ("en", "de", "fr", "es", "it", "nl")

# WHATWG's Encoding Standard: mail labelled with these is Windows-1252 more often than not.
_REALLY_1252 = {"iso8859-1", "ascii"}
# Codecs of Python that no mail means: what they decode is not what was written.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
# Characters that a database refuses, or that do harm on a page: control characters but tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TAGS = {"p", "div", "br", "li", "ul", "ol", "blockquote", "tr", "td", "th", "table", "pre"}
_TAGS |= {f"h{size}" for size in range(1, 7)}
_BREAKING = _TAGS - {"br", "td", "th"}


def decoded(octets: bytes, charset: str) -> str:
    """Return the text in that character set; for one that is unknown, empty or wrong, UTF-8 or else Windows-1252."""
    for name in (_codec(charset), "utf-8"):
        if name:
            try:
                return clean(octets.decode(name))
            except (UnicodeError, LookupError):
                continue
    return clean(octets.decode("cp1252", "replace"))


def _codec(charset: str) -> str:
    """Return the codec's name; empty for none and for those that are no character set, such as zip."""
    try:
        found = codecs.lookup(charset.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True) or found.name.replace("_", "-") in _NO_CHARSETS:
        return ""
    return "cp1252" if found.name in _REALLY_1252 else found.name


def clean(text: str) -> str:
    """Return text that every database takes: no NUL, no lone surrogate, line feeds alone between lines."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, longest: int) -> str:
    """Return the text on one line, cut off after so many characters."""
    return " ".join(clean(text).split())[:longest]


def words_of(value: str, longest: int = 500) -> str:
    """Return a header's encoded words (RFC 2047) as text on one line."""
    try:
        pieces = decode_header(value)
    except (ValueError, UnicodeError):  # binascii.Error and HeaderParseError among them
        return one_line(value, longest)
    text = "".join(piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces)
    return one_line(text, longest)


def text_of_html(html: str) -> str:
    """Return the words of HTML, without images and addresses of links; quoted lines begin with >."""
    if html.count("<") > _MOST_TAGS:
        return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", " ", html[:_LONGEST_HTML])).strip()
    cleaned = nh3.clean(html[:_LONGEST_HTML], tags=_TAGS, attributes={}, strip_comments=True)
    lines = _Lines()
    lines.feed(cleaned)
    lines.close()
    return lines.text


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quoted = 0

    @property
    def text(self) -> str:
        text = "\n".join(line.rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attributes: object) -> None:
        if tag == "blockquote":
            self._end_line()
            self._quoted += 1
            self._lines[-1] = "> " * min(self._quoted, 5)
        elif tag == "br" or tag in _BREAKING:
            self._end_line()
            if tag == "li":
                self._lines[-1] += "- "

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
        if tag in _BREAKING - {"li"}:
            self._end_line()
            if tag == "p":
                self._end_line()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        line = self._lines[-1]
        space = " " if data[:1].isspace() and line and not line.endswith(" ") else ""
        self._lines[-1] += space + words + (" " if words and data[-1:].isspace() else "")

    def _end_line(self) -> None:
        self._lines.append("> " * min(self._quoted, 5))


def split_quoted(text: str) -> tuple[str, str]:
    """Return what was written now, and the quoted rest; everything is now where the split cannot be told."""
    try:
        with soon(_SPLIT_SECONDS):
            new, quoted = _split(text[:_LONGEST_SPLIT])
    except Late:
        return text, ""
    return new, (quoted + text[_LONGEST_SPLIT:]).strip("\n")


def _split(text: str) -> tuple[str, str]:
    mail = EmailReplyParser(languages=list(LANGUAGES)).read(text)
    first = mail.replies[0] if mail.replies else None
    if first is None or first.headers or not first.content:
        return text.strip("\n"), ""
    end = mail.text.find(first.content) + len(first.content)
    lines = mail.text[:end].split("\n")
    kept = len(lines)
    while kept and (lines[kept - 1].startswith(">") or not lines[kept - 1].strip()):
        kept -= 1
    if not kept:
        return text.strip("\n"), ""
    rest = "\n".join([*lines[kept:], ""]) + mail.text[end:]
    return "\n".join(lines[:kept]).strip("\n"), rest.strip("\n")
