"""Text as the program that reads it expects it."""

import json
from collections.abc import Iterable

from requests_app.drafting.settings.request import SettingsFile


def shell_file(name: str, lines: Iterable[str]) -> SettingsFile:
    """Return a shell file: UTF-8, LF."""
    return SettingsFile(name, "text/x-shellscript", "".join(f"{line}\n" for line in lines).encode())


def powershell_file(name: str, lines: Iterable[str]) -> SettingsFile:
    """Return a PowerShell file: UTF-8 with byte order mark, without which Windows PowerShell 5.1 reads ANSI; CRLF."""
    return SettingsFile(name, "text/plain", "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig"))


def json_file(name: str, document: object) -> SettingsFile:
    """Return a JSON file: UTF-8, keys in their order and in their exact case."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return SettingsFile(name, "application/json", f"{text}\n".encode())
