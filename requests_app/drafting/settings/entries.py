"""A setting in words: its name, its value, what each value means, and the traps the sources warn of."""

import json
from collections.abc import Mapping

from requests_app.drafting import wording
from requests_app.drafting.settings.request import Setting

_NAMES = ("value_name", "key", "name", "label", "file_name", "policy", "filled", "type", "kind")
_PLACES = ("path", "domain")


def one_line(text: str) -> str:
    """Return the catalogue's text on one line."""
    return " ".join(text.split())


def shown(data: object) -> str:
    """Return a value as its documentation writes it: true and false in small letters, a list with commas."""
    if isinstance(data, bool):
        return json.dumps(data)
    return ", ".join(map(str, data)) if isinstance(data, list) else str(data)


def name_of(setting: Setting) -> str:
    """Return what the setting is called where it is set."""
    return one_line(str(next(setting[key] for key in _NAMES if key in setting)))


def value_of(setting: Setting) -> str:
    """Return the value that opts out; empty for documents and commands, which are their own value."""
    return one_line(shown(setting.get("data", setting.get("value", ""))))


def is_inverted(setting: Setting) -> bool:
    """Return whether the name reads the other way round: it ends in “disabled”, and the value that disables is not 1.

    Microsoft: every Office privacy value uses 1 = enabled and 2 = disabled, whatever its name ends in.
    """
    means = setting.get("meaning", {}).get(value_of(setting), "")
    return bool(means.startswith("disabled") and name_of(setting).lower().endswith("disabled"))


def entry(setting: Setting) -> dict[str, object]:
    """Return the setting for a wording; everything is text, and missing parts are empty."""
    meaning: Mapping[str, str] = setting.get("meaning", {})
    name = name_of(setting)
    policy = one_line(setting.get("policy", ""))
    return {
        "name": name,
        "value": value_of(setting),
        "means": one_line(meaning.get(value_of(setting), "")),
        "place": next((setting[key] for key in _PLACES if key in setting), ""),
        "policy": policy if policy != name else "",
        "meanings": [{"value": value, "text": one_line(text)} for value, text in meaning.items()],
        "allowed": [one_line(str(value)) for value in setting.get("allowed", ())],
        "inverted": is_inverted(setting),
        "note": one_line(setting.get("note", "")),
    }


def in_words(setting: Setting, locale: str, *, place: bool = True) -> list[str]:
    """Return the lines that describe the setting in that language; the vendor's own words stay as found."""
    context = entry(setting) if place else {**entry(setting), "place": ""}
    return wording.render(f"{locale}/settings/entry.liquid", context).strip().split("\n")
