"""What the page of a request says about it, and why."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from requests_app.catalogue import words
from requests_app.catalogue.procedure import Freshness
from requests_app.delivery.handover import How
from requests_app.delivery.outbox import STILL_HERE
from requests_app.drafting.requests import snapshot_of
from requests_app.models import OptOutRequest, Purpose
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking.changes import needs_evidence
from requests_app.tracking.deadlines import deadline_of, next_action_of
from requests_app.tracking.identifiers import newest_number
from requests_app.tracking.next_action import clock_of


@dataclass(frozen=True)
class RequestFacts:
    """Facts in words; subject and recipient are those that were handed over, and empty in a draft."""

    channel: Any
    ground: Any
    language: Any
    how: Any
    subject: str
    recipient: str
    newest_version: int
    freshness: Any
    answer_by: datetime.date | None
    answer_why: str
    next_step: Any
    next_on: datetime.date | None
    is_overdue: bool
    needs_evidence: bool


def facts_of(found: OptOutRequest) -> RequestFacts:
    """Return the facts of a request; takes three queries, and one more for what goes by e-mail."""
    procedure = snapshot_of(found)
    today = found.organisation.today()
    sent: dict[str, Any] = found.snapshot or {}
    clock = clock_of(found)
    deadline = deadline_of(clock) if found.status in AWAITS_ANSWER else None
    due = found.answer_by if deadline else None
    step = next_action_of(clock, today)
    return RequestFacts(
        channel=words.word(words.CHANNELS, procedure.channel),
        ground=words.word(words.GROUNDS, found.ground),
        language=words.word(words.LANGUAGES, found.locale),
        how=_how(found),
        subject=sent.get("subject", ""),
        recipient=_recipient(sent.get("recipient", {})),
        newest_version=newest_number(found.procedure_id),
        freshness=words.FRESHNESS[Freshness(procedure.freshness(today))],
        answer_by=due,
        answer_why=deadline.why if deadline else "",
        next_step=step[0].label if step else "",
        next_on=step[1].astimezone(clock.zone).date() if step else None,
        is_overdue=bool(due and due < today),
        needs_evidence=needs_evidence(found),
    )


def _how(found: OptOutRequest) -> Any:
    """Return how it left the house; of a mail that waits here, or could not be sent, that it has not."""
    if found.submitted_how not in How.values:
        return found.submitted_how
    if (
        found.submitted_how == How.EMAIL
        and found.outgoing_mail.filter(purpose=Purpose.REQUEST, state__in=STILL_HERE).exists()
    ):
        return _("By e-mail, not sent yet")
    return How(found.submitted_how).label


def _recipient(recipient: dict[str, Any]) -> str:
    parts = (recipient.get("name", ""), recipient.get("email", ""))
    return ", ".join(part for part in parts if part)
