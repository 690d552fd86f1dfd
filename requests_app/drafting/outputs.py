"""From a procedure and what a person gave to the bytes of one output."""

import json
from collections.abc import Mapping
from datetime import date, datetime

from requests_app.catalogue.procedure import Procedure
from requests_app.drafting.draft import Draft, make_draft
from requests_app.drafting.formats import formats_of
from requests_app.drafting.letters.fonts import UnsupportedCharacters
from requests_app.drafting.letters.letter import Letter, render_letter
from requests_app.drafting.mail import as_eml, as_text
from requests_app.drafting.notes import notes_for
from requests_app.drafting.settings_files import SettingsFile, SettingsRequest, settings_files
from requests_app.drafting.sheet import as_sheet
from requests_app.drafting.values import Problem, ValuesRefused, check_values, fields_for


class FormatRefused(ValueError):
    """A format or file that the procedure does not offer."""


def render(
    procedure: Procedure,
    given: Mapping[str, str],
    output: str,
    *,
    locale: str,
    day: date,
    now: datetime,
    ground: str | None = None,
    include_optional: bool = False,
    file_name: str | None = None,
) -> tuple[bytes, list[str]]:
    """Return the output's bytes, and notes for the person who asked.

    Raises FormatRefused, ValuesRefused, GroundRefused, or what the letter refuses.
    """
    if output not in formats_of(procedure):
        offered = ", ".join(formats_of(procedure))
        raise FormatRefused(f"{procedure.name} offers no {output}. It offers: {offered}.")
    values = check_values(procedure, given, output)
    if output == "settings":
        files = settings_of(procedure, values, locale=locale, day=day, include_optional=include_optional)
        return _choose(files, file_name)
    draft = make_draft(procedure, values, locale=locale, day=day, ground=ground)
    if output == "eml":
        return as_eml(draft, now), []
    if output == "pdf":
        return _as_pdf(draft), []
    if output == "json":
        return as_json(draft, now.date()).encode(), []
    texts = {"text": as_text, "sheet": as_sheet}
    return texts[output](draft).encode(), []


def _as_pdf(draft: Draft) -> bytes:
    """Return the letter. Characters that no font has are refused by the name of the field they were typed in."""
    try:
        return render_letter(letter_of(draft))
    except UnsupportedCharacters as refusal:
        problems = [
            Problem(name, str(UnsupportedCharacters(found)))
            for name, value in draft.values.items()
            if (found := [character for character in value if character in refusal.characters])
        ]
        if problems:
            raise ValuesRefused(problems) from refusal
        raise


def _choose(files: tuple[SettingsFile, ...], name: str | None) -> tuple[bytes, list[str]]:
    chosen = next((file for file in files if file.name == (name or files[0].name)), None)
    if chosen is None:
        raise FormatRefused(f"There is no file “{name}”. Files: {', '.join(file.name for file in files)}.")
    others = [file.name for file in files if file is not chosen]
    return chosen.content, [f"This is {chosen.name}. With --file: {', '.join(others)}."] if others else []


def settings_of(
    procedure: Procedure, values: Mapping[str, str], *, locale: str, day: date, include_optional: bool
) -> tuple[SettingsFile, ...]:
    """Return the settings files of a procedure with typed settings, the primary one first."""
    labels = {field.name: field.label[locale] for field in fields_for(procedure)}
    named = ("organisation_name", *(field.name for field in procedure.fields))
    placeholders = procedure.optout.get("settings_placeholders", {})
    return settings_files(
        SettingsRequest(
            procedure=procedure.name,
            title=procedure.optout["title"][locale],
            product=procedure.facts["product"],
            settings=procedure.settings,
            placeholders={text: values[name] for text, name in placeholders.items()},
            details=tuple((labels[name], ", ".join(values[name].splitlines())) for name in named if values[name]),
            organisation=values["organisation_name"],
            locale=locale,
            include_optional=include_optional,
            date=day,
        )
    )


def letter_of(draft: Draft) -> Letter:
    """Return the letter that carries the draft."""
    return Letter(
        locale=draft.locale,
        country=draft.values["organisation_country"],
        sender_name=draft.values["organisation_name"],
        sender_address=draft.values["organisation_address"],
        sender_email=draft.values["signatory_email"],
        recipient_lines=draft.recipient_lines,
        date=draft.day,
        subject=draft.subject,
        body=draft.body,
        closing=draft.closing,
        signature_lines=draft.signature,
    )


def as_json(draft: Draft, today: date) -> str:
    """Return the draft, the procedure it was made from and what to know about it as one JSON object."""
    procedure = draft.procedure
    content = {
        "procedure": procedure.name,
        "channel": procedure.channel,
        "formats": formats_of(procedure),
        "verified_on": procedure.verified_on.isoformat(),
        "locale": draft.locale,
        "ground": draft.ground,
        "date": draft.day.isoformat(),
        "answer_by": draft.answer_by.isoformat(),
        "recipient": {
            "name": draft.recipient_name,
            "email": draft.recipient_email,
            "lines": draft.recipient_lines,
            "url": procedure.recipient["url"],
        },
        "subject": draft.subject,
        "body": draft.body,
        "closing": draft.closing,
        "signature": draft.signature,
        "text": as_text(draft),
        "fields": {name: value for name, value in draft.values.items() if value},
        "notes": notes_for(procedure, today),
        "snapshot": procedure.content,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
