"""What can be done with many requests at once: each act is one that is done by hand, through the same function."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from requests_app.delivery.handover import How, hows_of
from requests_app.delivery.outbox import queue_message
from requests_app.delivery.sending import SendingRefused
from requests_app.drafting.formats import WRITTEN
from requests_app.drafting.requests import DraftRefused, EditedMeanwhile, snapshot_of
from requests_app.drafting.values import ValuesRefused
from requests_app.models import (
    JobKind,
    MailSettings,
    Membership,
    MoveRefused,
    OptOutRequest,
    Organisation,
    Outcome,
    Status,
    User,
    check_move,
)
from requests_app.tracking.changes import assign, move_request
from requests_app.tracking.clock import snooze
from requests_app.tracking.forms import members_of

# What the functions say when a request is not one for them; anything else is a fault and stops the job.
REFUSALS = (MoveRefused, SendingRefused, ValuesRefused, DraftRefused, EditedMeanwhile)


class Act(Protocol):
    """Something that is done with each of many requests."""

    def why_not(self, row: OptOutRequest) -> str:
        """Return why nothing will be done with this one, as far as the list can tell; empty where it will."""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
        """Do it, with its event, in a transaction. Raises one of REFUSALS."""


@dataclass(frozen=True)
class Assign:
    """Make a person, or nobody, responsible."""

    responsible: User | None

    def why_not(self, row: OptOutRequest) -> str:
        same = row.responsible_id == (self.responsible and self.responsible.pk)
        return _("Is so already") if same else ""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
        assign(membership, row, self.responsible)


@dataclass(frozen=True)
class Snooze:
    """Let nothing become due before a day."""

    until: datetime.date

    def why_not(self, row: OptOutRequest) -> str:
        if row.status == Status.DRAFT:
            return _("Nothing becomes due for a draft. Hand it over first.")
        return _("Is so already") if row.snoozed_until == self.until else ""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
        snooze(membership, row, self.until)


@dataclass(frozen=True)
class Close:
    """Close with an outcome."""

    outcome: Outcome
    on: datetime.date
    note: str

    def why_not(self, row: OptOutRequest) -> str:
        try:
            check_move(Status(row.status), Status.CLOSED, self.outcome)
        except MoveRefused as refusal:
            return str(refusal)
        if row.submitted_on and self.on < row.submitted_on:
            return _("Was sent after that day")
        if self.outcome is Outcome.CONFIRMED and row.procedure.channel not in WRITTEN and not _has_evidence(row):
            return _("A setting is confirmed by evidence, and there is none yet")
        return ""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
        move_request(membership, row, Status.CLOSED, self.outcome, self.note, on=self.on)


@dataclass(frozen=True)
class Send:
    """Put the mail of a draft into the outbox, where it can still be taken back."""

    mail: MailSettings | None
    is_demo: bool

    def why_not(self, row: OptOutRequest) -> str:
        if self.is_demo:
            return _("This is demo data: it is never sent.")
        if self.mail is None or not self.mail.can_send:
            return _("Sending is not set up. An owner can do so in the settings, under Mail.")
        if row.status != Status.DRAFT:
            return _("Is no draft any more")
        return ""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
        if How.EMAIL not in hows_of(snapshot_of(row)):
            raise SendingRefused(_("A request of this kind does not go by e-mail."))
        queue_message(membership, row)


def _has_evidence(row: OptOutRequest) -> bool:
    """Return what the list looked up for the whole page, see bulk.rows_of."""
    return bool(getattr(row, "has_evidence", False))


def act_of(organisation: Organisation, kind: str, wanted: Mapping[str, Any]) -> Act:
    """Return the act that a job wants. Raises MoveRefused when the person it names has left the organisation."""
    if kind == JobKind.ASSIGN:
        return _assign(organisation, wanted.get("responsible"))
    if kind == JobKind.SNOOZE:
        return Snooze(datetime.date.fromisoformat(wanted["until"]))
    if kind == JobKind.CLOSE:
        on = datetime.date.fromisoformat(wanted["on"])
        return Close(Outcome(wanted["outcome"]), on, wanted.get("note", ""))
    mail = MailSettings.objects.filter(organisation=organisation).first()
    return Send(mail, organisation.is_demo)


def _assign(organisation: Organisation, person: int | None) -> Assign:
    if person is None:
        return Assign(None)
    user = members_of(organisation).filter(pk=person).first()
    if user is None:
        raise MoveRefused(_("The person who was to be responsible has left the organisation."))
    return Assign(user)


def reason_of(refusal: Exception) -> str:
    """Return why an act was refused, as one line."""
    if isinstance(refusal, ValuesRefused):
        return _("Something is missing or wrong in the draft: {fields}").format(
            fields=", ".join(sorted({problem.field for problem in refusal.problems}))
        )
    if isinstance(refusal, EditedMeanwhile):
        return _("Somebody else was changing it at that moment")
    return str(refusal)
