"""Settings that are set by hand or by a program of the organisation: sheets, JSON, scripts and snippets."""

import re
from collections.abc import Mapping, Sequence

from requests_app.drafting import wording
from requests_app.drafting.settings.comments import header, preamble
from requests_app.drafting.settings.entries import entry
from requests_app.drafting.settings.request import Setting, SettingsFile, SettingsRequest, typed_data
from requests_app.drafting.settings.text_files import json_file, powershell_file, shell_file

# Convention of Microsoft's Policy CSP: area and policy below this node. No source gave the full address.
_POLICY_CSP = "./Device/Vendor/MSFT/Policy/Config/"
_EXTENSIONS = {"python": "py", "javascript": "js", "typescript": "ts", "bash": "sh", "shell": "sh", "powershell": "ps1"}


def mdm_sheet(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return what to enter as a custom policy: address, data type, value."""
    rows = [
        {**entry(setting), "address": _POLICY_CSP + setting["policy"], "type": setting["type"]} for setting in settings
    ]
    return [_sheet(request, "mdm", "oma-uri", rows)]


def cloud_policy_sheet(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return policy by policy which value to choose."""
    return [_sheet(request, "cloud_policy", "policies", [entry(setting) for setting in settings])]


def _sheet(request: SettingsRequest, kind: str, name: str, rows: Sequence[Mapping[str, object]]) -> SettingsFile:
    title = "\n".join(header(request))
    text = wording.render(f"{request.locale}/settings/{kind}_sheet.liquid", {"rows": rows}).strip()
    return SettingsFile(f"{request.slug}-{name}.txt", "text/plain", f"{title}\n\n{text}\n".encode())


def properties(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the properties as one JSON object."""
    return [json_file(f"{request.slug}-properties.json", {item["name"]: typed_data(item) for item in settings})]


def parameters(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the parameters as one JSON object."""
    return [json_file(f"{request.slug}-parameters.json", {item["name"]: typed_data(item) for item in settings})]


def json_policies(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return each document as a file, under its own name where it has one."""
    names = [item.get("file_name", f"{request.slug}{_suffix(number)}.json") for number, item in enumerate(settings)]
    return [json_file(name, item["document"]) for name, item in zip(names, settings, strict=True)]


def _suffix(number: int) -> str:
    return f"-{number + 1}" if number else ""


def sql(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the statements as one script, each ended with a semicolon."""
    statements = [setting["filled"].rstrip().rstrip(";") + ";" for setting in settings]
    text = "\n".join([*preamble("--", request, _noted(settings)), "", *statements]) + "\n"
    return [SettingsFile(f"{request.slug}.sql", "application/sql", text.encode())]


def powershell(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the commands as one PowerShell script."""
    lines = [line for setting in settings for line in setting["filled"].split("\n")]
    return [powershell_file(f"{request.slug}-commands.ps1", [*preamble("#", request, _noted(settings)), "", *lines])]


def shell(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the commands as one script for a POSIX shell."""
    lines = ["#!/bin/sh", *preamble("#", request, _noted(settings)), "", *(setting["filled"] for setting in settings)]
    return [shell_file(f"{request.slug}-commands.sh", lines)]


def _noted(settings: Sequence[Setting]) -> list[Setting]:
    """Return the settings that a comment has something to say about; a command alone speaks for itself."""
    return [setting for setting in settings if "note" in setting or "policy" in setting]


def snippets(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return each text as it is, named after its label."""
    return [
        SettingsFile(f"{request.slug}-{_slug(item['label'])}.{_extension(item)}", "text/plain", item["text"].encode())
        for item in settings
    ]


def _slug(label: str) -> str:
    return re.sub("[^a-z0-9]+", "-", label.lower()).strip("-") or "snippet"


def _extension(setting: Setting) -> str:
    language: str = setting["language"]
    return _EXTENSIONS.get(language, language)
