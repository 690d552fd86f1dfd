"""The fields a request asks for: one definition for the command line and for web forms."""

import functools
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from django.conf import settings
from django.utils.translation import gettext as _

from requests_app.catalogue.email_address import AddressError, ascii_address, ascii_domain
from requests_app.catalogue.strict_yaml import read_yaml

DEFAULT_MAX_LENGTH = 500
_DIRECTION_CONTROLS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
TYPES = ("url", "email", "domain", "uuid", "text", "multiline", "choice", "date", "number", "account_id", "country")


class FieldError(ValueError):
    """Says what is wrong with one value, and what to write instead."""


@dataclass(frozen=True)
class Field:
    """One thing a request needs to know. Labels and help are in every language a request can have."""

    name: str
    type: str
    label: Mapping[str, str]
    help: Mapping[str, str]
    example: str = ""
    required: bool = True
    pattern: str = ""
    choices: Sequence[str] = field(default_factory=tuple)
    max_length: int = DEFAULT_MAX_LENGTH

    def clean(self, value: str) -> str:
        """Return the value as it will stand in the request: as typed, less the white space around it.

        Raises FieldError for a value of the wrong type, one that is too long, and one with control
        characters (line breaks are allowed in a multiline field only).
        """
        value = value.replace("\r\n", "\n").strip() if self.type == "multiline" else value
        refuse_control_characters(value, allowed="\n" if self.type == "multiline" else "")
        value = value.strip()
        if not any(is_visible(character) for character in value):
            raise FieldError(_("This is missing."))
        if len(value) > self.max_length:
            raise FieldError(_("This has {n} characters; at most {max} fit.").format(n=len(value), max=self.max_length))
        CHECKS[self.type](self, value)
        return value


def refuse_control_characters(value: str, allowed: str = "") -> None:
    """Raise FieldError when the value has a control, line-separator, surrogate or non-character (Unicode).

    So do the characters that embed or override a direction (UAX 9 section 2): they would turn the text around
    the value, too. Marks that only hint at a direction are allowed.
    """
    for character in value:
        if character not in allowed and _is_refused(character):
            raise FieldError(_refusal(character, several_lines="\n" in allowed))


def _is_refused(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs") or ord(character) & 0xFFFE == 0xFFFE:
        return True
    return unicodedata.bidirectional(character) in _DIRECTION_CONTROLS


def _refusal(character: str, *, several_lines: bool) -> str:
    if unicodedata.category(character) == "Cs":
        return _("This has bytes that are no UTF-8 text. Type the value again, as plain text.")
    if several_lines:
        text = _("The character U+{code:04X} is not allowed here. Write plain text, one line below the other.")
    else:
        text = _("The character U+{code:04X} is not allowed here. Write the value on one line, as plain text.")
    return text.format(code=ord(character))


def is_visible(character: str) -> bool:
    """Return whether the character shows: it is no space, and no mark that only acts on its neighbours."""
    return not character.isspace() and unicodedata.category(character) != "Cf"


def _anything(field: Field, value: str) -> None:
    """Text is text."""


def _url(field: Field, value: str) -> None:
    message = _("Write a web address that starts with https://, such as {example}.").format(example=field.example)
    try:
        parts = urlsplit(value)
        port_is_number = parts.port is None or parts.port > 0
        if parts.scheme not in ("http", "https") or parts.username is not None or not port_is_number:
            raise FieldError(message)
        ascii_domain(parts.hostname or "")
    except ValueError as error:  # AddressError and FieldError are ValueErrors, and so is what urlsplit raises
        raise FieldError(message) from error
    if any(character.isspace() or character in '<>"\\^`{|}' for character in value):
        raise FieldError(message)


def _email(field: Field, value: str) -> None:
    try:
        ascii_address(value)
    except AddressError as error:
        raise FieldError(str(error)) from error


def _domain(field: Field, value: str) -> None:
    try:
        ascii_domain(value)
    except AddressError as error:
        raise FieldError(str(error)) from error


def _uuid(field: Field, value: str) -> None:
    try:
        canonical = str(uuid.UUID(value))
    except ValueError:
        canonical = ""
    if canonical != value.lower():
        raise FieldError(_("Write the ID with its hyphens, such as {example}.").format(example=field.example))


def _choice(field: Field, value: str) -> None:
    if value not in field.choices:
        raise FieldError(_("Choose one of: {choices}.").format(choices=", ".join(field.choices)))


def _date(field: Field, value: str) -> None:
    try:
        canonical = date.fromisoformat(value).isoformat()
    except ValueError:
        canonical = ""
    if canonical != value:
        raise FieldError(_("Write the date as year-month-day, such as 2026-03-31."))


def _number(field: Field, value: str) -> None:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        raise FieldError(_("Write a number in digits."))


def _account_id(field: Field, value: str) -> None:
    if not re.fullmatch(field.pattern, value):
        raise FieldError(_("This does not look right. Write it as in {example}.").format(example=field.example))


@functools.cache
def country_codes() -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes of territories, as the Unicode CLDR lists them."""
    codes = {str(code) for code in Locale("en").territories}
    not_countries = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - not_countries


def _country(field: Field, value: str) -> None:
    if value not in country_codes():
        raise FieldError(
            _("Write the two-letter code of the country, such as {example}.").format(example=field.example)
        )


CHECKS = {
    "url": _url,
    "email": _email,
    "domain": _domain,
    "uuid": _uuid,
    "text": _anything,
    "multiline": _anything,
    "choice": _choice,
    "date": _date,
    "number": _number,
    "account_id": _account_id,
    "country": _country,
}


def field_from(definition: Mapping[str, Any]) -> Field:
    """Return the Field that a complete definition of a catalogue file describes."""
    values: dict[str, Any] = {**definition, "choices": tuple(definition.get("choices", ()))}
    return Field(**values)


@functools.cache
def _shared_definitions() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    definitions: Mapping[str, Sequence[Mapping[str, Any]]] = read_yaml(settings.FIELDS_FILE)
    return definitions


@functools.cache
def sender_fields() -> tuple[Field, ...]:
    """Return the fields that say who asks: the organisation and its signatory."""
    return tuple(field_from(definition) for definition in _shared_definitions()["sender"])


@functools.cache
def recipient_fields() -> tuple[Field, ...]:
    """Return the optional fields that name a recipient other than the catalogue's."""
    return tuple(field_from(definition) for definition in _shared_definitions()["recipient"])


@functools.cache
def standard_fields() -> tuple[Field, ...]:
    """Return the fields that many procedures ask for."""
    return tuple(field_from(definition) for definition in _shared_definitions()["standard"])


def standard_definition(name: str) -> Mapping[str, Any] | None:
    """Return the shared definition of that name, or None."""
    return next((entry for entry in _shared_definitions()["standard"] if entry["name"] == name), None)


def complete_definition(entry: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole definition of a procedure's field: the shared one by that name, then its own changes."""
    own: Mapping[str, Any] = {"name": entry} if isinstance(entry, str) else entry
    return {**(standard_definition(own["name"]) or {}), **own}
