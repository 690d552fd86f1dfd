"""What only a person may decide: whether a mail in doubt went out, and whether one is sent again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.delivery.mail_events import goes_on, lock_request, locked_mail, record, wind_clock
from requests_app.delivery.sending import CANCEL_WINDOW, SendingRefused
from requests_app.models import Action, Membership, OutgoingMail, SendState, Source


def mark_as_sent(
    mail: OutgoingMail, *, actor: str, source: Source = Source.WEB, found_in: str = "a person's word"
) -> OutgoingMail:
    """Record that a mail in doubt did go out, on whose word, and return it. Raises SendingRefused for any other."""
    with transaction.atomic():
        row = _locked(mail, (SendState.UNKNOWN,))
        row.state, row.claim, row.ended_at = SendState.SENT, None, timezone.now()
        row.save(update_fields=["state", "claim", "ended_at"])
        record(row, Action.MESSAGE_SENT, actor, source, {"known_from": found_in})
        wind_clock(row)
        goes_on(row, actor, source)
    return row


def send_again(membership: Membership, mail: OutgoingMail) -> OutgoingMail:
    """Queue a mail once more that was not sent or is in doubt, and return it. Raises SendingRefused for any other.

    The bytes and the Message-ID stay the same: a receiver who has it already may see that it is the same mail.
    """
    with transaction.atomic():
        row = _locked(mail, (SendState.UNKNOWN, SendState.FAILED))
        if row.organisation.is_demo:
            raise SendingRefused(_("This is demo data: it is never sent."))
        row.was_in_doubt = row.was_in_doubt or row.state == SendState.UNKNOWN
        row.state, row.claim, row.attempts, row.ended_at = SendState.QUEUED, None, 0, None
        row.due_at = timezone.now() + CANCEL_WINDOW
        row.save(update_fields=["state", "claim", "attempts", "ended_at", "due_at", "was_in_doubt"])
        record(row, Action.MESSAGE_REQUEUED, membership.actor, Source.WEB)
        goes_on(row, membership.actor, Source.WEB)
    return row


def _locked(mail: OutgoingMail, states: tuple[SendState, ...]) -> OutgoingMail:
    lock_request(mail)
    row = locked_mail(mail)
    if row.state not in states:
        raise SendingRefused(_("Somebody has decided it meanwhile, or it is being sent."))
    return row
