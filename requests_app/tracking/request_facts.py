"""What the page of a request says about it, and why."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from requests_app.catalogue import words
from requests_app.catalogue.procedure import Freshness
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.delivery.handover import How
from requests_app.drafting.requests import snapshot_of
from requests_app.models import OptOutRequest
from requests_app.tracking.changes import needs_evidence
from requests_app.tracking.identifiers import newest_number
from requests_app.tracking.needs import AWAITS_ANSWER


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
    is_overdue: bool
    needs_evidence: bool


def facts_of(found: OptOutRequest) -> RequestFacts:
    """Return the facts of a request; takes one query."""
    procedure = snapshot_of(found)
    today = found.organisation.today()
    sent: dict[str, Any] = found.snapshot or {}
    due = found.answer_by if found.status in AWAITS_ANSWER else None
    return RequestFacts(
        channel=words.word(words.CHANNELS, procedure.channel),
        ground=words.word(words.GROUNDS, found.ground),
        language=words.word(words.LANGUAGES, found.locale),
        how=How(found.submitted_how).label if found.submitted_how in How.values else found.submitted_how,
        subject=sent.get("subject", ""),
        recipient=_recipient(sent.get("recipient", {})),
        newest_version=newest_number(found.procedure_id),
        freshness=words.FRESHNESS[Freshness(procedure.freshness(today))],
        answer_by=due,
        answer_why=_why(procedure, found.submitted_on, found.answer_by),
        is_overdue=bool(due and due < today),
        needs_evidence=needs_evidence(found),
    )


def _recipient(recipient: dict[str, Any]) -> str:
    parts = (recipient.get("name", ""), recipient.get("email", ""))
    return ", ".join(part for part in parts if part)


def _why(procedure: Snapshot, sent_on: datetime.date | None, answer_by: datetime.date | None) -> str:
    """Return how the day for an answer comes about: whose time it is, and whether it moved past a weekend."""
    if sent_on is None or answer_by is None:
        return ""
    days = procedure.answer_days
    stated = procedure.facts.get("response_time")
    if stated and stated["kind"] != "time_to_take_effect":
        text = _("{days} days after it was sent, from the vendor’s own words: “{stated}”.")
        why = text.format(days=days, stated=stated["stated_as"])
    else:
        why = _("{days} days after it was sent. The vendor names no time, so Optout asks then.").format(days=days)
    moved = answer_by != sent_on + datetime.timedelta(days=days)
    return f"{why} {_('The day fell on a weekend, so it is the Monday after.')}" if moved else why
