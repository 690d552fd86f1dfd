"""What the page of a request says about its mail, and what can be done about it."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from requests_app.models import Membership, OptOutRequest, OutgoingMail, SendState

# While a mail is about to leave, its page asks again and again; an attempt that is hours away is not watched.
WATCHED = datetime.timedelta(minutes=1)
TONES = {SendState.SENT: "good", SendState.FAILED: "bad", SendState.UNKNOWN: "bad", SendState.WAITING: "warn"}


@dataclass(frozen=True)
class Standing:
    """The latest mail of a request; `seconds` until it is due, 0 once it is."""

    mail: OutgoingMail
    seconds: int
    is_watched: bool
    may_approve: bool
    tone: str

    @property
    def may_cancel(self) -> bool:
        """Whether it can still be taken back, or corrected."""
        if self.mail.state == SendState.QUEUED:
            return True
        return self.mail.state in (SendState.WAITING, SendState.FAILED) and not self.mail.was_in_doubt


def standing_of(opt_out_request: OptOutRequest, membership: Membership) -> Standing | None:
    """Return how the request's latest mail stands, as this member sees it; None where there is none to tell of."""
    mails = opt_out_request.outgoing_mail.exclude(state=SendState.CANCELLED).select_related("queued_by", "approved_by")
    mail = mails.order_by("-pk").first()
    if mail is None:
        return None
    left = mail.due_at - timezone.now()
    waits = mail.state == SendState.QUEUED and left < WATCHED
    return Standing(
        mail=mail,
        seconds=max(0, round(left.total_seconds())),
        is_watched=waits or mail.state == SendState.SENDING,
        may_approve=mail.state == SendState.WAITING and mail.queued_by_id != membership.user_id,
        tone=TONES.get(SendState(mail.state), "plain"),
    )
