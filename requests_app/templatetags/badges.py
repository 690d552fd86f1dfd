"""How a status, an outcome and other states look: one class and one word for each."""

from django import template

from requests_app.models import OptOutRequest, Outcome, Status
from requests_app.models.languages import in_language

register = template.Library()

STATUS_TONES = {Status.DRAFT: "plain", Status.ACTION_NEEDED: "warn"}
OUTCOME_TONES = {
    Outcome.CONFIRMED: "good",
    Outcome.PARTLY_CONFIRMED: "warn",
    Outcome.REFUSED: "bad",
    Outcome.NO_REPLY: "bad",
    Outcome.NOT_APPLICABLE: "plain",
    Outcome.WITHDRAWN: "plain",
}
STATE_TONES = {"open": "warn", "in_progress": "", "done": "good", "cannot": "plain"}


@register.inclusion_tag("tracking/badge.html")
def request_badge(opt_out_request: OptOutRequest) -> dict[str, object]:
    """Show where the request stands: its outcome once it is closed, else its status."""
    if opt_out_request.outcome:
        outcome = Outcome(opt_out_request.outcome)
        return {"tone": OUTCOME_TONES[outcome], "text": outcome.label}
    status = Status(opt_out_request.status)
    return {"tone": STATUS_TONES.get(status, ""), "text": status.label}


@register.filter
def state_tone(state: str) -> str:
    """Return the class of a badge for the state of a gap."""
    return STATE_TONES.get(state, "plain")


register.filter(in_language)
