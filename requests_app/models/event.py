"""The append-only log: record_event is the only way in, and the database refuses UPDATE and DELETE.

docs/event-log.md describes the format, so that an auditor can recompute each hash without this program.
"""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from django.db import models, transaction
from django.utils import timezone

from requests_app import __version__
from requests_app.models.event_format import (
    FORMAT,
    PERSONAL,
    EventDocument,
    EventValueError,
    canonical_json,
    commitment,
    new_salt,
    utc_text,
)
from requests_app.models.event_stream import EventStream
from requests_app.models.event_text import document_hash, text_of
from requests_app.models.event_words import Action, Source
from requests_app.models.kept_sql import KeptQuery, insert_row, update_rows

PATTERNS = {
    # No @ and no space: a person stands here as user:17, because a name in the chain could never be erased.
    "actor": re.compile(r"[a-z_]{1,30}(:[A-Za-z0-9._-]{1,80})?"),
    "subject type": re.compile(r"[a-z_]{1,40}"),
    "subject id": re.compile(r"[A-Za-z0-9._:/-]{1,120}"),
    "evidence": re.compile(r"[0-9a-f]{64}"),
    "personal name": re.compile(r"[a-z][a-z0-9_]{0,59}"),
}

_HEAD = tuple(field.attname for field in EventStream._meta.concrete_fields)
_LOCKED_HEAD = KeptQuery(
    lambda key: EventStream.objects.filter(pk=key).select_for_update(no_key=True).values_list(*_HEAD)
)


class Subject(NamedTuple):
    """What an event is about: the kind of row and its key, such as ("workspace", "17")."""

    type: str
    id: str

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Return the subject that names this saved row."""
        return cls(str(row._meta.model_name), str(row.pk))


class Event(models.Model):
    """One thing that happened. Its key is its own hash, so that no column stands outside what the hash covers."""

    hash = models.CharField(max_length=64, primary_key=True)
    # The unique constraint below begins with stream and serves as its index.
    stream = models.ForeignKey(EventStream, on_delete=models.PROTECT, related_name="events", db_index=False)
    sequence = models.PositiveBigIntegerField()
    previous_hash = models.CharField(max_length=64)
    format = models.PositiveSmallIntegerField(default=FORMAT)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=40)
    source = models.CharField(max_length=20)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    # Canonical JSON as text: a JSON column would give back other bytes on each database.
    detail_json = models.TextField(db_column="detail")
    evidence_json = models.TextField(db_column="evidence")
    software_version = models.CharField(max_length=40)

    class Meta:
        ordering = ("stream_id", "sequence")
        constraints = (models.UniqueConstraint(fields=("stream", "sequence"), name="one_event_of_a_sequence"),)

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"

    @property
    def detail(self) -> dict[str, Any]:
        """The facts of this action; the commitments to personal data stand under "personal"."""
        detail: dict[str, Any] = json.loads(self.detail_json)
        return detail

    @property
    def evidence(self) -> list[str]:
        """The SHA-256 of each file that this event rests on, as hexadecimal digits."""
        evidence: list[str] = json.loads(self.evidence_json)
        return evidence

    @property
    def document(self) -> EventDocument:
        """What the hash covers, ready to be written as canonical JSON."""
        return EventDocument(
            action=self.action,
            actor=self.actor,
            detail=self.detail,
            evidence=self.evidence,
            format=self.format,
            occurred_at=utc_text(self.occurred_at),
            previous_hash=self.previous_hash,
            recorded_at=utc_text(self.recorded_at),
            sequence=self.sequence,
            software_version=self.software_version,
            source=self.source,
            stream=self.stream.document,
            subject={"type": self.subject_type, "id": self.subject_id},
        )

    @property
    def personal(self) -> dict[str, Any]:
        """The personal values that have not been erased, by name."""
        return {row.name: json.loads(row.value_json) for row in self.personal_values.all()}


class EventPersonalValue(models.Model):
    """Personal data of an event, outside its hash: the event holds a salted commitment, so this row may be deleted."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="personal_values", db_index=False)
    name = models.CharField(max_length=60)
    salt = models.CharField(max_length=64)
    value_json = models.TextField(db_column="value")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("event", "name"), name="one_personal_value_of_a_name"),)

    def __str__(self) -> str:
        return self.name


