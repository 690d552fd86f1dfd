"""What lies in the mailboxes and is not here yet: fetched by UIDVALIDITY and UID, never by what is unread."""

import hashlib
import logging
import time
from dataclasses import dataclass

from django.utils import timezone

from requests_app.delivery.mailbox import Mailbox, MailboxError, account_of, open_mailbox
from requests_app.delivery.reconcile import reconcile_all
from requests_app.intake.bulk import file_stored
from requests_app.intake.filing import file_mail
from requests_app.intake.reading.caps import MOST_BYTES, MOST_HEADER_BYTES
from requests_app.intake.storing import Place, store_mail
from requests_app.models import InboundMail, InboundState, MailSettings, Way
from requests_app.processes.child import ChildUnavailable

logger = logging.getLogger(__name__)

# The rest comes with the next pass; 200 bombs must not keep everybody else waiting.
MOST_A_PASS = 100
# Seconds after which no other mail of a mailbox is fetched in this pass: a slow server must not hold up the others.
LONGEST = 20


@dataclass(frozen=True)
class Polled:
    """What one pass over a mailbox brought: how many mails are new, and what went wrong, if anything."""

    organisation: str
    new: int
    trouble: str


def poll_mailboxes() -> list[Polled]:
    """Poll each organisation's mailbox, file what came, and return what happened; one that fails stops no other.

    What is in doubt in the outbox is looked for in the same mailboxes afterwards.
    """
    rows = MailSettings.objects.exclude(imap_host="").filter(organisation__is_demo=False)
    polled = [poll(mail) for mail in rows.select_related("organisation").order_by("last_polled_at", "pk")]
    try:
        file_stored()
    except ChildUnavailable:
        logger.exception("Mail that came in cannot be read for now; it is stored.")
    reconcile_all()
    return polled


def poll(mail: MailSettings) -> Polled:
    """Take in what is new in the mailbox; the time and the trouble, if any, stand in its settings afterwards."""
    stored: list[InboundMail] = []
    trouble = ""
    try:
        with open_mailbox(account_of(mail)) as box:
            _take(box, mail, stored)
    except MailboxError as error:
        trouble = str(error)
        logger.warning("The mailbox of %s cannot be polled: %s", mail.organisation.slug, trouble)
    MailSettings.objects.filter(pk=mail.pk).update(last_polled_at=timezone.now(), last_poll_error=trouble[:500])
    for row in stored:
        try:
            file_mail(row)
        except ChildUnavailable:
            break  # file_stored tries again, and tells
    return Polled(mail.organisation.slug, len(stored), trouble)


def account_key(mail: MailSettings) -> str:
    """Return what stands for the mailbox in the key of each mail: a digest, since it names people."""
    parts = (mail.organisation_id, mail.imap_user, mail.imap_host, mail.imap_port, mail.imap_folder)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _take(box: Mailbox, mail: MailSettings, stored: list[InboundMail]) -> None:
    """Store what is new, and move what is stored where the organisation wants it moved."""
    validity, uids = box.select(mail.imap_folder or "INBOX", writing=bool(mail.imap_done_folder))
    account = account_key(mail)
    known = _known(account, validity)
    end = time.monotonic() + LONGEST
    for uid in [uid for uid in uids if uid not in known][:MOST_A_PASS]:
        if time.monotonic() > end:
            break
        row = _store(box, mail, Place(account, validity, uid))
        stored.append(row)
        if len(bytes(row.raw)) == row.size:
            known[uid] = True
    if mail.imap_done_folder:
        for uid in uids:
            if known.get(uid):
                box.move(uid, mail.imap_done_folder)


def _known(account: str, validity: int) -> dict[int, bool]:
    """Return the UIDs that are here, and whether each was taken whole: what was not stays in its mailbox."""
    rows = InboundMail.objects.filter(account=account, uid_validity=validity, uid__isnull=False)
    parts = set(rows.filter(state=InboundState.QUARANTINED, size__gt=MOST_BYTES).values_list("uid", flat=True))
    return {uid: uid not in parts for uid in rows.values_list("uid", flat=True) if uid is not None}


def _store(box: Mailbox, mail: MailSettings, place: Place) -> InboundMail:
    size = box.size(place.uid)
    whole = size <= MOST_BYTES
    raw = box.fetch(place.uid, MOST_BYTES if whole else MOST_HEADER_BYTES, headers=not whole)
    # The server's own figure counts line ends as it likes; the bytes that came are what is true of a whole mail.
    return store_mail(
        raw, Way.IMAP, organisation=mail.organisation, place=place, size=len(raw) if whole else max(size, len(raw) + 1)
    )
