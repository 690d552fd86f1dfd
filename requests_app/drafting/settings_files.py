"""The settings files of a request, ready to hand to the person or the tool that applies them."""

from requests_app.drafting.settings.instructions import instructions
from requests_app.drafting.settings.quoting import with_filled_commands
from requests_app.drafting.settings.request import (
    SettingsError,
    SettingsFile,
    SettingsRequest,
    UnknownKind,
    of_kind,
)
from requests_app.drafting.settings.table import FAMILIES

__all__ = ["SettingsError", "SettingsFile", "SettingsRequest", "UnknownKind", "settings_files"]


def settings_files(request: SettingsRequest) -> tuple[SettingsFile, ...]:
    """Return the files in the order of the catalogue's settings, instructions.txt last; the first is the primary one.

    The same request gives the same bytes. Raises UnknownKind for a kind that no file is written for, SettingsError
    for data or a placeholder that cannot be written, ValueError for a value with control characters.
    """
    request.check()
    for setting in request.settings:
        if setting["kind"] not in FAMILIES:
            raise UnknownKind(f"{request.procedure}: “{setting['kind']}” is none of {', '.join(FAMILIES)}")
    request = with_filled_commands(request)
    kinds = dict.fromkeys(setting["kind"] for setting in request.chosen)
    made = {kind: FAMILIES[kind].files(request, of_kind(request.chosen, kind)) for kind in kinds}
    files = [file for group in made.values() for file in group]
    names = {file.name for file in files}
    if len(names) < len(files):
        raise SettingsError(f"{request.procedure}: two settings files have the same name")
    return (*files, instructions(request, made))
