"""What every family of settings gives: its files, and the commands around them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from requests_app.drafting.settings.request import Setting, SettingsFile, SettingsRequest


class Commands(NamedTuple):
    """Commands that instructions show: to apply, to verify and to undo. Each stands on one line."""

    apply: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()


def no_commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return nothing: a family that is set by hand."""
    return Commands()


@dataclass(frozen=True)
class Family:
    """How settings of one kind become files; the guide is the wording that says how to apply, verify and undo."""

    guide: str
    files: Callable[[SettingsRequest, Sequence[Setting]], list[SettingsFile]]
    commands: Callable[[SettingsRequest, Sequence[Setting]], Commands] = no_commands
