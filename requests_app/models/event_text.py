"""The canonical form of an event, written at once."""

import hashlib
import json
from typing import TYPE_CHECKING

from requests_app.models.event_format import utc_text

if TYPE_CHECKING:
    from requests_app.models.event import Event


def document_text(event: "Event", stream: str) -> str:
    """Return the canonical form of event.document, given that of its stream.

    Its keys are known and stand here in their order, and detail and evidence are canonical text already; written so,
    ten thousand events take a tenth of the time. A test holds both forms against each other.
    """
    return (
        f'{{"action":{text_of(event.action)},"actor":{text_of(event.actor)},"detail":{event.detail_json},'
        f'"evidence":{event.evidence_json},"format":{event.format},"occurred_at":"{utc_text(event.occurred_at)}",'
        f'"previous_hash":{text_of(event.previous_hash)},"recorded_at":"{utc_text(event.recorded_at)}",'
        f'"sequence":{event.sequence},"software_version":{text_of(event.software_version)},'
        f'"source":{text_of(event.source)},"stream":{stream},'
        f'"subject":{{"id":{text_of(event.subject_id)},"type":{text_of(event.subject_type)}}}}}'
    )


def document_hash(event: "Event", stream: str) -> str:
    """Return the event's hash, given the canonical form of its stream."""
    return hashlib.sha256(document_text(event, stream).encode()).hexdigest()


def text_of(value: object) -> str:
    """Return canonical JSON of texts and of an object of texts with ASCII keys (RFC 8785 section 3.2)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
