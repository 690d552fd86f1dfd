"""Many events at once, in the same chains and the same bytes as record_event writes them one by one."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from requests_app.models.event import Event, EventPersonalValue, Subject, new_event
from requests_app.models.event_stream import EventStream
from requests_app.models.event_text import document_hash, text_of
from requests_app.models.event_words import Action, Source, StreamKind
from requests_app.models.many_rows import insert_many, update_many


@dataclass(frozen=True)
class NewEvent:
    """What record_event takes, for one of many events."""

    stream_id: UUID
    action: Action
    actor: str
    source: Source
    subject: Subject
    detail: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    evidence: Sequence[str] = ()
    occurred_at: datetime.datetime | None = None


def record_events(entries: Iterable[NewEvent]) -> list[Event]:
    """Append the events to their streams, in the order given, and return them; call it as record_event is called.

    The streams' rows are locked in one order by everybody, those of organisations last, and stay locked until the
    transaction ends. Takes a handful of queries, and holds all of them in memory: give it a thousand or so. Raises what
    record_event raises, before anything is written.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("record_events must be called inside transaction.atomic().")
    made = [(entry, *_made(entry)) for entry in entries]
    heads = _locked({entry.stream_id for entry, _, _ in made})
    now = timezone.now()
    chains = {key: _Chain(head) for key, head in heads.items()}
    for entry, event, _ in made:
        chains[entry.stream_id].append(event, entry.occurred_at or now, now)
    events = [event for _, event, _ in made]
    insert_many(events)
    values = [value for _, event, rows in made for value in _of(event, rows)]
    EventPersonalValue.objects.bulk_create(values)
    update_many(list(heads.values()), ("head_sequence", "head_hash"))
    return events


def _made(entry: NewEvent) -> tuple[Event, list[EventPersonalValue]]:
    return new_event(
        entry.action, entry.actor, entry.source, entry.subject, entry.detail, entry.personal, entry.evidence
    )


def _locked(keys: set[UUID]) -> dict[UUID, EventStream]:
    last = Case(When(kind=StreamKind.ORGANISATION, then=Value(1)), default=Value(0))
    rows = EventStream.objects.filter(pk__in=keys).order_by(last, "pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def _of(event: Event, rows: list[EventPersonalValue]) -> list[EventPersonalValue]:
    for row in rows:
        row.event = event
    return rows


class _Chain:
    """One stream while it grows; what its hashes say of it is written once."""

    def __init__(self, head: EventStream) -> None:
        self.head = head
        self.stream = text_of(head.document)

    def append(self, event: Event, occurred_at: datetime.datetime, now: datetime.datetime) -> None:
        """Make the event the next link."""
        head = self.head
        event.stream = head
        event.sequence = head.head_sequence + 1
        event.previous_hash = head.head_hash
        event.recorded_at, event.occurred_at = now, occurred_at
        event.hash = document_hash(event, self.stream)
        head.head_sequence, head.head_hash = event.sequence, event.hash
