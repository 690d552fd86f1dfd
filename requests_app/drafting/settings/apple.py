"""Apple platforms: a configuration profile for macOS preferences, a managed app configuration for iOS."""

import json
import plistlib
import shlex
import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from requests_app.drafting.settings.comments import header
from requests_app.drafting.settings.families import Commands
from requests_app.drafting.settings.request import Setting, SettingsFile, SettingsRequest, typed_data

# Optout's own name space, so that equal content gives equal UUIDs everywhere.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:optout:settings")
_DEFAULTS_FLAGS = {bool: "-bool", int: "-int", str: "-string"}


def profile_files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the profile. Equal settings for one organisation give equal UUIDs, on any day and in any process.

    Keys: Apple, Configuration Profile Reference, “Common payload keys”.
    """
    content = plistlib.dumps(_profile(request, settings))
    return [SettingsFile(f"{request.slug}.mobileconfig", "application/x-apple-aspen-config", content)]


def _profile(request: SettingsRequest, settings: Sequence[Setting]) -> dict[str, Any]:
    profile: dict[str, Any] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": _identifier(request),
        "PayloadDisplayName": request.title,
        "PayloadDescription": "\n".join(header(request, pointer=False)),
        "PayloadScope": "System",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": _payloads(request, settings),
    }
    if request.organisation:
        profile["PayloadOrganization"] = request.organisation
    return _with_uuid(profile)


def _identifier(request: SettingsRequest) -> str:
    """Return the name under which a newer profile replaces an older one: reverse order, as Apple asks."""
    return "optout." + request.procedure.replace("/", ".")


def _payloads(request: SettingsRequest, settings: Sequence[Setting]) -> list[dict[str, Any]]:
    """Return one payload for each preference domain; its type is the domain."""
    by_domain = groupby(sorted(settings, key=_domain), key=_domain)
    return [_payload(request, domain, list(group)) for domain, group in by_domain]


def _domain(setting: Setting) -> str:
    domain: str = setting["domain"]
    return domain


def _payload(request: SettingsRequest, domain: str, settings: Sequence[Setting]) -> dict[str, Any]:
    return _with_uuid(
        {
            "PayloadType": domain,
            "PayloadVersion": 1,
            "PayloadIdentifier": f"{_identifier(request)}.{domain}",
            "PayloadDisplayName": f"{request.product} ({domain})",
            **{setting["key"]: typed_data(setting) for setting in settings},
        }
    )


def _with_uuid(payload: Mapping[str, Any]) -> dict[str, Any]:
    content = json.dumps({**payload, "PayloadDescription": ""}, sort_keys=True)
    return {**payload, "PayloadUUID": str(uuid.uuid5(_NAMESPACE, content)).upper()}


def defaults_commands(request: SettingsRequest, settings: Sequence[Setting]) -> Commands:
    """Return what sets, reads and deletes the preferences for the signed-in user of one Mac."""
    targets = [f"{shlex.quote(setting['domain'])} {shlex.quote(setting['key'])}" for setting in settings]
    values = [_defaults_value(typed_data(setting)) for setting in settings]
    return Commands(
        apply=tuple(f"defaults write {target} {value}" for target, value in zip(targets, values, strict=True)),
        verify=tuple(f"defaults read {target}" for target in targets),
        undo=tuple(f"defaults delete {target}" for target in targets),
    )


def _defaults_value(data: bool | int | str) -> str:
    text = json.dumps(data) if isinstance(data, bool) else str(data)
    return f"{_DEFAULTS_FLAGS[type(data)]} {shlex.quote(text)}"


def managed_app_files(request: SettingsRequest, settings: Sequence[Setting]) -> list[SettingsFile]:
    """Return the dictionary that a device management system sends along with the app."""
    content = plistlib.dumps({setting["key"]: typed_data(setting) for setting in settings})
    return [SettingsFile(f"{request.slug}-app-configuration.plist", "application/x-plist", content)]
