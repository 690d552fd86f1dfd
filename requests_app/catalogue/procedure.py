"""A procedure as the rest of Optout reads it: a snapshot that needs no other file or row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from requests_app.catalogue.fields import Field, complete_definition, field_from

SNAPSHOT_FORMAT = 1
Document = Mapping[str, Any]


class Freshness(StrEnum):
    """How long ago the sources of a procedure were read."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"


@dataclass(frozen=True)
class AnswerTime:
    """How long an answer may take: an amount of hours, days, working_days, weeks or months.

    `stated_as` is how the vendor says it; empty where the vendor names no time and Optout takes its own interval.
    """

    amount: int
    unit: str
    stated_as: str = ""


FRESH_DAYS, AGEING_DAYS = 90, 180


def freshness_of(verified_on: date, today: date) -> Freshness:
    """Return whether the sources were read within 90 days, within 180 days, or longer ago."""
    age = today - verified_on
    if age <= timedelta(days=FRESH_DAYS):
        return Freshness.FRESH
    return Freshness.AGEING if age <= timedelta(days=AGEING_DAYS) else Freshness.STALE


def build_snapshot(vendor: Document, procedure: Document) -> dict[str, Any]:
    """Return everything that a request made by this procedure relies on, as one JSON object.

    Sources stand where they are named, fields are complete and the recipient is written out, so that a
    later change of the catalogue changes nothing about a request already drafted.
    """
    sources = vendor["sources"]
    facts = dict(procedure["facts"])
    facts["sources"] = [sources[name] for name in facts["sources"]]
    for group in ("changes", "deadlines"):
        if group in facts:
            facts[group] = [{**entry, "source": sources[entry["source"]]} for entry in facts[group]]
    optout = dict(procedure["optout"])
    optout["fields"] = [complete_definition(entry) for entry in optout["fields"]]
    return {
        "format": SNAPSHOT_FORMAT,
        "vendor": {key: vendor[key] for key in ("slug", "name", "website", "legal_names")},
        "slug": procedure["slug"],
        "facts": facts,
        "unsourced": procedure.get("unsourced", {}),
        "optout": optout,
        "recipient": _recipient(vendor, facts.get("recipient", {}), optout.get("recipient", {})),
    }


def _recipient(vendor: Document, found: Document, chosen: Document) -> dict[str, Any]:
    by_purpose = {entry["purpose"]: entry for entry in vendor["addresses"]}
    name = found.get("name") or chosen.get("name") or ""
    address, regional = chosen.get("address"), chosen.get("address_by_region", {})
    return {
        "name": name,
        "email": found.get("email") or chosen.get("email") or "",
        "url": found.get("url", ""),
        "lines": _letter_lines(vendor, name, by_purpose[address], found) if address else [],
        "lines_by_region": {
            region: _letter_lines(vendor, name, by_purpose[purpose], found) for region, purpose in regional.items()
        },
    }


def _letter_lines(vendor: Document, name: str, address: Document, found: Document) -> list[str]:
    """Return the address with the addressee's name on top, where the sourced lines do not start with it."""
    lines: list[str] = address["lines"]
    names: list[str] = [name] if name else vendor["legal_names"]
    starts_with_name = any(lines[0].startswith(known) for known in names)
    if starts_with_name or found.get("postal", "").startswith(lines[0]):
        return lines
    return [*(names[:1] or [vendor["name"]]), *lines]


@dataclass(frozen=True)
class Procedure:
    """Reads a snapshot; every property is taken from it."""

    content: Document

    @property
    def name(self) -> str:
        """The full name, such as slack/global-models."""
        return f"{self.content['vendor']['slug']}/{self.content['slug']}"

    @property
    def vendor_name(self) -> str:
        """The vendor's name as a letter would say it, without what the catalogue adds in brackets."""
        name: str = self.content["vendor"]["name"]
        return name.partition(" (")[0]

    @property
    def facts(self) -> Document:
        facts: Document = self.content["facts"]
        return facts

    @property
    def optout(self) -> Document:
        optout: Document = self.content["optout"]
        return optout

    @property
    def recipient(self) -> Document:
        recipient: Document = self.content["recipient"]
        return recipient

    @property
    def channel(self) -> str:
        return str(self.facts["channel"])

    @property
    def channels(self) -> tuple[str, ...]:
        """The channel of the procedure, then those that are also possible."""
        return (self.channel, *self.facts.get("also_possible_via", ()))

    @property
    def settings(self) -> Sequence[Document]:
        settings: Sequence[Document] = self.facts.get("settings", ())
        return settings

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field_from(definition) for definition in self.optout["fields"])

    @property
    def answer_time(self) -> AnswerTime:
        """How long an answer may take: the vendor's own time where known, else Optout's interval.

        The time until a setting takes effect is no time for an answer.
        """
        stated = self.facts.get("response_time")
        if stated and stated["kind"] != "time_to_take_effect":
            return AnswerTime(stated["amount"], stated["unit"], stated["stated_as"])
        return AnswerTime(self.optout["follow_up_days"], "days")

    @property
    def verified_on(self) -> date:
        """The day on which the sources were last read."""
        return max(date.fromisoformat(source["read"]) for source in self.facts["sources"])

    def freshness(self, today: date) -> Freshness:
        """Return how old the reading of the sources is."""
        return freshness_of(self.verified_on, today)
