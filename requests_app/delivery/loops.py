"""Two programs that answer each other never stop (RFC 3834): what keeps ours from being one of them."""

import datetime

from requests_app.models import (
    InboundKind,
    InboundMail,
    InboundState,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    SendState,
)

# One automatic message to one address in so long a time.
AT_MOST_EVERY = datetime.timedelta(hours=24)


def may_answer_automatically(organisation: Organisation, address: str, now: datetime.datetime) -> bool:
    """Return whether the organisation has sent nothing automatic to the address within AT_MOST_EVERY before `now`.

    To be sure of it until the message is saved, hold the lock of the organisation's row.
    """
    sent = OutgoingMail.objects.filter(
        organisation=organisation, recipient__iexact=address, is_automatic=True, queued_at__gt=now - AT_MOST_EVERY
    )
    return not sent.exclude(state=SendState.CANCELLED).exists()


def answers_a_program(opt_out_request: OptOutRequest) -> bool:
    """Return whether the latest mail of the request was written by a program: that one is never answered by another."""
    mails = InboundMail.objects.filter(request=opt_out_request, state=InboundState.MATCHED).order_by("-pk")
    return mails.values_list("kind", flat=True).first() in (InboundKind.AUTO_REPLY, InboundKind.BOUNCE)
