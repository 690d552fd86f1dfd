"""instructions.txt: what is set, and how each file is applied, verified and undone."""

from collections.abc import Mapping, Sequence

from requests_app.drafting import wording
from requests_app.drafting.settings.comments import header
from requests_app.drafting.settings.entries import in_words
from requests_app.drafting.settings.request import Setting, SettingsFile, SettingsRequest, of_kind
from requests_app.drafting.settings.table import FAMILIES


def instructions(request: SettingsRequest, made: Mapping[str, Sequence[SettingsFile]]) -> SettingsFile:
    """Return the instructions for the files, which stand under the kind of setting they were made from."""
    context = {
        "header": "\n".join(header(request, pointer=False)),
        "files": [file.name for files in made.values() for file in files],
        "entries": [_indented(setting, request.locale) for setting in request.chosen],
        "left_out": [_indented(setting, request.locale) for setting in request.left_out],
        "guides": [_guide(request, kind, files) for kind, files in made.items()],
    }
    text = wording.render(f"{request.locale}/settings/instructions.liquid", context).strip() + "\n"
    return SettingsFile("instructions.txt", "text/plain", text.encode())


def _indented(setting: Setting, locale: str) -> str:
    return "\n  ".join(in_words(setting, locale))


def _guide(request: SettingsRequest, kind: str, files: Sequence[SettingsFile]) -> str:
    """Return how the files of one kind are applied, verified and undone."""
    family = FAMILIES[kind]
    settings = of_kind(request.chosen, kind)
    context = {
        "files": [file.name for file in files],
        "apply": list(family.commands(request, settings).apply),
        "verify": list(family.commands(request, settings).verify),
        "undo": list(family.commands(request, settings).undo),
        "per_user": any(str(setting.get("path", "")).startswith("HKEY_CURRENT_USER") for setting in settings),
    }
    return wording.render(f"{request.locale}/settings/{family.guide}.liquid", context).strip()
