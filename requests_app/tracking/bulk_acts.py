"""What can be done with many requests at once: each act is one that is done by hand, through the same function."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _

from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.catalogue.words import CHANNELS, word
from requests_app.delivery.handover import How
from requests_app.delivery.outbox import queue_message
from requests_app.delivery.pausing import paused_rows
from requests_app.delivery.sending import SendingRefused, mail_row, paused_words, usable
from requests_app.drafting.formats import WRITTEN
from requests_app.drafting.requests import DraftRefused, EditedMeanwhile, snapshot_of
from requests_app.drafting.values import Problem, ValuesRefused, labels_of
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
from requests_app.tracking.ready import Ready

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

    organisation: Organisation
    mail: MailSettings | None
    paused: frozenset[str]  # the addresses that nothing goes to for now
    ready: Ready = field(default_factory=Ready)

    def why_not(self, row: OptOutRequest) -> str:
        try:
            usable(self.organisation, self.mail)
        except SendingRefused as refusal:
            return str(refusal)
        if row.status != Status.DRAFT:
            return _("Is no draft any more")
        if self.ready.way_of(row) != How.EMAIL:
            channel = word(CHANNELS, self.ready.procedure_of(row).channel)
            return _("Goes another way: {channel}. Open it to see how.").format(channel=channel)
        problems = self.ready.problems_of(row)
        if problems:
            return _lacking(problems, self.ready.procedure_of(row))
        address = self.ready.address_of(row)
        return paused_words(address) if address.lower() in self.paused else ""

    def do(self, membership: Membership, row: OptOutRequest) -> None:
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
    paused = frozenset(paused_rows(organisation).values_list("address", flat=True))
    return Send(organisation, mail_row(organisation), paused)


def _assign(organisation: Organisation, person: int | None) -> Assign:
    if person is None:
        return Assign(None)
    user = members_of(organisation).filter(pk=person).first()
    if user is None:
        raise MoveRefused(_("The person who was to be responsible has left the organisation."))
    return Assign(user)


def reason_of(refusal: Exception, row: OptOutRequest | None = None) -> str:
    """Return why an act was refused, as one line; `row` is what it was refused for."""
    if isinstance(refusal, ValuesRefused) and row is not None:
        return _lacking(refusal.problems, snapshot_of(row))
    if isinstance(refusal, EditedMeanwhile):
        return _("Somebody else was changing it at that moment")
    return str(refusal)


def _lacking(problems: Iterable[Problem], procedure: Snapshot) -> str:
    """Return which fields have to be seen to, by their names on the page."""
    labels = labels_of(procedure)
    names = sorted({labels.get(problem.field, problem.field) for problem in problems})
    return _("Something is missing or wrong in the draft: {fields}").format(fields=", ".join(names))
