"""Whom a request goes to that stayed without an answer: the vendor's privacy officer or legal department, if known."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from requests_app.drafting.grounds import GDPR_COUNTRIES

# What the catalogue says of an address, the best first. Those of Europe come before other privacy teams in Europe only.
_OFFICER = re.compile(r"\bDPO\b|data protection officer|privacy officer", re.IGNORECASE)
_LEGAL = re.compile(r"\blegal\b", re.IGNORECASE)
_EUROPE = re.compile(
    r"^EU (?:representative|privacy|main establishment)|^controller (?:\(EEA\)|EEA|EU/)", re.IGNORECASE
)
_PRIVACY = re.compile(r"privacy (?:requests|inquiries|questions|contact|team|address)|^privacy$", re.IGNORECASE)


@dataclass(frozen=True)
class Contact:
    """An e-mail address, or none, and the lines of a postal address, or none; why says what the catalogue says."""

    email: str
    email_role: str
    lines: tuple[str, ...]
    lines_purpose: str


def escalation_contact(vendor: Mapping[str, Any], country: str) -> Contact:
    """Return the best that the vendor's content names, for an organisation in that country; nothing is made up."""
    emails = _best(vendor.get("emails", ()), "role", country)
    addresses = _best(vendor.get("addresses", ()), "purpose", country)
    return Contact(
        email=emails["address"] if emails else "",
        email_role=emails["role"] if emails else "",
        lines=_lines(vendor, addresses["lines"]) if addresses else (),
        lines_purpose=addresses["purpose"] if addresses else "",
    )


def _best(entries: Iterable[Mapping[str, Any]], key: str, country: str) -> Mapping[str, Any] | None:
    wanted = [_OFFICER, _LEGAL, _EUROPE, _PRIVACY] if country in GDPR_COUNTRIES else [_OFFICER, _LEGAL, _PRIVACY]
    entries = list(entries)
    return next((entry for pattern in wanted for entry in entries if pattern.search(entry[key])), None)


def _lines(vendor: Mapping[str, Any], lines: list[str]) -> tuple[str, ...]:
    """Return the address with the company's name on top, where it does not begin with it."""
    name = next(iter(vendor.get("legal_names", ())), vendor["name"].partition(" (")[0])
    known = (*vendor.get("legal_names", ()), vendor["name"].partition(" (")[0])
    return tuple(lines) if any(lines[0].startswith(one) for one in known) else (name, *lines)
