"""What a file is, as its bytes show; and whether one that somebody brings is worth keeping as proof."""

import codecs
import re
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

UNKNOWN_TYPE = "application/octet-stream"
# How much of a file is looked at.
LOOKED_AT = 4096
PDF, PNG, JPEG, GIF, WEBP = "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"
# What a browser may be told a file is; it is told of everything else that these are bytes.
TOLD = frozenset({PDF, PNG, JPEG, GIF, WEBP})
_PROGRAM = "application/x-executable"
_OLE, _ZIP, _TEXT = "application/x-ole-storage", "application/zip", "text/plain"
_BEGINNINGS = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"bplist00", "application/x-plist"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"PK\x03\x04", _ZIP),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
)
# Where many kinds are the same on the outside, the name says which one it is, and no more than that.
_OFFICE = "application/vnd.openxmlformats-officedocument."
_NARROWED = {
    _OLE: {".msg": "application/vnd.ms-outlook", ".xls": "application/vnd.ms-excel", ".doc": "application/msword"},
    _ZIP: {
        ".docx": f"{_OFFICE}wordprocessingml.document",
        ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
        ".pptx": f"{_OFFICE}presentationml.presentation",
    },
    _TEXT: {".csv": "text/csv"},
}
_NAMED = {".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".gif": GIF, ".webp": WEBP, ".pdf": PDF}
_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[\[{"\]])')
_MAIL = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")
_MAIL_FIELD = re.compile(r"^(from|received|message-id|return-path|mime-version):", re.IGNORECASE | re.MULTILINE)
# Tab, line feed, form feed, carriage return; ESC stands in what terminals print.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def media_type(beginning: bytes, name: str = "") -> str:
    """Return the media type that a file's first bytes show; its name only tells apart what is the same outside."""
    kind = _kind(beginning[:LOOKED_AT])
    return _NARROWED.get(kind, {}).get(_suffix(name), kind)


def told_type(kind: str) -> str:
    """Return what a browser is told of a file of that media type."""
    return kind if kind in TOLD else UNKNOWN_TYPE


def why_refused(name: str, content: bytes) -> str:
    """Return why a file is not taken from the person who brings it, and what to do; "" for one that is.

    It is the moment at which the original is still at hand: a picture that was cut off is worth a second try.
    """
    kind, suffix = media_type(content, name), _suffix(name)
    if kind == _PROGRAM:
        return _("This is a program, which proves nothing. Add what it shows: a screenshot, or what it exported.")
    if suffix in _NAMED and kind not in TOLD:
        return _(
            "The file is called {suffix} and is something else: it may be damaged. Save it again, and add that."
        ).format(suffix=suffix)
    if is_cut_off(kind, content):
        return _("The file ends in the middle: it was cut off when it was saved. Save it again, and add that.")
    return ""


def _kind(beginning: bytes) -> str:
    for start, kind in _BEGINNINGS:
        if beginning.startswith(start):
            return kind
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return WEBP
    if beginning[4:8] == b"ftyp":
        return "image/heic" if beginning[8:12] in (b"heic", b"heix", b"mif1") else "video/mp4"
    return _kind_of_text(_text_of(beginning))


def _text_of(beginning: bytes) -> str:
    """Return the bytes as text, or "" where they are none; exports of Windows are often UTF-16 with a mark."""
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = beginning[: len(beginning) // 2 * 2].decode("utf-16", "ignore")
    else:
        try:
            # A character may be cut in two at the end of what is looked at.
            text = codecs.getincrementaldecoder("utf-8-sig")().decode(beginning, final=len(beginning) < LOOKED_AT)
        except UnicodeDecodeError:
            text = beginning.decode("latin-1") if _is_latin(beginning) else ""
    return "" if _CONTROLS.search(text) else text


def _is_latin(beginning: bytes) -> bool:
    """Return whether it may be text of one byte a character: nearly all of it is plain ASCII."""
    return sum(byte > 0x7E for byte in beginning) * 10 < len(beginning)


def _kind_of_text(text: str) -> str:
    if not text:
        return UNKNOWN_TYPE
    lower = text[:500].lstrip().lower()
    if lower.startswith(("<!doctype html", "<html")):
        return "text/html"
    if lower.startswith("<svg") or (lower.startswith("<?xml") and "<svg" in lower):
        return "image/svg+xml"
    if lower.startswith("<?xml"):
        return "application/xml"
    if _JSON.match(text):
        return "application/json"
    lines = text.replace("\r\n", "\n")
    return "message/rfc822" if _MAIL.match(lines) and _MAIL_FIELD.search(lines) else _TEXT


def is_cut_off(kind: str, content: bytes) -> bool:
    """Return whether the end of a picture or PDF is missing; says nothing where it cannot tell for certain."""
    if kind == WEBP:
        return len(content) < 8 + int.from_bytes(content[4:8], "little")
    ends = {PNG: b"IEND", JPEG: b"\xff\xd9", PDF: b"%%EOF"}
    return kind in ends and ends[kind] not in content


def _suffix(name: str) -> str:
    return PurePosixPath(name.lower()).suffix
