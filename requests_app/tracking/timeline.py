"""The history of a request as a person reads it: days, and what happened on each, by whom."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from requests_app.intake.incoming import Incoming
from requests_app.models import Event, EventStream, User
from requests_app.models.event_format import PERSONAL, utc_text
from requests_app.tracking.timeline_words import PERSONAL_WORDS, sentence_of


@dataclass(frozen=True)
class Said:
    """One personal value of an event: what it is called and what it says; None once it was erased."""

    label: str
    text: str | None


@dataclass(frozen=True)
class Entry:
    """One event: at is its local time, clock the same as 14:05, utc the same in UTC, said what was typed by people.

    With `mail`, it is what came in that is shown, instead of a sentence about it.
    """

    at: datetime.datetime
    clock: str
    utc: str
    who: str
    sentence: str
    said: tuple[Said, ...]
    files: tuple[str, ...]
    mail: Incoming | None = None


@dataclass(frozen=True)
class Day:
    """The entries of one local day, newest first."""

    day: datetime.date
    entries: tuple[Entry, ...]


def timeline_of(stream: EventStream, zone: ZoneInfo, mails: Iterable[Incoming] = ()) -> list[Day]:
    """Return the days of the stream, newest first, in that time zone; takes three queries however long it is.

    Each of the mails stands where it is first spoken of.
    """
    events = list(Event.objects.filter(stream=stream).prefetch_related("personal_values").order_by("-sequence"))
    names = names_of(events)
    places = _places_of(mails, events)
    entries = [replace(entry_of(event, names, zone), mail=places.get(event.pk)) for event in events]
    # What was recorded later may have happened earlier: the day on which it happened counts.
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return [Day(day, tuple(found)) for day, found in groupby(entries, key=lambda entry: entry.at.date())]


def _places_of(mails: Iterable[Incoming], events: Iterable[Event]) -> dict[str, Incoming]:
    """Return which event each mail is shown at: of a mail that left and came back, the first one."""
    by_key = {str(one.mail.pk): one for one in mails}
    first: dict[str, Event] = {}
    for event in events:
        if event.subject_type == "inboundmail" and event.subject_id in by_key:
            first[event.subject_id] = event  # The newest come first, so the last one stays.
    return {event.pk: by_key[key] for key, event in first.items()}


def names_of(events: Iterable[Event]) -> dict[str, str]:
    """Return what to call each actor and each person named in the events."""
    references = {event.actor for event in events} | {
        value for event in events for value in event.detail.values() if isinstance(value, str)
    }
    keys = {int(key) for kind, _colon, key in (name.partition(":") for name in references) if _is_user(kind, key)}
    return {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=keys)}


def entry_of(event: Event, names: dict[str, str], zone: ZoneInfo) -> Entry:
    """Return the event in words."""
    detail = event.detail
    return Entry(
        at=event.occurred_at.astimezone(zone),
        clock=_clock(event.occurred_at.astimezone(zone)),
        utc=utc_text(event.occurred_at)[:19] + "Z",
        who=_who(event.actor, names),
        sentence=sentence_of(event.action, _with_names(detail, names)),
        said=_said(event, detail),
        files=tuple(event.evidence),
    )


def _clock(at: datetime.datetime) -> str:
    """Return the local time with its zone, such as 02:30 CEST: in autumn one hour comes twice."""
    return f"{at:%H:%M} {at.tzname()}"


def _is_user(kind: str, key: str) -> bool:
    return kind == "user" and key.isascii() and key.isdigit() and len(key) < 19


def _who(actor: str, names: dict[str, str]) -> str:
    if actor in names:
        return names[actor]
    known = {"clock": _("Optout’s clock"), "command": _("The command line"), "mail": _("Incoming mail")}
    return known.get(actor) or (_("Somebody who has left") if actor.startswith("user:") else actor)


def _with_names(detail: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    left = _("somebody who has left")
    return {
        name: names.get(value, left) if isinstance(value, str) and value.startswith("user:") else value
        for name, value in detail.items()
    }


def _said(event: Event, detail: dict[str, Any]) -> tuple[Said, ...]:
    """Return the personal values in the order of their names, erased ones included: the event still commits to them."""
    kept = event.personal
    return tuple(
        Said(_label(name), _text(kept[name]) if name in kept else None) for name in sorted(detail.get(PERSONAL, {}))
    )


def _label(name: str) -> str:
    return str(PERSONAL_WORDS.get(name, name.replace("_", " ").capitalize()))


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_text(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(_text, value))
    return str(value)
