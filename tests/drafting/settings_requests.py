"""Requests for settings files, as the tests make them."""

import datetime
import functools
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from requests_app.catalogue.strict_yaml import read_yaml
from requests_app.drafting.settings_files import SettingsFile, SettingsRequest, settings_files

AS_TYPED = (
    "A$&B $1 $$ Corp",
    "{{ workspace_url }} Ltd",
    "AT&T <Legal> O'Neil",
    "contact <jane@x.org> if a < b",
    "100 %",
    "Gesellschaft " + "x" * 92,
    "Ελληνική Εταιρεία Α.Ε.",
    "شركة المثال المحدودة",
    "חברת הדוגמה בע״מ",
    'back\\slash "quoted" `tick` $(id) %PATH% ;',
    "ends in a backslash \\",
)


def request(*entries: dict[str, Any], **changes: Any) -> SettingsRequest:
    """Return a request for these settings, with the changes."""
    values: dict[str, Any] = {
        "procedure": "acme/telemetry",
        "title": "Switch telemetry off",
        "product": "Acme Suite",
        "settings": entries,
        "placeholders": {},
        "details": (("Tenant ID", "11111111-2222-3333-4444-555555555555"),),
        "organisation": "Example Inc.",
        "locale": "en",
        "include_optional": False,
        "date": datetime.date(2026, 11, 24),
    }
    return SettingsRequest(**{**values, **changes})


def files(*entries: dict[str, Any], **changes: Any) -> dict[str, bytes]:
    """Return the files made for these settings, by name."""
    return {file.name: file.content for file in settings_files(request(*entries, **changes))}


@functools.cache
def catalogue_settings() -> dict[str, tuple[str, Sequence[dict[str, Any]]]]:
    """Return product and settings of every procedure of the shipped catalogue that has some, by full name."""
    found = {}
    for path in sorted((settings.BASE_DIR / "fixtures" / "vendors").glob("*.yaml")):
        vendor = read_yaml(path)
        for procedure in vendor["procedures"]:
            facts = procedure["facts"]
            if facts.get("settings"):
                found[f"{vendor['slug']}/{procedure['slug']}"] = (facts["product"], facts["settings"])
    return found


def catalogue_files(name: str, **changes: Any) -> tuple[SettingsFile, ...]:
    """Return the files of a procedure of the shipped catalogue."""
    product, entries = catalogue_settings()[name]
    placeholders = {"<root-id>": "r-ab12", "<name>": "AI opt-out"}
    values: dict[str, Any] = {"procedure": name, "product": product, "placeholders": placeholders, **changes}
    return settings_files(request(*entries, **values))
