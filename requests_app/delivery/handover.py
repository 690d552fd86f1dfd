"""Handing a request over: the moment from which nothing of it changes any more."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.delivery.evidence import record_evidence, stored
from requests_app.delivery.outputs import LETTER, Output, OutputRefused, output_names, output_of, outputs_of
from requests_app.drafting.draft import Draft
from requests_app.drafting.formats import is_written
from requests_app.drafting.requests import EditedMeanwhile, draft_of, main_output, snapshot_of
from requests_app.models import (
    Action,
    Membership,
    Message,
    OptOutRequest,
    Organisation,
    Source,
    Status,
    Subject,
    check_move,
    record_event,
)

__all__ = [
    "LETTER",
    "HandOverRefused",
    "How",
    "Output",
    "OutputRefused",
    "hows_of",
    "output_names",
    "output_of",
    "outputs_of",
    "submit_request",
]

SNAPSHOT_FORMAT = 1


class How(models.TextChoices):
    """How a request left the house, or was carried out in it."""

    EMAIL = "email", gettext_lazy("Sent by e-mail")
    POST = "post", gettext_lazy("Posted as a letter")
    FORM = "form", gettext_lazy("Vendor's form filled in")
    TICKET = "ticket", gettext_lazy("Support ticket opened")
    SETTING = "setting", gettext_lazy("Setting or policy applied")
    PASSED_ON = "passed_on", gettext_lazy("Instruction passed on to the people concerned")


_BY_CHANNEL = {
    "email": (How.EMAIL,),
    "form": (How.FORM,),
    "support_ticket": (How.TICKET,),
    "postal_letter": (How.POST,),
    "contract": (How.EMAIL, How.POST),
    "statement": (How.EMAIL, How.POST),
    "admin_setting": (How.SETTING, How.PASSED_ON),
    "user_setting": (How.PASSED_ON, How.SETTING),
    "device_policy": (How.SETTING, How.PASSED_ON),
    "api_policy": (How.SETTING, How.PASSED_ON),
}


class HandOverRefused(ValueError):
    """A hand-over that cannot be recorded; says why. Nothing was recorded."""


def hows_of(procedure: Snapshot) -> tuple[How, ...]:
    """Return the ways in which the procedure can be carried out, the usual one first; a letter can always be posted."""
    ways = [how for channel in procedure.channels for how in _BY_CHANNEL[channel]]
    return tuple(dict.fromkeys([*ways, *([How.EMAIL, How.POST] if is_written(procedure) else [])]))


def submit_request(
    membership: Membership,
    opt_out_request: OptOutRequest,
    *,
    on: date,
    how: str,
    proof: "UploadedFile[Any] | None" = None,
) -> OptOutRequest:
    """Record that a draft was handed over that day, and return it with its reference.

    What was drafted is frozen, the exact bytes of each file are kept, and the events are written in the same
    transaction. Raises ValuesRefused while something is missing, OutputRefused for a file that cannot be made,
    MoveRefused when it was recorded before, EditedMeanwhile when somebody saved in between, EvidenceRefused for the
    proof, HandOverRefused for the day or the way. Nothing is recorded then.
    """
    check_move(Status(opt_out_request.status), Status.SUBMITTED, None)
    procedure = snapshot_of(opt_out_request)
    _check_day(opt_out_request, on)
    if how not in hows_of(procedure):
        raise HandOverRefused(_("A request of this kind cannot be carried out in that way."))
    draft = draft_of(opt_out_request, output=main_output(procedure), day=on)
    # Outside the transaction: letters are drawn here.
    outputs = outputs_of(opt_out_request, day=on)
    if how == How.POST and not (draft.recipient_lines and LETTER in {output.name for output in outputs}):
        raise HandOverRefused(_("There is no letter that could have been posted: give the recipient's postal address."))
    with ExitStack() as stack:
        kept = stack.enter_context(stored(proof)) if proof else None
        stack.enter_context(transaction.atomic())
        current = _locked(opt_out_request)
        _freeze(current, draft, on, how)
        events = _Events(membership, current)
        events.record(Action.REQUEST_SUBMITTED, Subject.of(current), _facts(current, how), personal=_people(draft))
        for message in _keep_messages(membership, current, outputs):
            events.record(
                Action.MESSAGE_HANDED_OVER,
                Subject.of(message),
                {"name": message.name, "media_type": message.media_type, "size": len(message.raw)},
                evidence=[message.sha256],
            )
        if kept:
            record_evidence(membership, current, kept, _("Proof of the hand-over"))
    return current


def _check_day(opt_out_request: OptOutRequest, on: date) -> None:
    organisation = opt_out_request.organisation
    if on > organisation.today():
        raise HandOverRefused(_("The day is in the future. Record the hand-over once it has happened."))
    if on < drafted_on(opt_out_request):
        raise HandOverRefused(_("The day is before the draft was made."))


def drafted_on(opt_out_request: OptOutRequest) -> date:
    """Return the day on which the draft was made, in the organisation's time zone."""
    zone = ZoneInfo(opt_out_request.organisation.time_zone)
    return timezone.localdate(opt_out_request.created_at, zone)


def _locked(opt_out_request: OptOutRequest) -> OptOutRequest:
    """Return the row under its lock. Raises MoveRefused or EditedMeanwhile when it is no longer what was drawn."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related(
        "organisation", "workspace__vendor", "procedure", "version", "stream"
    )
    current = rows.get(pk=opt_out_request.pk)
    check_move(Status(current.status), Status.SUBMITTED, None)
    if current.edition != opt_out_request.edition:
        raise EditedMeanwhile(current)
    return current


def _freeze(current: OptOutRequest, draft: Draft, on: date, how: str) -> None:
    current.reference = _next_reference(current.organisation_id, on.year)
    current.status = Status.SUBMITTED
    current.submitted_on = on
    current.submitted_how = how
    current.answer_by = draft.answer_by
    current.snapshot = snapshot_content(current, draft)
    current.updated_at = timezone.now()
    current.save(
        update_fields=[
            "reference",
            "status",
            "submitted_on",
            "submitted_how",
            "answer_by",
            "snapshot",
            "updated_at",
        ]
    )


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


def _keep_messages(membership: Membership, opt_out_request: OptOutRequest, outputs: Sequence[Output]) -> list[Message]:
    now: datetime = timezone.now()
    return [
        Message.objects.create(
            request=opt_out_request,
            direction=Message.Direction.OUTGOING,
            name=output.name,
            media_type=output.media_type,
            raw=output.content,
            sha256=hashlib.sha256(output.content).hexdigest(),
            recorded_by=membership.user,
            recorded_at=now,
        )
        for output in outputs
    ]


def _facts(opt_out_request: OptOutRequest, how: str) -> dict[str, Any]:
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


def _people(draft: Draft) -> dict[str, str]:
    return {
        "recipient": draft.recipient_name,
        "recipient_email": draft.recipient_email,
        "signatory": draft.values["signatory_name"],
        "subject": draft.subject,
    }


class _Events:
    """Writes the events of one hand-over by one person."""

    def __init__(self, membership: Membership, opt_out_request: OptOutRequest) -> None:
        self.actor = membership.actor
        self.stream = opt_out_request.stream

    def record(
        self,
        action: Action,
        subject: Subject,
        detail: dict[str, Any],
        personal: dict[str, str] | None = None,
        evidence: Sequence[str] = (),
    ) -> None:
        record_event(
            self.stream,
            action,
            actor=self.actor,
            source=Source.WEB,
            subject=subject,
            detail=detail,
            personal=personal,
            evidence=evidence,
        )
