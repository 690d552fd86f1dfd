"""What a settings file is made from, and what it is."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from requests_app.catalogue.fields import refuse_control_characters

Setting = Mapping[str, Any]


class SettingsError(ValueError):
    """A setting or a value that no file can be made from; says which and why."""


class UnknownKind(SettingsError):
    """A kind of setting that Optout writes no file for."""


@dataclass(frozen=True)
class SettingsFile:
    """One file: its name without folders, its media type, its exact bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class SettingsRequest:
    """The settings of one procedure, and what this organisation fills in.

    Placeholders map literal text of a command, such as <root-id>, to its value. Details are (label, value) for
    comments. Optional settings, which go beyond the opt-out itself, are left out unless asked for.
    """

    procedure: str
    title: str
    product: str
    settings: Sequence[Setting]
    placeholders: Mapping[str, str]
    details: Sequence[tuple[str, str]]
    organisation: str
    locale: str
    include_optional: bool
    date: datetime.date

    @property
    def slug(self) -> str:
        """The procedure's name without its vendor: the stem of file names."""
        return self.procedure.rpartition("/")[2]

    @property
    def chosen(self) -> list[Setting]:
        """The settings that the files set."""
        return [setting for setting in self.settings if self.include_optional or not setting.get("optional")]

    @property
    def left_out(self) -> list[Setting]:
        """The optional settings that the files only name."""
        return [setting for setting in self.settings if not self.include_optional and setting.get("optional")]

    def check(self) -> None:
        """Raise ValueError when a value cannot stand on one line, or in a command or a plist."""
        for value in (self.procedure, self.title, self.product, self.organisation, *self.placeholders.values()):
            refuse_control_characters(value)
        for label, value in self.details:
            if any(character in label + value for character in "\r\n\0"):
                raise SettingsError(f"{label!r}: a value in a comment must stand on one line")


def of_kind(settings: Sequence[Setting], kind: str) -> list[Setting]:
    """Return the settings of that kind, in their order."""
    return [setting for setting in settings if setting["kind"] == kind]


_TYPES = {"boolean": bool, "integer": int, "string": str}


def typed_data(setting: Setting) -> bool | int | str:
    """Return the data of the setting. Raises SettingsError when it is not of the type that the setting names."""
    data: bool | int | str = setting["data"]
    expected = _TYPES[setting["type"]] if "type" in setting else type(data)
    if type(data) is not expected or expected not in _TYPES.values():
        raise SettingsError(f"{setting['kind']}: {data!r} is not of type {setting.get('type', 'boolean or text')}")
    return data
