"""What a mail suggests to record about its request: a question, which a person answers with one click."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from requests_app.models import (
    InboundMail,
    InboundState,
    MoveRefused,
    OptOutRequest,
    Outcome,
    Status,
    check_move,
)


@dataclass(frozen=True)
class Proposal:
    """The move that a mail suggests, the question that is asked about it, and what the button says."""

    status: Status
    outcome: Outcome | None
    question: str
    button: str


def proposal_of(mail: InboundMail, opt_out_request: OptOutRequest | None) -> Proposal | None:
    """Return what the mail suggests; None where it suggests nothing, or nothing that its request allows now."""
    suggestion = mail.suggestion
    if not suggestion or opt_out_request is None or mail.state != InboundState.MATCHED:
        return None
    status = Status(suggestion["status"])
    outcome = Outcome(suggestion["outcome"]) if suggestion.get("outcome") else None
    try:
        check_move(Status(opt_out_request.status), status, outcome)
    except MoveRefused:
        return None
    label = str(outcome.label if outcome else status.label)
    return Proposal(status, outcome, _question(suggestion, label), _("Record as “{label}”").format(label=label))


def _question(suggestion: dict[str, str], label: str) -> str:
    if suggestion["name"] == "bounced":
        return _("It did not arrive: record as “{label}”?").format(label=label)
    words = suggestion.get("words", "")
    if not words:
        return _("An automatic reply shows that it arrived: record as “{label}”?").format(label=label)
    return _("The reply says “{words}”: record as “{label}”?").format(words=words, label=label)