def record_event(
    stream: EventStream,
    action: Action,
    *,
    actor: str,
    source: Source,
    subject: Subject,
    detail: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    evidence: Sequence[str] = (),
    occurred_at: datetime.datetime | None = None,
) -> Event:
    """Append one event to the stream and return it; call it in the transaction that makes the change.

    `actor` is a reference such as user:17, clock or command; `personal` holds what may have to be erased one day;
    `evidence` holds SHA-256 hex digests; `occurred_at` is now unless it is given. The stream's row stays locked until
    the transaction ends, so a transaction that writes to a request's stream and to its organisation's writes to the
    organisation's last. Raises EventValueError for a value that cannot be written, and TransactionManagementError
    outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "record_event must be called inside transaction.atomic(), together with the change that it records."
        )
    event, values = new_event(action, actor, source, subject, detail or {}, personal or {}, evidence)
    _append(event, stream, occurred_at)
    for value in values:
        value.event = event
        insert_row(value)
    return event


def new_event(
    action: Action,
    actor: str,
    source: Source,
    subject: Subject,
    detail: Mapping[str, Any],
    personal: Mapping[str, Any],
    evidence: Sequence[str],
) -> tuple[Event, list[EventPersonalValue]]:
    """Return an event that has no place in a chain yet, and its personal values. Raises EventValueError."""
    values = [_personal_value(name, value) for name, value in personal.items()]
    event = Event(
        actor=_matching("actor", actor),
        action=Action(action),
        source=Source(source),
        subject_type=_matching("subject type", subject.type),
        subject_id=_matching("subject id", subject.id),
        detail_json=canonical_json(_with_commitments(detail, values), "detail"),
        evidence_json=canonical_json([_matching("evidence", digest) for digest in evidence], "evidence"),
        software_version=__version__,
    )
    return event, values


def erase_personal_values(event: Event, *, actor: str, source: Source) -> Event:
    """Delete the personal values of an event for good and return the event that says so; the chain stays valid.

    Raises EventValueError when nothing is left to erase.
    """
    with transaction.atomic():
        rows = EventPersonalValue.objects.filter(event=event)
        names = sorted(rows.values_list("name", flat=True))
        if not names:
            raise EventValueError(f"Event {event.sequence} of {event.stream} holds no personal data any more.")
        rows.delete()
        return record_event(
            event.stream,
            Action.PERSONAL_DATA_ERASED,
            actor=actor,
            source=source,
            subject=Subject.of(event),
            detail={"sequence": event.sequence, "names": names},
        )


def _append(event: Event, stream: EventStream, occurred_at: datetime.datetime | None) -> None:
    """Lock the stream's head, save the event as its next link and move the head on to it."""
    head = EventStream.from_db(stream._state.db, _HEAD, _LOCKED_HEAD.row(stream.pk))
    now = timezone.now()
    event.stream = head
    event.sequence = head.head_sequence + 1
    event.previous_hash = head.head_hash
    event.recorded_at = now
    event.occurred_at = occurred_at or now
    event.hash = document_hash(event, text_of(head.document))
    insert_row(event)
    update_rows(EventStream, {"head_sequence": event.sequence, "head_hash": event.hash}, {"pk": head.pk})
    stream.head_sequence, stream.head_hash = event.sequence, event.hash


def _matching(kind: str, text: str) -> str:
    if not PATTERNS[kind].fullmatch(text):
        raise EventValueError(f"{kind}: {text!r} must match {PATTERNS[kind].pattern}")
    return text


def _personal_value(name: str, value: object) -> EventPersonalValue:
    return EventPersonalValue(
        name=_matching("personal name", name), salt=new_salt(), value_json=canonical_json(value, f"personal.{name}")
    )


def _with_commitments(detail: Mapping[str, Any], values: list[EventPersonalValue]) -> dict[str, Any]:
    if PERSONAL in detail:
        raise EventValueError(f"detail: the key {PERSONAL!r} is kept for commitments; pass personal= instead.")
    if not values:
        return dict(detail)
    return {**detail, PERSONAL: {row.name: commitment(row.salt, row.value_json) for row in values}}
