"""A request, filled in: from a procedure and checked values to recipient, subject, body and signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from requests_app.catalogue.procedure import Procedure
from requests_app.drafting import wording
from requests_app.drafting.dates import answer_day, day_in_words
from requests_app.drafting.formats import ASKS_POSITION, is_written
from requests_app.drafting.grounds import GDPR_COUNTRIES, default_ground
from requests_app.drafting.letters.paper import paper_for
from requests_app.drafting.working_days import WEEKDAYS, Calendar

# EFTA states outside the EEA; some vendors address them together with it.
_EFTA_OUTSIDE_EEA = frozenset({"CH"})


@dataclass(frozen=True)
class Draft:
    """Everything that any output shows. Text is plain text with the values as typed."""

    procedure: Procedure
    values: Mapping[str, str]
    locale: str
    ground: str
    day: date
    answer_by: date
    recipient_name: str
    recipient_email: str
    recipient_lines: tuple[str, ...]
    subject: str
    body: str
    closing: str
    details: tuple[tuple[str, str], ...]

    @property
    def signature(self) -> tuple[str, ...]:
        """Name, role and organisation of who signs."""
        return tuple(self.values[name] for name in ("signatory_name", "signatory_role", "organisation_name"))


class GroundRefused(ValueError):
    """A ground that the procedure does not allow."""


def make_draft(
    procedure: Procedure,
    values: Mapping[str, str],
    *,
    locale: str,
    day: date,
    ground: str | None = None,
    ask: str | None = None,
    subject: str | None = None,
    body: str | None = None,
    calendar: Calendar = WEEKDAYS,
) -> Draft:
    """Return the draft of a request in the language, made on that day.

    The values come from check_values. `ask` is the organisation's own wording of what is asked, with placeholders;
    `subject` and `body` are texts of this request alone and stand as they are, except that a subject which the
    vendor prescribes stays. The day for an answer is a working day of the calendar. Raises GroundRefused for a ground
    that the procedure does not allow; without one, the first that applies in the organisation's country is taken.
    Raises WordingError for an `ask` that cannot be filled.
    """
    country = values["organisation_country"]
    ground = ground or default_ground(procedure, country)
    if ground not in procedure.optout["grounds"]:
        raise GroundRefused(
            f"“{ground}” does not fit {procedure.name}. Grounds: {', '.join(procedure.optout['grounds'])}."
        )
    answer_by = answer_day(day, procedure.answer_time, calendar)
    details = _details(procedure, values, locale)
    name, lines = _addressee(procedure, values)
    return Draft(
        procedure=procedure,
        values=values,
        locale=locale,
        ground=ground,
        day=day,
        answer_by=answer_by,
        recipient_name=name,
        recipient_email=recipient_email_of(procedure, values),
        recipient_lines=lines,
        subject=_subject(procedure, ground, locale, subject),
        body=body or _body(procedure, values, locale, ground, answer_by, details, ask),
        closing=wording.render(f"{locale}/closing.liquid", {"written": is_written(procedure)}).strip(),
        details=details,
    )


def _details(procedure: Procedure, values: Mapping[str, str], locale: str) -> tuple[tuple[str, str], ...]:
    return tuple((field.label[locale], values[field.name]) for field in procedure.fields if values[field.name])


def recipient_email_of(procedure: Procedure, values: Mapping[str, str]) -> str:
    """Return the address that mail goes to: the one given, else the catalogue's; empty where neither is known."""
    return values.get("recipient_email", "") or (procedure.recipient["email"] if is_written(procedure) else "")


def _addressee(procedure: Procedure, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the recipient's name and the lines of a letter's address."""
    name = values["recipient_name"]
    if not is_written(procedure):
        name = name or values["organisation_name"]
        return name, (name, *address_lines(values["recipient_address"] or values["organisation_address"]))
    if values["recipient_address"]:
        name = name or procedure.recipient["name"] or procedure.vendor_name
        return name, (name, *address_lines(values["recipient_address"]))
    lines = _catalogue_lines(procedure, values["organisation_country"])
    if name and lines:
        return name, (name, *lines)
    return name or procedure.recipient["name"], lines


def address_lines(address: str) -> tuple[str, ...]:
    """Return the lines of an address as typed, without those that are empty."""
    return tuple(line.strip() for line in address.splitlines() if line.strip())


def _catalogue_lines(procedure: Procedure, country: str) -> tuple[str, ...]:
    regional = procedure.recipient["lines_by_region"]
    if "EU" in regional and country in GDPR_COUNTRIES | _EFTA_OUTSIDE_EEA:
        return tuple(regional["EU"])
    return tuple(procedure.recipient["lines"])


def _subject(procedure: Procedure, ground: str, locale: str, edited: str | None) -> str:
    """Return the subject: the prescribed one exactly, else one that says what this is and whom it concerns."""
    prescribed = procedure.facts.get("subject_line")
    if prescribed:
        return str(prescribed["value"])
    if edited:
        return edited
    kind = ground if is_written(procedure) else "instruction"
    if kind == "ccpa_limits" and procedure.channel in ASKS_POSITION:
        kind = "written_confirmation"  # there is nothing to opt out of
    context = {
        "kind": kind,
        "title": procedure.optout["title"][locale],
        "vendor": procedure.vendor_name,
    }
    return wording.render(f"{locale}/subject.liquid", context).strip()


def _body(
    procedure: Procedure,
    values: Mapping[str, str],
    locale: str,
    ground: str,
    answer_by: date,
    details: tuple[tuple[str, str], ...],
    ask: str | None,
) -> str:
    facts = procedure.facts
    # A quote belongs to the promise that is to be confirmed; elsewhere it would be beside the point.
    quote = facts.get("quote") if procedure.channel == "statement" else None
    month_first = paper_for(values["organisation_country"]).month_first
    read = day_in_words(date.fromisoformat(quote["read"]), locale, month_first=month_first) if quote else ""
    context = {
        **values,
        "vendor": procedure.vendor_name,
        "product": facts["product"],
        "vendor_named": procedure.vendor_name in facts["product"],
        "ground": ground,
        "asks_position": procedure.channel in ASKS_POSITION,
        "closing": answer_expected(procedure, ground),
        "ask": wording.fill(ask or procedure.optout["ask"][locale], values).strip(),
        "details": [
            {"label": label, "value": value, "gap": "\n" if "\n" in value else " "} for label, value in details
        ],
        "answer_by": day_in_words(answer_by, locale, month_first=month_first),
        "addressee": _salutation(procedure, values, locale),
        "quote": quote and {"text": quote["text"], "read": read},
        "who_may_submit": facts.get("who_may_submit", ""),
        "url": procedure.recipient["url"],
        "steps": facts.get("steps", []),
        "has_settings": bool(procedure.settings),
    }
    template = "request" if is_written(procedure) else "instruction"
    return wording.render(f"{locale}/{template}.liquid", context).strip()


def answer_expected(procedure: Procedure, ground: str) -> str:
    """Return what is expected by the day for an answer: that it is done, an answer, or an amendment."""
    if ground == "contract_amendment":
        return "amendment"
    return "answer" if ground == "written_confirmation" or procedure.channel in ASKS_POSITION else "done"


def _salutation(procedure: Procedure, values: Mapping[str, str], locale: str) -> str:
    name = "" if values["recipient_name"] else procedure.facts.get("recipient", {}).get("name")
    context = {"team": name or f"{procedure.vendor_name} team"}
    return wording.render(f"{locale}/salutation.liquid", context).strip()
