"""Whether a mail in doubt went out: looked up where the server keeps what was sent. Nothing is sent again here."""

import contextlib
import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from requests_app.delivery.mailbox import MailboxError, account_of, open_mailbox
from requests_app.delivery.resolve import mark_as_sent
from requests_app.delivery.sending import SendingRefused
from requests_app.models import MailSettings, OutgoingMail, SendState, Source

logger = logging.getLogger(__name__)

FOUND_IN = "the Sent folder"
# A copy may take a while to get there: each pass looks during the first hour, then one in an hour for a week.
OFTEN_FOR = datetime.timedelta(hours=1)
SELDOM_FOR = datetime.timedelta(days=7)
MOST_A_PASS = 200


@dataclass(frozen=True)
class Looked:
    """What one look into a Sent folder brought: how many went out, how many were not there, and what went wrong."""

    found: int
    missed: int
    trouble: str


def reconcile_all() -> list[Looked]:
    """Look for every mail in doubt whose organisation says where its server keeps what was sent."""
    rows = MailSettings.objects.exclude(imap_host="").exclude(imap_sent_folder="")
    in_doubt = rows.filter(organisation__is_demo=False, organisation__outgoing_mail__state=SendState.UNKNOWN)
    return [reconcile(mail) for mail in in_doubt.select_related("organisation").order_by("pk").distinct()]


def reconcile(mail: MailSettings) -> Looked:
    """Look for the organisation's mails in doubt, and record each that is in its Sent folder as sent.

    One that is not there stays for a person, with the time of the look. What went wrong stands with the last poll.
    """
    now = timezone.now()
    rows = list(_to_look_for(mail, now)[:MOST_A_PASS])
    if not rows:
        return Looked(0, 0, "")
    there: set[int] = set()
    try:
        with open_mailbox(account_of(mail)) as box:
            there = {row.pk for row in rows if box.has_mail(mail.imap_sent_folder, row.mail_id)}
    except MailboxError as error:
        logger.warning("What %s sent cannot be looked up: %s", mail.organisation.slug, error)
        trouble = f"{mail.imap_sent_folder}: {error}"[:500]
        MailSettings.objects.filter(pk=mail.pk, last_poll_error="").update(last_poll_error=trouble)
        return Looked(0, 0, trouble)
    found = _record([row for row in rows if row.pk in there])
    missed = [row.pk for row in rows if row.pk not in there]
    OutgoingMail.objects.filter(pk__in=missed, state=SendState.UNKNOWN).update(missed_in_sent_at=now)
    return Looked(found, len(missed), "")


def _to_look_for(mail: MailSettings, now: datetime.datetime) -> QuerySet[OutgoingMail]:
    young = Q(ended_at__gt=now - OFTEN_FOR)
    again = Q(ended_at__gt=now - SELDOM_FOR, missed_in_sent_at__lt=now - OFTEN_FOR)
    rows = OutgoingMail.objects.filter(organisation=mail.organisation_id, state=SendState.UNKNOWN)
    return rows.filter(young | again | Q(missed_in_sent_at=None)).order_by("missed_in_sent_at", "pk")


def _record(rows: Iterable[OutgoingMail]) -> int:
    found = 0
    for row in rows:
        with contextlib.suppress(SendingRefused):  # a person was faster
            mark_as_sent(row, actor="clock", source=Source.CLOCK, found_in=FOUND_IN)
            found += 1
    return found
