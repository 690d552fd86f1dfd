"""The fields of a form that was posted, as bytes: a mail in it must come out as it went in.

Django's own parser decodes them, and its cap for all of a site's forms is far below the size of a mail.
"""

import re
from collections.abc import Mapping
from email.message import Message
from urllib.parse import parse_qsl

_MOST_FIELDS = 200
_MOST_HEADER_BYTES = 8 * 1024


class NotAForm(ValueError):
    """What was posted is not a form, or exceeds a cap; says which."""


def fields_of(content_type: str, parameters: Mapping[str, str], body: bytes) -> dict[str, bytes]:
    """Return the last value of each field (RFC 7578, or as a URL encodes it). Raises NotAForm."""
    if content_type == "application/x-www-form-urlencoded":
        return _of_url_encoded(body)
    if content_type == "multipart/form-data" and parameters.get("boundary"):
        return _of_multipart(body, parameters["boundary"])
    raise NotAForm("It is neither multipart/form-data nor application/x-www-form-urlencoded.")


def _of_url_encoded(body: bytes) -> dict[str, bytes]:
    try:
        # As Latin-1, each byte is one character, and the same byte again.
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise NotAForm("It has too many fields.") from error
    return {name: value.encode("latin-1") for name, value in pairs}


def _of_multipart(body: bytes, boundary: str) -> dict[str, bytes]:
    try:
        mark = re.compile(rb"\r\n--" + re.escape(boundary.encode("ascii")) + rb"(?=--|[ \t]*\r\n)")
    except UnicodeEncodeError as error:
        raise NotAForm("Its boundary is not ASCII.") from error
    parts = mark.split(b"\r\n" + body, _MOST_FIELDS + 2)
    if len(parts) > _MOST_FIELDS + 2 or not parts[-1].startswith(b"--"):
        raise NotAForm("It has too many fields, or ends early.")
    return dict(_field(part) for part in parts[1:-1])


def _field(part: bytes) -> tuple[str, bytes]:
    head, blank, value = part.partition(b"\r\n\r\n")
    if not blank or len(head) > _MOST_HEADER_BYTES:
        raise NotAForm("One of its fields has no end of its headers.")
    found = re.search(rb"^content-disposition:[ \t]*([^\r\n]*)", head, re.IGNORECASE | re.MULTILINE)
    header = Message()
    header["Content-Disposition"] = found[1].decode("latin-1") if found else ""
    return str(header.get_param("name", "", "Content-Disposition")), value
