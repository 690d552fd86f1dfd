"""What a record says in words, in the language that is active; what is in it goes into record.json as it is shown."""

import datetime
import json
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from requests_app.catalogue.sources import source_lines
from requests_app.drafting.requests import snapshot_of
from requests_app.models import Event, OptOutRequest, Outcome, Status
from requests_app.models.languages import in_language
from requests_app.tracking.request_facts import facts_of
from requests_app.tracking.timeline import entry_of, names_of

Pairs = list[list[str]]


def facts_of_record(found: OptOutRequest) -> Pairs:
    """Return what the request is and where it stands, as pairs of a word and what it is."""
    facts = facts_of(found)
    status, outcome = Status(found.status).label, Outcome(found.outcome).label if found.outcome else ""
    pairs: list[tuple[Any, Any]] = [
        (_("Status"), f"{status}: {outcome}" if outcome else status),
        (_("Vendor"), found.procedure.vendor.name),
        (_("Workspace"), found.workspace.name),
        *((name.replace("_", " ").capitalize(), value) for name, value in sorted(found.workspace.identifiers.items())),
        (_("Channel"), facts.channel),
        (_("Ground"), facts.ground),
        (_("Recipient"), facts.recipient),
        (_("Handed over"), _joined(_day(found.submitted_on), facts.how)),
        (_("Answer due"), _joined(_day(facts.answer_by), facts.answer_why)),
        (_("Acknowledged"), _day(found.acknowledged_on)),
        (_("Promised for"), _day(found.promised_on)),
        (_("Closed"), _joined(_day(found.closed_on), outcome)),
        (_("To be checked again"), _day(found.reverify_on)),
        (_("Responsible"), found.responsible or ""),
    ]
    return [[str(name), str(value)] for name, value in pairs if str(value)]


def procedure_of(found: OptOutRequest) -> dict[str, Any]:
    """Return the version of the procedure that the request rests on, whole, and its sources in words."""
    procedure = snapshot_of(found)
    return {
        "name": procedure.name,
        "title": in_language(procedure.optout["title"]),
        "version": found.version.number,
        "version_hash": found.version.content_hash,
        "verified_on": procedure.verified_on.isoformat(),
        "steps": list(procedure.facts.get("steps", ())),
        "confirmation": str(procedure.facts.get("confirmation", "")),
        "sources": [_source(line) for line in source_lines(procedure.facts["sources"])],
        "content": dict(procedure.content),
    }


def _source(line: Any) -> dict[str, str]:
    return {
        "kind": str(line.kind),
        "text": line.text,
        "link": line.href,
        "date": f"{line.date} ({line.date_kind})" if line.date else str(line.date_kind),
        "read": line.read,
    }


def events_of(events: Iterable[Event], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return each event: what its hash covers, the personal values that are still there, and what it says in words."""
    events = list(events)
    names = names_of(events)
    return [_event(event, names, zone) for event in events]


def _event(event: Event, names: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    entry = entry_of(event, names, zone)
    return {
        "hash": event.hash,
        "document": dict(event.document),
        "personal": {
            row.name: {"salt": row.salt, "value": json.loads(row.value_json)} for row in event.personal_values.all()
        },
        "at": f"{entry.at:%Y-%m-%d} {entry.clock}",
        "who": entry.who,
        "sentence": entry.sentence,
        "said": [[said.label, said.text if said.text is not None else _("(erased)")] for said in entry.said],
    }


def _day(day: datetime.date | None) -> str:
    return formats.date_format(day, "DATE_FORMAT") if day else ""


def _joined(*words: Any) -> str:
    return " · ".join(str(word) for word in words if word) if words[0] else ""
