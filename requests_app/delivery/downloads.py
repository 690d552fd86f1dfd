"""How files are given out: as a download that no browser runs, and the letter inside our own pages."""

from typing import TypeVar
from urllib.parse import quote

from django.http.response import HttpResponseBase

# Whatever a file is, nothing in it runs, loads anything or belongs to this site.
_LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"
# The browser's PDF viewer brings its own styles and scripts, so this policy says no more than who may frame it.
_FRAMED = "frame-ancestors 'self'"
# A mail's HTML: our own style sheet is all that it loads, and its links open outside of the frame.
_MAIL = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)

Response = TypeVar("Response", bound=HttpResponseBase)


def as_download(response: Response, name: str, media_type: str) -> Response:
    """Return the response as an attachment of that name and type, never shown in place."""
    response["Content-Disposition"] = content_disposition("attachment", name)
    response["Content-Security-Policy"] = _LOCKED
    return _private(response, media_type)


def framed(response: Response, name: str, media_type: str) -> Response:
    """Return the response so that our own pages, and no others, may show it in a frame."""
    response["Content-Disposition"] = content_disposition("inline", name)
    response["Content-Security-Policy"] = _FRAMED
    response["X-Frame-Options"] = "SAMEORIGIN"
    return _private(response, media_type)


def framed_mail(response: Response) -> Response:
    """Return the cleaned HTML of a mail so that our own pages may show it in a frame, where nothing in it runs."""
    response["Content-Security-Policy"] = _MAIL
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return _private(response, "text/html; charset=utf-8")


def content_disposition(kind: str, name: str) -> str:
    """Return the header (RFC 6266): a plain ASCII name for old programs, the whole one in UTF-8 (RFC 8187)."""
    plain = "".join(
        character if character.isascii() and character.isalnum() else "_-"[character == "-"] for character in name
    )
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix.isascii() and suffix.isalnum():
        plain = f"{plain[: len(stem)]}.{suffix}"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _private(response: Response, media_type: str) -> Response:
    response["Content-Type"] = media_type
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
