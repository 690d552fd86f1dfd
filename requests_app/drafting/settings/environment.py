"""Environment variables: for a POSIX shell and for Windows, each with the file that takes them back."""

import re
import shlex
from collections.abc import Sequence

from requests_app.drafting.settings.comments import comment, header, preamble
from requests_app.drafting.settings.families import Commands
from requests_app.drafting.settings.quoting import powershell
from requests_app.drafting.settings.request import Setting, SettingsError, SettingsFile, SettingsRequest
from requests_app.drafting.settings.text_files import powershell_file, shell_file


def files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return a file to source and a PowerShell script for the whole machine, and what undoes them."""
    names = [_name(setting) for setting in settings]
    values = [str(setting["data"]) for setting in settings]
    exports = [f"export {name}={shlex.quote(value)}" for name, value in zip(names, values, strict=True)]
    assignments = [_assignment(name, powershell(value)) for name, value in zip(names, values, strict=True)]
    full, short = preamble("#", request, settings), comment("#", header(request))
    return [
        shell_file(f"{request.slug}.sh", [*full, "", *exports]),
        powershell_file(f"{request.slug}.ps1", [*full, "", *assignments]),
        shell_file(f"{request.slug}-undo.sh", [*short, "", *(f"unset {name}" for name in names)]),
        powershell_file(f"{request.slug}-undo.ps1", [*short, "", *(_assignment(name, "$null") for name in names)]),
    ]


def commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return how a shell reads the file and shows the variables."""
    names = [_name(setting) for setting in settings]
    return Commands(
        apply=(f". ./{request.slug}.sh", f"powershell -File {request.slug}.ps1"),
        verify=(
            *(f"printenv {name}" for name in names),
            *(f"[Environment]::GetEnvironmentVariable('{name}', 'Machine')" for name in names),
        ),
        undo=(f". ./{request.slug}-undo.sh", f"powershell -File {request.slug}-undo.ps1"),
    )


def _name(setting: Setting) -> str:
    name: str = setting["name"]
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise SettingsError(f"environment_variable: {name!r} is no name of a variable")
    return name


def _assignment(name: str, value: str) -> str:
    return f"[Environment]::SetEnvironmentVariable('{name}', {value}, 'Machine')"
