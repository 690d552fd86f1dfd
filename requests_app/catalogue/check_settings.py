"""The rules of typed settings beyond the schema: data that fits its type, and a meaning for the value that is set."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Finding = tuple[str, str]

# winreg.h and the .reg syntax of Registry Editor 5.
_HIVES = frozenset(
    {"HKEY_CLASSES_ROOT", "HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE", "HKEY_USERS", "HKEY_CURRENT_CONFIG"}
)


def _whole(bits: int) -> Callable[[Any], bool]:
    return lambda data: type(data) is int and 0 <= data < 2**bits


def _is_text(data: Any) -> bool:
    return isinstance(data, str)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "REG_DWORD": _whole(32),
    "REG_QWORD": _whole(64),
    "REG_SZ": _is_text,
    "REG_EXPAND_SZ": _is_text,
    "REG_MULTI_SZ": lambda data: isinstance(data, list) and all(map(_is_text, data)),
    "boolean": lambda data: isinstance(data, bool),
    "integer": lambda data: type(data) is int,
    "string": _is_text,
}


def check_settings(settings: list[Document]) -> Iterator[Finding]:
    """Yield what is wrong with the settings of one procedure."""
    for i, setting in enumerate(settings):
        where = f"facts.settings.{i}"
        if setting["kind"] == "registry" and setting["path"].partition("\\")[0] not in _HIVES:
            yield f"{where}.path", f"must start with one of: {', '.join(sorted(_HIVES))}"
        data, type_ = setting.get("data"), str(setting.get("type", ""))
        if data is not None and type_ in _FITS and not _FITS[type_](data):
            yield f"{where}.data", f"{data!r} does not fit the type {type_}"
        yield from _check_known(where, setting)


def _check_known(where: str, setting: Document) -> Iterator[Finding]:
    """Yield when the value that opts out is none of those that the sources explain or allow."""
    data = setting.get("data", setting.get("value"))
    shown = str(data).lower() if isinstance(data, bool) else str(data)
    for name in ("meaning", "allowed"):
        if data is not None and name in setting and shown not in setting[name]:
            yield f"{where}.{name}", f"says nothing about “{shown}”, the value that is set"
