"""Where an opt-out request stands: every allowed move is in one table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """What happens next with a request. For settings and policies, submitted means applied."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ACTION_NEEDED = "action_needed", _("Action needed")
    CLOSED = "closed", _("Closed")


class Outcome(models.TextChoices):
    """How a closed request ended."""

    CONFIRMED = "confirmed", _("Confirmed")
    PARTLY_CONFIRMED = "partly_confirmed", _("Partly confirmed")
    REFUSED = "refused", _("Refused")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    NO_REPLY = "no_reply", _("No reply")
    WITHDRAWN = "withdrawn", _("Withdrawn")


MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED, Status.CLOSED}),
    Status.SUBMITTED: frozenset({Status.ACKNOWLEDGED, Status.ACTION_NEEDED, Status.CLOSED}),
    Status.ACKNOWLEDGED: frozenset({Status.ACTION_NEEDED, Status.CLOSED}),
    Status.ACTION_NEEDED: frozenset({Status.SUBMITTED, Status.ACKNOWLEDGED, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.ACTION_NEEDED}),
}

# A draft was never sent, so nobody can have answered it.
OUTCOMES: dict[Status, frozenset[Outcome]] = {
    Status.DRAFT: frozenset({Outcome.NOT_APPLICABLE, Outcome.WITHDRAWN}),
    Status.SUBMITTED: frozenset(Outcome),
    Status.ACKNOWLEDGED: frozenset(Outcome),
    Status.ACTION_NEEDED: frozenset(Outcome),
    Status.CLOSED: frozenset(),
}


# Only what never left the house may become a draft again, and only delivery can say so: nobody chooses this move.
TAKEN_BACK_FROM = frozenset({Status.SUBMITTED, Status.ACTION_NEEDED})


# Sent, and the vendor's answer is still out: the clock of a deadline runs.
AWAITS_ANSWER = (Status.SUBMITTED, Status.ACKNOWLEDGED)
# Sent and not closed.
OPEN = (*AWAITS_ANSWER, Status.ACTION_NEEDED)
# How a request ended after which something is switched off, and may be switched back.
HOLDS = (Outcome.CONFIRMED, Outcome.PARTLY_CONFIRMED)


class MoveRefused(ValueError):
    """A move that is not in the table, or an outcome that does not fit it."""


def check_move(current: Status, new: Status, outcome: Outcome | None) -> None:
    """Raise MoveRefused unless a request may go from the current to the new status with that outcome.

    An outcome belongs to a closed request and to no other.
    """
    if new not in MOVES[current]:
        raise MoveRefused(f"A request that is {current.label} cannot become {new.label}.")
    if (new is Status.CLOSED) != (outcome is not None):
        raise MoveRefused("An outcome is given when a request is closed, and only then.")
    if outcome is not None and outcome not in OUTCOMES[current]:
        raise MoveRefused(f"A request that is {current.label} cannot end as {outcome.label}.")
