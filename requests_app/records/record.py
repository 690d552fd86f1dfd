"""All that the record of one request says, as data: the pages are drawn from it and nothing else."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from django.utils import translation

from requests_app import __version__
from requests_app.models import Checkpoint, Event, OptOutRequest
from requests_app.models.event_format import utc_text
from requests_app.records.checkpoints import Proofs
from requests_app.records.record_files import File, files_of
from requests_app.records.record_words import events_of, facts_of_record, procedure_of
from requests_app.records.signed_data import SELF_ASSERTED, TIME_STAMPED

FORMAT = 1
KIND = "optout-record"
# What a record reads of the rows around its request.
RELATED = ("organisation", "workspace__vendor", "procedure__vendor", "version", "stream", "responsible")


@dataclass(frozen=True)
class Record:
    """The document that becomes record.json, the original files, and the checkpoint with the proofs of its events."""

    reference: str
    language: str
    made_at: datetime.datetime
    document: dict[str, Any]
    files: tuple[File, ...]
    checkpoint: dict[str, Any]

    @property
    def json(self) -> bytes:
        """The document in canonical JSON (RFC 8785)."""
        return rfc8785.dumps(self.document)


def record_of(
    opt_out_request: OptOutRequest,
    proofs: Proofs,
    now: datetime.datetime,
    *,
    is_time_stamped: bool = False,
    language: str = "en",
) -> Record:
    """Return the record of the request, in that interface language, with its history as the checkpoint holds it.

    Raises RecordBroken where a file is not what was kept.
    """
    organisation = opt_out_request.organisation
    zone = ZoneInfo(organisation.time_zone)
    events = _events(opt_out_request, proofs.checkpoint)
    files = files_of(opt_out_request, zone)
    with translation.override(language):
        document = {
            "format": FORMAT,
            "kind": KIND,
            "made_at": utc_text(now),
            "time_is": TIME_STAMPED if is_time_stamped else SELF_ASSERTED,
            "software_version": __version__,
            "language": language,
            "organisation": {
                "id": str(organisation.pk),
                "name": organisation.name,
                "address": organisation.postal_address.replace("\r\n", "\n"),
                "time_zone": organisation.time_zone,
            },
            "request": _request(opt_out_request) | {"facts": facts_of_record(opt_out_request)},
            "procedure": procedure_of(opt_out_request),
            "messages": [file.row for file in files if file.kind == "message"],
            "evidence": [file.row for file in files if file.kind == "evidence"],
            "events": events_of(events, zone),
        }
    return Record(
        reference_of(opt_out_request),
        language,
        now,
        document,
        tuple(files),
        checkpoint_document(proofs, [event.pk for event in events]),
    )


def reference_of(opt_out_request: OptOutRequest) -> str:
    """Return what the record is called by: the reference, or what a draft has instead of one."""
    return opt_out_request.reference or f"DRAFT-{opt_out_request.pk}"


def checkpoint_document(proofs: Proofs, hashes: Iterable[str]) -> dict[str, Any]:
    """Return what checkpoint.json says: the text that was signed, its signature and key, and a proof for each event."""
    return {
        "checkpoint": proofs.checkpoint.document,
        "signature": proofs.checkpoint.signature,
        "public_key": proofs.checkpoint.public_key,
        "proofs": proofs.of(hashes),
    }


def _events(opt_out_request: OptOutRequest, checkpoint: Checkpoint) -> list[Event]:
    """Return the events that the checkpoint holds, in order: what is written meanwhile is for the next record."""
    events = Event.objects.filter(stream=opt_out_request.stream_id, leaf__position__lt=checkpoint.size)
    return list(events.select_related("stream").prefetch_related("personal_values").order_by("sequence"))


def _request(found: OptOutRequest) -> dict[str, Any]:
    snapshot: dict[str, Any] = found.snapshot or {}
    days = ("submitted_on", "answer_by", "acknowledged_on", "promised_on", "closed_on", "reverify_on")
    return {
        "reference": reference_of(found),
        "status": found.status,
        "outcome": found.outcome,
        "locale": found.locale,
        "ground": found.ground,
        "submitted_how": found.submitted_how,
        "workspace": found.workspace.name,
        "vendor": found.procedure.vendor.name,
        "snapshot": found.snapshot,
        "snapshot_sha256": hashlib.sha256(rfc8785.dumps(snapshot)).hexdigest() if snapshot else "",
    } | {name: str(getattr(found, name) or "") for name in days}
