"""The rules of one procedure beyond the schema: recipient, fields, wording, commands."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from requests_app.catalogue import placeholders
from requests_app.catalogue.check_settings import check_settings
from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.catalogue.fields import FieldError, complete_definition, field_from, recipient_fields, sender_fields

LANGUAGES = ("en", "de", "fr")
ALWAYS_APPLY = frozenset({"vendor_choice", "written_confirmation", "contract_amendment"})
Document = Mapping[str, Any]
Finding = tuple[str, str]
"""Where in the document, as a path with dots, and what is wrong there."""


def check_email(where: str, address: str) -> Iterator[Finding]:
    """Yield why the address is refused, if it is."""
    try:
        ascii_address(address)
    except AddressError as error:
        yield where, str(error)


def check_procedure(procedure: Document, vendor: Document) -> Iterator[Finding]:
    """Yield what is wrong with one procedure of a vendor beyond the schema."""
    facts, optout = procedure["facts"], procedure["optout"]
    if facts["channel"] == "statement" and "quote" not in facts and "quote_missing" not in optout:
        yield (
            "facts.quote",
            "a statement needs a short quote and the day it was read, or optout.quote_missing",
        )
    ways = [facts["channel"], *facts.get("also_possible_via", ())]
    if len(set(ways)) < len(ways):
        yield "facts.also_possible_via", "names a channel twice, or the channel of the procedure itself"
    if facts["channel"] == "form" and not facts.get("recipient", {}).get("url") and not facts.get("steps"):
        yield "facts.recipient.url", "a form needs its link, or steps that lead to it"
    if facts["channel"] == "email" and "email" not in facts.get("recipient", {}):
        yield "facts.recipient.email", "an e-mail procedure needs its address"
    if facts.get("recipient", {}).get("email"):
        yield from check_email("facts.recipient.email", facts["recipient"]["email"])
    if not set(optout["grounds"]) & ALWAYS_APPLY:
        yield "optout.grounds", f"one that always applies is needed too: {', '.join(sorted(ALWAYS_APPLY))}"
    yield from check_settings(facts.get("settings", []))
    yield from _check_recipient(optout.get("recipient", {}), vendor)
    yield from _check_fields(optout)
    yield from _check_wording(procedure)


def _check_recipient(recipient: Document, vendor: Document) -> Iterator[Finding]:
    if recipient.get("email") and recipient["email"] not in [entry["address"] for entry in vendor["emails"]]:
        yield "optout.recipient.email", f"“{recipient['email']}” is none of this vendor's sourced addresses"
    purposes = [entry["purpose"] for entry in vendor["addresses"]]
    chosen = [recipient["address"]] if "address" in recipient else []
    chosen += recipient.get("address_by_region", {}).values()
    for purpose in chosen:
        if purpose not in purposes:
            yield "optout.recipient.address", f"“{purpose}” is the purpose of none of this vendor's addresses"


def _check_fields(optout: Document) -> Iterator[Finding]:
    names = Counter(complete_definition(entry)["name"] for entry in optout["fields"])
    taken = {field.name for field in (*sender_fields(), *recipient_fields())}
    for i, entry in enumerate(optout["fields"]):
        where = f"optout.fields.{i}"
        definition = complete_definition(entry)
        if names[definition["name"]] > 1 or definition["name"] in taken:
            yield where, f"“{definition['name']}” is declared twice"
            continue
        missing = [key for key in ("type", "label", "help", "example") if key not in definition]
        if missing:
            yield where, f"“{definition['name']}” is no shared field, so it needs {', '.join(missing)}"
            continue
        yield from _check_field(where, definition)


def _check_field(where: str, definition: Document) -> Iterator[Finding]:
    if definition["type"] == "account_id":
        try:
            re.compile(definition["pattern"])
        except (KeyError, re.error) as error:
            yield f"{where}.pattern", f"an account_id needs a pattern ({error})"
            return
    if definition["type"] == "choice" and not definition.get("choices"):
        yield f"{where}.choices", "a choice needs its choices"
        return
    try:
        field_from(definition).clean(definition["example"])
    except FieldError as error:
        yield f"{where}.example", f"the field would refuse its own example: {error}"


def _check_wording(procedure: Document) -> Iterator[Finding]:
    optout = procedure["optout"]
    declared = {complete_definition(entry)["name"]: complete_definition(entry) for entry in optout["fields"]}
    known = set(declared) | {field.name for field in sender_fields()}
    used_anywhere: set[str] = set().union(*(_names_in(optout["ask"][language]) for language in LANGUAGES))
    for language in LANGUAGES:
        where = f"optout.ask.{language}"
        try:
            used = placeholders.used_in(optout["ask"][language])
        except placeholders.PlaceholderError as error:
            yield where, str(error)
            continue
        for name in sorted(used - known):
            yield where, f"“{name}” is declared nowhere; add it to optout.fields"
        for name in sorted(used_anywhere - used):
            yield where, f"“{name}” is used in another language, but not in this one"
        for name in sorted(used & set(declared)):
            if not declared[name].get("required", True):
                yield where, f"“{name}” may be left empty, so the sentence cannot rely on it"
    yield from _check_settings_placeholders(procedure, set(declared))


def _names_in(wording: str) -> set[str]:
    """Return the names that the wording uses; none where it cannot be read, which is a fault of its own."""
    try:
        return placeholders.used_in(wording)
    except placeholders.PlaceholderError:
        return set()


def _check_settings_placeholders(procedure: Document, declared: set[str]) -> Iterator[Finding]:
    commands = [entry["command"] for entry in procedure["facts"].get("settings", []) if "command" in entry]
    replaced = procedure["optout"].get("settings_placeholders", {})
    for text, name in replaced.items():
        if name not in declared:
            yield f"optout.settings_placeholders.{text}", f"“{name}” is declared nowhere; add it to optout.fields"
        if not any(text in command for command in commands):
            yield f"optout.settings_placeholders.{text}", "stands in no command"
    for command in commands:
        for text in re.findall(r"<[^<>\s]+>", command):
            if text not in replaced:
                yield "optout.settings_placeholders", f"{text} of a command is filled by no field"
