"""Freezing a draft: whether a person hands it over or Optout sends it, what is kept is the same."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import rfc8785
from django.utils import timezone

from requests_app.delivery.outputs import Output
from requests_app.drafting.draft import Draft
from requests_app.drafting.requests import EditedMeanwhile, snapshot_of
from requests_app.models import Message, OptOutRequest, Organisation, Status, User, check_move

SNAPSHOT_FORMAT = 1
FROZEN = ["reference", "status", "submitted_on", "submitted_how", "answer_by", "snapshot", "updated_at", "clock_stale"]


def locked_draft(opt_out_request: OptOutRequest) -> OptOutRequest:
    """Return the row under its lock. Raises MoveRefused or EditedMeanwhile when it is no longer what was drawn."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related(
        "organisation", "workspace__vendor", "procedure", "version", "stream"
    )
    current = rows.get(pk=opt_out_request.pk)
    check_move(Status(current.status), Status.SUBMITTED, None)
    if current.edition != opt_out_request.edition:
        raise EditedMeanwhile(current)
    return current


def freeze(current: OptOutRequest, draft: Draft, on: date, how: str) -> None:
    """Save all that was handed over in the locked row; a request that was taken back keeps its reference."""
    current.reference = current.reference or _next_reference(current.organisation_id, on.year)
    current.status = Status.SUBMITTED
    current.submitted_on = on
    current.submitted_how = how
    current.answer_by = draft.answer_by
    current.snapshot = snapshot_content(current, draft)
    current.updated_at, current.clock_stale = timezone.now(), True
    current.save(update_fields=FROZEN)


def thaw(current: OptOutRequest) -> None:
    """Make the locked row a draft again; call it only where nothing has left the house. The reference stays its own."""
    current.status = Status.DRAFT
    current.submitted_on, current.answer_by, current.snapshot = None, None, None
    current.submitted_how = ""
    current.updated_at, current.clock_stale = timezone.now(), True
    current.save(update_fields=FROZEN)


def _next_reference(organisation: Any, year: int) -> str:
    """Return the organisation's next reference of that year; its row stays locked, so that none is given twice."""
    row = Organisation.objects.select_for_update(no_key=True).get(pk=organisation)
    number = row.last_reference.get(str(year), 0) + 1
    row.last_reference = {**row.last_reference, str(year): number}
    row.save(update_fields=["last_reference"])
    return f"OPT-{year}-{number:06d}"


def snapshot_content(opt_out_request: OptOutRequest, draft: Draft) -> dict[str, Any]:
    """Return all that was handed over as one JSON object: drafting.requests.frozen_draft reads it."""
    return {
        "format": SNAPSHOT_FORMAT,
        "procedure": draft.procedure.name,
        "version": opt_out_request.version.number,
        "version_hash": opt_out_request.version.content_hash,
        "workspace": opt_out_request.workspace.name,
        "locale": draft.locale,
        "ground": draft.ground,
        "day": draft.day.isoformat(),
        "answer_by": draft.answer_by.isoformat(),
        "recipient": {
            "name": draft.recipient_name,
            "email": draft.recipient_email,
            "lines": list(draft.recipient_lines),
        },
        "subject": draft.subject,
        "body": draft.body,
        "closing": draft.closing,
        "signature": list(draft.signature),
        "details": [list(detail) for detail in draft.details],
        "values": dict(draft.values),
    }


def keep_messages(user: User | None, opt_out_request: OptOutRequest, outputs: Sequence[Output]) -> list[Message]:
    """Save the exact bytes of each file and return the rows; the clock is no user."""
    now: datetime = timezone.now()
    return [
        Message.objects.create(
            request=opt_out_request,
            direction=Message.Direction.OUTGOING,
            name=output.name,
            media_type=output.media_type,
            raw=output.content,
            sha256=hashlib.sha256(output.content).hexdigest(),
            recorded_by=user,
            recorded_at=now,
        )
        for output in outputs
    ]


def frozen_facts(opt_out_request: OptOutRequest, how: str) -> dict[str, Any]:
    """Return what the event of the hand-over says about the frozen request."""
    version = opt_out_request.version
    return {
        "reference": opt_out_request.reference,
        "how": str(how),
        "on": str(opt_out_request.submitted_on),
        "answer_by": str(opt_out_request.answer_by),
        "procedure": snapshot_of(opt_out_request).name,
        "version": version.number,
        "version_hash": version.content_hash,
        "snapshot_sha256": hashlib.sha256(rfc8785.dumps(opt_out_request.snapshot)).hexdigest(),
    }


def people_of(draft: Draft) -> dict[str, str]:
    """Return what that event says of people: values that may have to be erased one day."""
    return {
        "recipient": draft.recipient_name,
        "recipient_email": draft.recipient_email,
        "signatory": draft.values["signatory_name"],
        "subject": draft.subject,
    }
