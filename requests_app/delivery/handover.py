"""Handing a request over: the moment from which nothing of it changes any more."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.delivery.evidence import record_evidence, stored
from requests_app.delivery.freezing import freeze, frozen_facts, keep_messages, locked_draft, people_of
from requests_app.delivery.outputs import LETTER, Output, OutputRefused, output_names, output_of, outputs_of
from requests_app.drafting.checklist import checklist_of
from requests_app.drafting.formats import is_written
from requests_app.drafting.requests import draft_of, main_output, snapshot_of
from requests_app.models import (
    Action,
    Membership,
    OptOutRequest,
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
    steps: Sequence[int] = (),
) -> OptOutRequest:
    """Record that a draft was handed over that day, and return it with its reference.

    `steps` are the places, from 0, of what was ticked in steps_of. What was drafted is frozen, the exact bytes of each
    file are kept, and the events are written in the same transaction. Raises ValuesRefused while something is missing,
    OutputRefused for a file that cannot be made, MoveRefused when it was recorded before, EditedMeanwhile when somebody
    saved in between, EvidenceRefused for the proof, HandOverRefused for the day or the way. Nothing is recorded then.
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
        current = locked_draft(opt_out_request)
        freeze(current, draft, on, how)
        events = _Events(membership, current)
        facts = frozen_facts(current, how) | _ticked(opt_out_request, steps)
        events.record(Action.REQUEST_SUBMITTED, Subject.of(current), facts, personal=people_of(draft))
        for message in keep_messages(membership.user, current, outputs):
            events.record(
                Action.MESSAGE_HANDED_OVER,
                Subject.of(message),
                {"name": message.name, "media_type": message.media_type, "size": len(message.raw)},
                evidence=[message.sha256],
            )
        if kept:
            record_evidence(membership, current, kept, _("Proof of the hand-over"))
    return current


def steps_of(opt_out_request: OptOutRequest) -> list[str]:
    """Return the checklist of what is carried out here; a letter to the vendor has none."""
    return checklist_of(snapshot_of(opt_out_request))


def _ticked(opt_out_request: OptOutRequest, steps: Sequence[int]) -> dict[str, Any]:
    known = len(steps_of(opt_out_request))
    return {"ticked": sorted(step for step in steps if step < known), "steps": known} if known else {}


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
