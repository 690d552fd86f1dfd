"""The typed settings of a procedure as rows that a page can show, whatever their kind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.catalogue.words import word

KINDS = {
    "registry": gettext_lazy("Windows registry"),
    "mdm_csp": gettext_lazy("Windows policy, set by device management (Policy CSP)"),
    "macos_preference": gettext_lazy("macOS managed preference"),
    "ios_managed_config": gettext_lazy("iOS managed app configuration"),
    "environment_variable": gettext_lazy("Environment variable"),
    "cloud_policy": gettext_lazy("Policy in the vendor's cloud administration"),
    "aws_organizations_policy": gettext_lazy("AWS Organizations policy"),
    "aws_cli": gettext_lazy("AWS command line"),
    "api_property": gettext_lazy("Property set through the API"),
    "api_parameter": gettext_lazy("Parameter of each API request"),
    "sql": gettext_lazy("SQL statement"),
    "powershell": gettext_lazy("PowerShell command"),
    "shell": gettext_lazy("Shell command"),
    "json_policy": gettext_lazy("JSON policy"),
    "snippet": gettext_lazy("Configuration text"),
}
KEYS = {
    "path": gettext_lazy("Path"),
    "value_name": gettext_lazy("Name"),
    "name": gettext_lazy("Name"),
    "domain": gettext_lazy("Domain"),
    "key": gettext_lazy("Key"),
    "type": gettext_lazy("Type"),
    "data": gettext_lazy("Set to"),
    "value": gettext_lazy("Set to"),
    "policy": gettext_lazy("Policy"),
    "allowed": gettext_lazy("Allowed values"),
    "command": gettext_lazy("Command"),
    "document": gettext_lazy("Document"),
    "file_name": gettext_lazy("File"),
    "label": gettext_lazy("Name"),
    "language": gettext_lazy("Language"),
    "text": gettext_lazy("Text"),
}
_ELSEWHERE = frozenset({"kind", "optional", "note", "meaning"})


@dataclass(frozen=True)
class Meaning:
    """What one value of a setting does, and whether it is the one to set."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class SettingRow:
    """One setting in words."""

    kind: str
    optional: bool
    facts: list[tuple[str, str]]
    meanings: list[Meaning]
    note: str


def setting_row(setting: Mapping[str, Any]) -> SettingRow:
    """Return one setting of a snapshot in words."""
    chosen = _text(setting.get("data", ""))
    return SettingRow(
        kind=word(KINDS, setting["kind"]),
        optional=setting.get("optional", False),
        facts=[(word(KEYS, key), _text(value)) for key, value in setting.items() if key not in _ELSEWHERE],
        meanings=[Meaning(value, text, value == chosen) for value, text in setting.get("meaning", {}).items()],
        note=setting.get("note", ""),
    )


def _text(value: Any) -> str:
    """Return the value as it would be typed: true and false as JSON has them, a document indented."""
    if value == "":
        return _("(empty)")
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, indent=2, ensure_ascii=False)
