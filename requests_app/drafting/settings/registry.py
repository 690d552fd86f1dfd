"""Windows registry values: a .reg file, and one that takes the values out again."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from requests_app.drafting import wording
from requests_app.drafting.settings.comments import comment, header
from requests_app.drafting.settings.entries import in_words
from requests_app.drafting.settings.families import Commands
from requests_app.drafting.settings.request import Setting, SettingsError, SettingsFile, SettingsRequest, of_kind

_FIRST_LINE = "Windows Registry Editor Version 5.00"
_MEDIA_TYPE = "text/x-ms-regedit"
_BYTES_A_LINE = 24


def files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the file that sets the values and the file that deletes them (not the keys they are in)."""
    title = header(request)
    undo_title = [*title, "", _word(request, "undo")]
    setting_lines = [*_body(request, settings, described=True), *_left_out(request)]
    undo_lines = _body(request, settings, described=False)
    return [
        SettingsFile(f"{request.slug}.reg", _MEDIA_TYPE, _encode([*comment(";", title), "", *setting_lines])),
        SettingsFile(f"{request.slug}-undo.reg", _MEDIA_TYPE, _encode([*comment(";", undo_title), "", *undo_lines])),
    ]


def commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return what cmd.exe and PowerShell take to import, to read back and to undo."""
    return Commands(
        apply=(f"reg import {request.slug}.reg",),
        verify=tuple(f'reg query "{setting["path"]}" /v "{setting["value_name"]}"' for setting in settings),
        undo=(f"reg import {request.slug}-undo.reg",),
    )


def _encode(lines: Iterable[str]) -> bytes:
    """Return the file as Registry Editor 5 writes it: UTF-16LE with byte order mark, CRLF."""
    return "\ufeff".encode("utf-16-le") + "".join(f"{line}\r\n" for line in [_FIRST_LINE, "", *lines]).encode(
        "utf-16-le"
    )


def _body(request: SettingsRequest, settings: Sequence[Setting], *, described: bool) -> Iterator[str]:
    """Yield key by key. Comments stand above the key: hivex takes one inside for the end of the key."""
    for path, group in groupby(sorted(settings, key=_path), key=_path):
        entries = list(group)
        if described:
            for setting in entries:
                yield from comment(";", in_words(setting, request.locale, place=False))
        yield f"[{path}]"
        for setting in entries:
            yield f"{_quoted(setting['value_name'])}={value_text(setting) if described else '-'}"
        yield ""


def _left_out(request: SettingsRequest) -> Iterator[str]:
    """Yield the optional values as comments, ready to be made lines of the file."""
    left_out = of_kind(request.left_out, "registry")
    if left_out:
        yield from comment(";", [_word(request, "optional")])
    for setting in left_out:
        lines = in_words(setting, request.locale, place=False)
        yield from comment(";", [*lines, f"[{_path(setting)}]"])
        yield from comment(";", [f"{_quoted(setting['value_name'])}={value_text(setting)}".replace("\r\n", "")])


def _word(request: SettingsRequest, which: str) -> str:
    return wording.render(f"{request.locale}/settings/registry_comment.liquid", {"which": which}).strip()


def _path(setting: Setting) -> str:
    path: str = setting["path"]
    _refuse_control(path)
    return path


def _refuse_control(text: str) -> None:
    if re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", text):
        raise SettingsError(f"registry: {text!r} does not stand on one line")


def _quoted(text: str) -> str:
    _refuse_control(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value_text(setting: Setting) -> str:
    """Return the value in .reg syntax. Raises SettingsError for data that does not fit the type."""
    kind, data = setting["type"], setting["data"]
    if kind in ("REG_DWORD", "REG_QWORD"):
        return _number(kind, data)
    if kind == "REG_MULTI_SZ" and isinstance(data, list):
        return _hexadecimal(7, "".join(f"{item}\0" for item in data) + "\0")
    if kind == "REG_EXPAND_SZ" and isinstance(data, str):
        return _hexadecimal(2, f"{data}\0")
    if kind == "REG_SZ" and isinstance(data, str):
        return _quoted(data)
    raise SettingsError(f"registry: {data!r} does not fit {kind}")


def _number(kind: str, data: object) -> str:
    size = 4 if kind == "REG_DWORD" else 8
    if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data < 256**size:
        raise SettingsError(f"registry: {data!r} does not fit {kind}")
    return f"dword:{data:08x}" if size == 4 else f"hex(b):{data.to_bytes(8, 'little').hex(',')}"


def _hexadecimal(code: int, text: str) -> str:
    """Return the text as bytes of UTF-16LE, in lines that go on after a backslash, as regedit exports them."""
    data = text.encode("utf-16-le")
    chunks = [data[start : start + _BYTES_A_LINE].hex(",") for start in range(0, len(data), _BYTES_A_LINE)]
    return f"hex({code}):" + ",\\\r\n  ".join(chunks)
