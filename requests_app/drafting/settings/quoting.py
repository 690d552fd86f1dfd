"""Values put into commands: once, as data, and never read again."""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from requests_app.drafting.settings.request import Setting, SettingsError, SettingsRequest

# PowerShell takes typographic quotes for quotes.
_POWERSHELL_SINGLE = re.compile("(['‘’‚‛])")
_POWERSHELL_DOUBLE = re.compile('([`$"“”„])')
_PLACEHOLDER = re.compile(r"<[^<>\s]+>")


class Language(NamedTuple):
    """A language of commands: its escape character, its comments, and how it writes a value inside a quote or none."""

    escape: str
    quote: Callable[[str, str], str]


def posix(value: str, inside: str = "") -> str:
    """Return the value for a POSIX shell: a quote that is open is closed before it and opened again after it."""
    return f"{inside}{shlex.quote(value)}{inside}"


def powershell(value: str, inside: str = "") -> str:
    """Return the value for PowerShell, as a literal string or as part of the one that is open."""
    if inside == '"':
        return _POWERSHELL_DOUBLE.sub(r"`\1", value)
    doubled = _POWERSHELL_SINGLE.sub(r"\1\1", value)
    return doubled if inside else f"'{doubled}'"


def sql(value: str, inside: str = "") -> str:
    """Return the value for SQL. Raises SettingsError where no quoting is safe in every dialect.

    Some dialects read a backslash in a string as an escape, others do not; a name without quotes is a plain word.
    """
    if inside and "\\" not in value:
        return value.replace(inside, inside * 2)
    if not inside and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$.]*|[0-9]+", value):
        return value
    raise SettingsError(f"{value!r} cannot be put into an SQL statement")


SHELL = Language("\\", posix)
POWERSHELL = Language("`", powershell)
SQL = Language("", sql)
_LANGUAGES = {"aws_cli": SHELL, "shell": SHELL, "powershell": POWERSHELL, "sql": SQL}


def with_filled_commands(request: SettingsRequest) -> SettingsRequest:
    """Return the request with every command also as `filled`: the placeholders replaced. Raises SettingsError."""
    return replace(request, settings=[_with_filled(setting, request.placeholders) for setting in request.settings])


def _with_filled(setting: Setting, placeholders: Mapping[str, str]) -> Setting:
    if setting["kind"] not in _LANGUAGES:
        return setting
    return {**setting, "filled": fill(setting["command"].strip(), placeholders, _LANGUAGES[setting["kind"]])}


def fill(command: str, placeholders: Mapping[str, str], language: Language) -> str:
    """Return the command with its placeholders replaced in one pass, quoted for where each stands.

    Raises SettingsError for a placeholder without a value and for a quote that stays open.
    """
    escape = f"{re.escape(language.escape)}." if language.escape else "(?!)"
    names = "|".join(re.escape(name) for name in sorted(placeholders, key=len, reverse=True)) or "(?!)"
    token = re.compile(rf"(?P<escaped>{escape})|(?P<known>{names})|(?P<unknown>{_PLACEHOLDER.pattern})|(?P<mark>['\"])")
    inside = ""

    def put_in(match: re.Match[str]) -> str:
        nonlocal inside
        text = match.group()
        if match["unknown"]:
            raise SettingsError(f"nothing was given for {text} in “{command}”")
        if match["known"]:
            return language.quote(placeholders[text], inside)
        if match["mark"]:
            inside = _after(text, inside)
        return text

    filled = token.sub(put_in, command)
    if inside:
        raise SettingsError(f"a quote stays open in “{command}”")
    return filled


def _after(mark: str, inside: str) -> str:
    """Return which quote is open after this mark."""
    if not inside:
        return mark
    return "" if mark == inside else inside
