"""One pass over the mails to members: claim, send, write how it ended."""

import contextlib
import time
from collections import Counter

from django.utils import timezone

from requests_app.delivery.deliver import Parcel, Postman, commit_to_disk
from requests_app.delivery.smtp import Fate
from requests_app.models import NoticeMail, SendState
from requests_app.tracking.notices.claims import claim_one, end, give_up_abandoned

# Seconds after which a pass begins no other mail.
LONGEST_PASS = 50
_STATES = {
    Fate.SENT: SendState.SENT,
    Fate.REFUSED: SendState.FAILED,
    Fate.IN_DOUBT: SendState.UNKNOWN,
    Fate.PUT_OFF: SendState.QUEUED,
}


def deliver_notices(longest: float = LONGEST_PASS) -> Counter[str]:
    """Send what is due, each mail at most once, and return how many ended how."""
    commit_to_disk()
    passed: Counter[str] = Counter()
    passed["abandoned"] = give_up_abandoned(NoticeMail, timezone.now())
    stop = time.monotonic() + longest
    with contextlib.closing(Postman()) as postman:
        while time.monotonic() < stop:
            mail = claim_one(NoticeMail, timezone.now())
            if mail is None:
                break
            passed[_send(postman, mail)] += 1
    return passed


def _send(postman: Postman, mail: NoticeMail) -> SendState:
    organisation = mail.membership.organisation
    result = postman.post(Parcel(organisation, mail.sender, mail.recipient, bytes(mail.content), is_automatic=True))
    state = _STATES[result.fate]
    # What has ended is not needed any more; it names people and requests.
    end(mail, state, timezone.now(), code=result.code, reply=result.text, content=b"")
    return state
