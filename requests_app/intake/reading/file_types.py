"""What a file is, by how it begins; its name and whatever its sender says about it prove nothing."""

import re

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The one stream that each Outlook message has, as the directory of the file names it.
_OUTLOOK = "__properties_version1.0".encode("utf-16-le")
_LOOKED_AT = 64 * 1024
_HEADER = re.compile(rb"\A(?:From [^\r\n]*\r?\n)?[!-9;-~]{1,80}:[^\x00]*?\r?\n", re.DOTALL)
_OF_A_MAIL = re.compile(rb"^(?:from|to|subject|date|received|message-id|return-path):", re.MULTILINE | re.IGNORECASE)


def is_compound_file(raw: bytes) -> bool:
    """Return whether the bytes begin as those of a .msg file do, and as those of old Office documents do."""
    return raw.startswith(_COMPOUND_FILE)


def is_mail(raw: bytes) -> bool:
    """Return whether the file may be a mail: headers of one (.eml), or Outlook's own format (.msg)."""
    if is_compound_file(raw):
        return _OUTLOOK in raw
    head = raw[:_LOOKED_AT]
    return bool(_HEADER.match(head) and _OF_A_MAIL.search(head))


def file_type_of(raw: bytes) -> tuple[str, str]:
    """Return suffix and media type of a mail's original."""
    return (".msg", "application/vnd.ms-outlook") if is_compound_file(raw) else (".eml", "message/rfc822")
