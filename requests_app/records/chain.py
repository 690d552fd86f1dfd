"""Recomputes the chains and names the first row that is wrong; docs/event-log.md says what this proves."""

import enum
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from requests_app.models import Event, EventStream, EventValueError, Organisation
from requests_app.models.event_format import (
    FORMAT,
    NO_HASH,
    PERSONAL,
    EventDocument,
    canonical_json,
    commitment,
    event_hash,
)
from requests_app.records.chain_rows import EventRow, PersonalRow, any_bytes_as_text, event_rows, personal_rows
from requests_app.records.checkpoints import CheckpointFault, verify_checkpoints


class FaultKind(enum.StrEnum):
    """What can be wrong with a row."""

    CHANGED = "changed"
    BROKEN_LINK = "broken_link"
    GAP = "gap"
    MISSING_TAIL = "missing_tail"
    HEAD = "head"
    COMMITMENT = "commitment"
    NO_STREAM = "no_stream"


EXPLANATIONS = {
    FaultKind.CHANGED: "its content or its stream's name is not what its hash was made of",
    FaultKind.BROKEN_LINK: "it does not follow from the event before it: one of the two was written anew",
    FaultKind.GAP: "it is missing, though later events are there",
    FaultKind.MISSING_TAIL: "it and all later events are missing, though the head of the stream counts them",
    FaultKind.HEAD: "it is the last event, but the head of the stream names another",
    FaultKind.COMMITMENT: "a personal value beside it is not the one that it was recorded with",
    FaultKind.NO_STREAM: "its stream does not exist",
}


@dataclass(frozen=True)
class Fault:
    """The first bad row: its organisation's slug, its stream, its place there (from 1) and what is wrong."""

    organisation: str
    stream: str
    sequence: int
    kind: FaultKind

    def __str__(self) -> str:
        return f"{self.organisation}, stream {self.stream}, event {self.sequence}: {EXPLANATIONS[self.kind]}."


@dataclass(frozen=True)
class ChainReport:
    """How much was checked, and the first fault, or None when every chain holds."""

    streams: int = 0
    events: int = 0
    personal_values: int = 0
    checkpoints: int = 0
    fault: Fault | CheckpointFault | None = None

    def plus(self, other: "ChainReport") -> "ChainReport":
        """Return the counts added up, with the fault of the later one."""
        return ChainReport(
            self.streams + other.streams,
            self.events + other.events,
            self.personal_values + other.personal_values,
            self.checkpoints + other.checkpoints,
            other.fault,
        )


Finding = tuple[int, FaultKind] | None  # the sequence of the first bad row and what is wrong with it


@any_bytes_as_text()
def verify_stream(stream: EventStream) -> ChainReport:
    """Recompute every hash, link and commitment of one stream; memory does not grow with its length."""
    events, chain_finding = _check_chain(stream)
    values, value_finding = _check_personal(stream)
    findings = [finding for finding in (chain_finding, value_finding) if finding]
    return ChainReport(1, events, values, fault=_fault(stream, *min(findings)) if findings else None)


@any_bytes_as_text()
def verify_organisation(organisation: Organisation, advance: Callable[[int], object] | None = None) -> ChainReport:
    """Verify the organisation's own stream, then its requests', then its checkpoints, up to the first fault.

    `advance` is told after each stream how many events were in order there.
    """
    streams = EventStream.objects.filter(organisation=organisation).order_by("kind", "name")
    report = _verify_all(streams.iterator(), advance)
    return report if report.fault else report.plus(_verify_checkpoints(organisation))


@any_bytes_as_text()
def verify_everything(advance: Callable[[int], object] | None = None) -> ChainReport:
    """Verify every stream and checkpoint of every organisation, and that no event stands outside them.

    It ends with the first fault. `advance` is told after each stream how many events were in order there.
    """
    fault = _event_without_stream()
    if fault:
        return ChainReport(fault=fault)
    report = _verify_all(EventStream.objects.order_by("organisation_id", "kind", "name").iterator(), advance)
    for organisation in Organisation.objects.order_by("pk").iterator():
        if report.fault:
            break
        report = report.plus(_verify_checkpoints(organisation))
    return report


