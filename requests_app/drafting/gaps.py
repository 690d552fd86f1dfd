"""Where each opt-out of a workspace stands: done, in progress, open, or not to be had. Pure: no query is made here.

What the vendor allows comes from the procedure, what the organisation has done from its requests; neither is written
into the other. "Cannot on this plan" stays a fact of the catalogue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue import words
from requests_app.models import OptOutRequest, Outcome, Procedure, Status


class State(models.TextChoices):
    """Where one opt-out of one workspace stands."""

    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANNOT = "cannot", _("No opt-out offered")


# After these nothing is left to do; after a refusal or silence the data is used as before, so the gap is open again.
DONE_OUTCOMES = frozenset({Outcome.CONFIRMED, Outcome.PARTLY_CONFIRMED, Outcome.NOT_APPLICABLE})
NO_OPT_OUT = "no_opt_out_available"
STATEMENT = "statement"  # a promise that can be confirmed and filed, not a switch


@dataclass(frozen=True)
class Gap:
    """One opt-out that exists for a workspace; request is the last one that counts, if there was one."""

    procedure: Procedure
    state: State
    request: OptOutRequest | None

    @property
    def channel(self) -> str:
        """What the channel is called."""
        return words.word(words.CHANNELS, self.procedure.channel)

    @property
    def default(self) -> words.Badge | None:
        """What happens by default, in words, if the catalogue's word is a known one."""
        return words.DEFAULT_STATES.get(self.procedure.default_state)

    @property
    def can_be_drafted(self) -> bool:
        """Whether a new request makes sense: nothing is under way or settled, and there is somebody to ask."""
        offered = self.procedure.default_state != NO_OPT_OUT
        return self.state is State.OPEN or (self.state is State.CANNOT and offered)


def has_no_switch(procedure: Procedure) -> bool:
    """Return whether the vendor offers no opt-out: it says so, or all it has is a statement."""
    return procedure.default_state == NO_OPT_OUT or procedure.channel == STATEMENT


def last_that_counts(requests: Iterable[OptOutRequest]) -> OptOutRequest | None:
    """Return the newest request that was not withdrawn: who withdraws a second try undoes nothing."""
    counting = (request for request in requests if request.outcome != Outcome.WITHDRAWN)
    return max(counting, key=lambda request: request.pk, default=None)


def state_of(procedure: Procedure, request: OptOutRequest | None) -> State:
    """Return where the opt-out stands, given the last request that counts."""
    if request is not None and request.status != Status.CLOSED:
        return State.IN_PROGRESS
    if request is not None and request.outcome in DONE_OUTCOMES:
        return State.DONE
    return State.CANNOT if has_no_switch(procedure) else State.OPEN


def gaps_of(procedures: Iterable[Procedure], requests: Sequence[OptOutRequest]) -> list[Gap]:
    """Return a gap for each procedure of a workspace's vendor, in their order; requests are the workspace's."""
    gaps = []
    for procedure in procedures:
        last = last_that_counts(request for request in requests if request.procedure_id == procedure.pk)
        gaps.append(Gap(procedure, state_of(procedure, last), last))
    return gaps
