"""The first thing that happens to a mail: its bytes are committed, before anything looks into them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from requests_app.models import InboundMail, Organisation, Way


@dataclass(frozen=True)
class Place:
    """Where a mail lies: the account (a digest of who, where and which folder), and its number there for good."""

    account: str
    uid_validity: int
    uid: int


def store_mail(
    raw: bytes,
    way: Way,
    *,
    organisation: Organisation | None = None,
    place: Place | None = None,
    size: int = 0,
    is_rebuilt: bool = False,
    envelope_recipients: Sequence[str] = (),
) -> InboundMail:
    """Commit the mail and return its row: the one that is there where it came by the same way before.

    Call it outside a transaction. `size` is the size of a mail whose bytes are too many to be fetched. Raises
    DatabaseError, and then nothing is stored: whoever has the mail keeps it.
    """
    digest = hashlib.sha256(raw).hexdigest()
    row, _created = InboundMail.objects.get_or_create(
        key=key_of(way, digest, organisation, place),
        defaults={
            "organisation": organisation,
            "way": way,
            "raw": raw,
            "size": size or len(raw),
            "sha256": digest,
            "received_at": timezone.now(),
            "is_rebuilt": is_rebuilt,
            "envelope_recipients": list(envelope_recipients),
            "account": place.account if place else "",
            "uid_validity": place.uid_validity if place else None,
            "uid": place.uid if place else None,
        },
    )
    return row


def key_of(way: Way, digest: str, organisation: Organisation | None, place: Place | None) -> str:
    """Return what is the same for the same mail by the same way."""
    if place:
        return f"{way.value}:{place.account}:{place.uid_validity}:{place.uid}"
    # Whose upload it is belongs to the key: nobody keeps another organisation from keeping its own mail.
    return f"{way.value}:{organisation.pk if organisation else ''}:{digest}"