def _verify_checkpoints(organisation: Organisation) -> ChainReport:
    held, fault = verify_checkpoints(organisation)
    return ChainReport(checkpoints=held, fault=fault)


def _fault(stream: EventStream, sequence: int, kind: FaultKind) -> Fault:
    """Name the row in characters that can be printed, whatever was put into its columns."""
    slug = Organisation.objects.filter(pk=stream.organisation_id).values_list("slug", flat=True).first()
    names = (slug or f"organisation {stream.organisation_id}", stream.name)
    organisation, name = (text.encode("utf-8", "backslashreplace").decode() for text in names)
    return Fault(organisation, name, sequence, kind)


def _verify_all(streams: Iterable[EventStream], advance: Callable[[int], object] | None) -> ChainReport:
    report = ChainReport()
    for stream in streams:
        verified = verify_stream(stream)
        report = report.plus(verified)
        if advance:
            advance(verified.events)
        if report.fault:
            break
    return report


def _check_chain(stream: EventStream) -> tuple[int, Finding]:
    """Return how many events are in order, and the first that is not."""
    count, last_hash = 0, NO_HASH
    row: EventRow | None = None
    for row in event_rows(stream):
        if row.hash is None:
            break
        kind = _fault_of(row, count + 1, last_hash, stream)
        if kind:
            return count, (count + 1, kind)
        count, last_hash = count + 1, row.hash
    return count, _fault_of_head(row, count, last_hash)


def _fault_of(row: EventRow, expected: int, last_hash: str, stream: EventStream) -> FaultKind | None:
    if row.sequence != expected:
        return FaultKind.GAP
    if _recomputed_hash(row, stream) != row.hash:
        return FaultKind.CHANGED
    if row.previous_hash != last_hash:
        return FaultKind.BROKEN_LINK
    return None


def _recomputed_hash(row: EventRow, stream: EventStream) -> str | None:
    """Return the hash of what the row holds, or None when it holds what this format never writes."""
    if row.format != FORMAT:
        return None
    try:
        document = EventDocument(
            action=row.action,
            actor=row.actor,
            detail=_canonical(row.detail),
            evidence=_canonical(row.evidence),
            format=row.format,
            occurred_at=row.occurred_at,
            previous_hash=row.previous_hash,
            recorded_at=row.recorded_at,
            sequence=row.sequence or 0,
            software_version=row.software_version,
            source=row.source,
            stream=stream.document,
            subject={"type": row.subject_type, "id": row.subject_id},
        )
        return event_hash(document)
    except (ValueError, RecursionError):
        return None


def _canonical(text: str) -> object:
    """Return the JSON value; ValueError unless the text is its canonical form to the byte."""
    value: object = json.loads(text)
    if canonical_json(value) != text:
        raise EventValueError("not in canonical form")
    return value


def _fault_of_head(row: EventRow | None, count: int, last_hash: str) -> Finding:
    """Compare the last event with the head that was read together with it."""
    if row is None or (row.head_sequence, row.head_hash) == (count, last_hash):
        return None
    if isinstance(row.head_sequence, int) and row.head_sequence > count:
        return count + 1, FaultKind.MISSING_TAIL
    return count, FaultKind.HEAD


def _check_personal(stream: EventStream) -> tuple[int, Finding]:
    """Return how many values match their commitments, and the event of the first that does not."""
    count = 0
    for row in personal_rows(stream):
        if not _matches(row):
            return count, (row.sequence, FaultKind.COMMITMENT)
        count += 1
    return count, None


def _matches(row: PersonalRow) -> bool:
    try:
        commitments = json.loads(row.detail)[PERSONAL]
        return bool(commitments[row.name] == commitment(row.salt, row.value))
    except (ValueError, RecursionError, KeyError, TypeError):
        return False


def _event_without_stream() -> Fault | None:
    """Find an event that was moved to a stream that is none; foreign keys forbid it unless they were switched off."""
    event = (
        Event.objects.filter(~Exists(EventStream.objects.filter(pk=OuterRef("stream_id"))))
        .order_by()
        .values_list("sequence", "hash")
        .first()
    )
    return Fault("no organisation", f"of event {event[1]}", event[0], FaultKind.NO_STREAM) if event else None
