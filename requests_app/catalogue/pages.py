"""What the pages of a vendor and of a procedure show, taken from content and snapshots, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.catalogue import history, words
from requests_app.catalogue.fields import Field
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.setting_rows import SettingRow, setting_row
from requests_app.catalogue.sources import SourceLine, safe_link, source_line, source_lines
from requests_app.models.languages import in_language


class Sourced(NamedTuple):
    """Something that a source says, and what it is for."""

    text: str
    purpose: str
    source: SourceLine
    href: str = ""


@dataclass(frozen=True)
class VendorPage:
    """Reads a vendor's content."""

    content: Mapping[str, Any]

    @property
    def website(self) -> str:
        """The link to the vendor's pages, or an empty string where it is no safe one."""
        return safe_link(self.content["website"])

    @property
    def addresses(self) -> list[Sourced]:
        return [
            Sourced("\n".join(entry["lines"]), entry["purpose"], self._source(entry))
            for entry in self.content["addresses"]
        ]

    @property
    def emails(self) -> list[Sourced]:
        return [Sourced(entry["address"], entry["role"], self._source(entry)) for entry in self.content["emails"]]

    @property
    def webforms(self) -> list[Sourced]:
        return [
            Sourced(entry["url"], _("Web form"), self._source(entry), safe_link(entry["url"]))
            for entry in self.content["webforms"]
        ]

    def _source(self, entry: Mapping[str, Any]) -> SourceLine:
        return source_line(self.content["sources"][entry["source"]])


class DefaultLine(NamedTuple):
    """The default for one plan, region or other group; `changeable` and `scope` are empty where not stated."""

    by: str
    value: str
    default: str
    changeable: str
    scope: str


class RegionRule(NamedTuple):
    rule: str
    places: str
    note: str


class Wording(NamedTuple):
    """Optout's own wording in one language."""

    code: str
    language: str
    title: str
    ask: str


class FieldLine(NamedTuple):
    label: str
    help: str
    example: str
    required: bool


@dataclass(frozen=True)
class ProcedurePage:
    """Reads a snapshot, in the language of whoever reads the page."""

    snapshot: Snapshot
    language: str
    today: date

    @property
    def title(self) -> str:
        return in_language(self.snapshot.optout["title"], self.language)

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.snapshot.facts

    @property
    def default(self) -> words.Badge:
        return words.DEFAULT_STATES[self.facts["default_state"]]

    @property
    def sources_conflict(self) -> bool:
        return bool(self.facts["default_state"] == "conflicting_sources")

    @property
    def freshness(self) -> words.Badge:
        return words.FRESHNESS[self.snapshot.freshness(self.today)]

    @property
    def channel(self) -> str:
        return words.word(words.CHANNELS, self.snapshot.channel)

    @property
    def other_channels(self) -> list[str]:
        return [words.word(words.CHANNELS, channel) for channel in self.facts.get("also_possible_via", ())]

    @property
    def scope(self) -> str:
        return str(self.facts["scope"]).replace("_", " ")

    @property
    def scope_unit(self) -> str:
        return words.word(words.SCOPE_UNITS, self.snapshot.optout["scope_unit"])

    @property
    def default_by(self) -> list[DefaultLine]:
        return [
            DefaultLine(
                words.word(words.DISTINCTIONS, entry["by"]),
                entry["value"],
                _readable(entry["default"]),
                _yes_or_no(entry.get("changeable")),
                entry.get("scope", ""),
            )
            for entry in self.facts.get("default_by", ())
        ]

    @property
    def regions(self) -> list[RegionRule]:
        return [
            RegionRule(words.word(words.REGION_RULES, entry["rule"]), ", ".join(entry["places"]), entry.get("note", ""))
            for entry in self.facts.get("regions", ())
        ]

    @property
    def recipient_link(self) -> str:
        return safe_link(self.facts.get("recipient", {}).get("url", ""))

    @property
    def chosen_recipient(self) -> list[str]:
        """Whom Optout writes to, of the vendor's sourced contacts; empty where the facts name somebody already."""
        chosen, recipient = self.snapshot.optout.get("recipient", {}), self.snapshot.recipient
        parts = [chosen.get("name", ""), chosen.get("email", ""), "\n".join(recipient["lines"])]
        parts += ["\n".join(lines) for lines in recipient.get("lines_by_region", {}).values()]
        return [part for part in parts if part]

    @property
    def settings(self) -> list[SettingRow]:
        return [setting_row(setting) for setting in self.snapshot.settings]

    @property
    def response_time(self) -> str:
        stated = self.facts.get("response_time")
        if not stated:
            return ""
        kind = words.word(words.RESPONSE_KINDS, stated["kind"])
        return _("{amount}, {kind} (as stated: {words})").format(
            amount=_amount(stated["amount"], stated["unit"]), kind=kind, words=stated["stated_as"]
        )

    @property
    def retroactive(self) -> str:
        return words.word(words.RETROACTIVE, self.snapshot.optout["retroactive"])

    @property
    def confidence(self) -> str:
        return words.word(words.CONFIDENCE, self.facts["confidence"])

    @property
    def unsourced(self) -> list[tuple[str, str]]:
        return [(topic.replace("_", " "), text) for topic, text in self.snapshot.content["unsourced"].items()]

    @property
    def deadlines(self) -> list[Sourced]:
        return [
            Sourced(entry["what"], entry["date"], source_line(entry["source"]))
            for entry in self.facts.get("deadlines", ())
        ]

    @property
    def changes(self) -> list[history.TermsChange]:
        return history.newest_first(history.changes_of(self.snapshot.content))

    @property
    def sources(self) -> list[SourceLine]:
        return source_lines(self.facts["sources"])

    @property
    def wordings(self) -> list[Wording]:
        optout = self.snapshot.optout
        return [
            Wording(code, str(language), optout["title"][code], optout["ask"][code])
            for code, language in words.LANGUAGES.items()
        ]

    @property
    def fields(self) -> list[FieldLine]:
        return [self._field_line(field) for field in self.snapshot.fields]

    def _field_line(self, field: Field) -> FieldLine:
        label, help_text = in_language(field.label, self.language), in_language(field.help, self.language)
        return FieldLine(label, help_text, field.example, field.required)

    @property
    def grounds(self) -> list[str]:
        return [words.word(words.GROUNDS, ground) for ground in self.snapshot.optout["grounds"]]


def _readable(default: str) -> str:
    """Return the default of one group as found; the catalogue's own terms in words."""
    found: Mapping[str, str | Promise] = {"opted_in": _("on"), "opted_out": _("off")}
    for term, text in found.items():
        default = default.replace(term, str(text))
    return default


def _yes_or_no(value: bool | None) -> str:
    if value is None:
        return ""
    return _("yes") if value else _("no")


def _amount(amount: int, unit: str) -> str:
    texts: Mapping[str, str] = {
        "hours": ngettext("{n} hour", "{n} hours", amount),
        "days": ngettext("{n} day", "{n} days", amount),
        "working_days": ngettext("{n} working day", "{n} working days", amount),
        "weeks": ngettext("{n} week", "{n} weeks", amount),
        "months": ngettext("{n} month", "{n} months", amount),
    }
    return texts[unit].format(n=amount)


def in_words(versions: Sequence[Any], language: str, today: date) -> list[tuple[Any, ProcedurePage]]:
    """Return each version's procedure with its page."""
    return [(version.procedure, ProcedurePage(Snapshot(version.content), language, today)) for version in versions]
