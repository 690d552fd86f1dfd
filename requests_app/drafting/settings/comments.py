"""Comment lines that no value can break out of."""

import unicodedata
from collections.abc import Iterable, Sequence

from requests_app.drafting import wording
from requests_app.drafting.dates import day_in_words
from requests_app.drafting.settings.entries import in_words
from requests_app.drafting.settings.request import Setting, SettingsRequest

# Control characters, line and paragraph separators, surrogates: some program takes each of them for a line break.
_UNSAFE = frozenset({"Cc", "Zl", "Zp", "Cs"})


def _visible_character(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) in _UNSAFE or code & 0xFFFE == 0xFFFE:
        return f"\\u{code:04x}"
    return character


def visible(text: str) -> str:
    """Return the text with everything that is no character of a line written as its number, such as \\u2028."""
    return "".join(map(_visible_character, text))


def header(request: SettingsRequest, *, pointer: bool = True) -> list[str]:
    """Return the lines that say what a file is, for whom and since when; the last points to the instructions."""
    context = {
        "pointer": pointer,
        "title": request.title,
        "product": request.product,
        "procedure": request.procedure,
        "date": day_in_words(request.date, request.locale, month_first=False),
        "details": [{"label": visible(label), "value": visible(value)} for label, value in request.details],
    }
    return wording.render(f"{request.locale}/settings/header.liquid", context).strip().split("\n")


def comment(prefix: str, lines: Iterable[str]) -> list[str]:
    """Return the lines as comments. A line must not end in a backslash: hivex goes on with the next line then."""
    marked = [f"{prefix} {visible(line)}".rstrip() for line in lines]
    return [f"{line} {prefix}" if line.endswith("\\") else line for line in marked]


def preamble(prefix: str, request: SettingsRequest, settings: Sequence[Setting]) -> list[str]:
    """Return the comment block of a script: the header, then every setting in words."""
    described = [line for setting in settings for line in in_words(setting, request.locale)]
    return comment(prefix, [*header(request), *([""] if described else []), *described])
