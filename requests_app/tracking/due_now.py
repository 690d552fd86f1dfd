"""What the page of a request shows of what is due: a follow-up to decide on, a check to make, a decision to give up."""

from typing import Any

from django import forms

from requests_app.models import FollowUp, Membership, OptOutRequest, Reminder, ReminderKind, ReminderState
from requests_app.models.status import AWAITS_ANSWER
from requests_app.tracking.follow_up_forms import FollowUpForm
from requests_app.tracking.follow_up_texts import contact_of
from requests_app.tracking.follow_ups import may_be_mailed, open_follow_up
from requests_app.tracking.reverification import is_checkable, is_due
from requests_app.tracking.reverification_forms import ReverificationForm


def due_of(membership: Membership, found: OptOutRequest, refused: forms.Form | None = None) -> dict[str, Any]:
    """Return what the template tracking/due_now.html shows; an auditor sees it without forms."""
    follow_up = open_follow_up(found)
    shown: dict[str, Any] = {
        "follow_up": follow_up,
        "may_be_mailed": bool(follow_up) and may_be_mailed(found),
        "gives_up": _gives_up(found),
        "reverification_due": is_due(found),
        "today": membership.organisation.today(),
    }
    if follow_up and follow_up.kind == ReminderKind.ESCALATION:
        shown["contact"] = contact_of(found)
    return shown | (_forms(found, follow_up, refused) if membership.can_edit else {})


def _gives_up(found: OptOutRequest) -> bool:
    if found.status not in AWAITS_ANSWER:
        return False
    fired = Reminder.objects.filter(request=found, kind=ReminderKind.GIVE_UP, state=ReminderState.FIRED)
    return fired.filter(clock_event=found.clock_event).exists()


def _forms(found: OptOutRequest, follow_up: FollowUp | None, refused: forms.Form | None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if follow_up:
        follow_up.request = found
        made["follow_up_form"] = refused if isinstance(refused, FollowUpForm) else FollowUpForm(follow_up)
    if is_checkable(found):
        kept = isinstance(refused, ReverificationForm)
        made["reverification_form"] = refused if kept else ReverificationForm(found)
    return made
