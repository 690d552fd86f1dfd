"""What the page of a request says about its mail, and what can be done about it."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from requests_app.delivery.holding import held_because
from requests_app.delivery.outbox import STILL_HERE
from requests_app.delivery.pausing import paused_address
from requests_app.models import (
    Membership,
    OptOutRequest,
    OutgoingMail,
    PausedAddress,
    Purpose,
    SendState,
)

# While a mail is about to leave, its page asks again and again; an attempt that is hours away is not watched.
WATCHED = datetime.timedelta(minutes=1)
TONES = {SendState.SENT: "good", SendState.FAILED: "bad", SendState.UNKNOWN: "bad", SendState.WAITING: "warn"}


@dataclass(frozen=True)
class Standing:
    """The mail of a request that needs most attention; `seconds` until it is due, 0 once it is.

    `held` is why all mail of the organisation waits, `paused` the address that nothing is sent to.
    """

    mail: OutgoingMail
    seconds: int
    is_watched: bool
    may_approve: bool
    tone: str
    held: str
    paused: PausedAddress | None

    @property
    def is_request(self) -> bool:
        """Whether it is the request itself; a later message never makes it a draft again."""
        return self.mail.purpose == Purpose.REQUEST

    @property
    def is_unsent(self) -> bool:
        """Whether the request itself has certainly not left: it is submitted to the outbox, not to the vendor yet."""
        return self.is_request and self.mail.state in STILL_HERE

    @property
    def may_cancel(self) -> bool:
        """Whether it can still be taken back, or corrected."""
        if self.mail.state == SendState.QUEUED:
            return True
        return self.mail.state in (SendState.WAITING, SendState.FAILED) and not self.mail.was_in_doubt


def standing_of(opt_out_request: OptOutRequest, membership: Membership) -> Standing | None:
    """Return how the request's mail stands, as this member sees it; None where there is none to tell of.

    The oldest that is not settled goes before the latest of all.
    """
    mails = opt_out_request.outgoing_mail.exclude(state=SendState.CANCELLED).select_related("queued_by", "approved_by")
    mail = mails.exclude(state=SendState.SENT).order_by("pk").first() or mails.order_by("-pk").first()
    if mail is None:
        return None
    paused = paused_address(membership.organisation, mail.recipient)
    held = "" if mail.state == SendState.SENT else held_because(membership.organisation)
    left = mail.due_at - timezone.now()
    waits = mail.state == SendState.QUEUED and left < WATCHED and not (held or paused)
    return Standing(
        mail=mail,
        seconds=max(0, round(left.total_seconds())),
        is_watched=waits or mail.state == SendState.SENDING,
        may_approve=mail.state == SendState.WAITING and mail.queued_by_id != membership.user_id,
        tone=TONES.get(SendState(mail.state), "plain"),
        held=held,
        paused=paused,
    )
