"""Many mails at once: stored in one statement, read side by side, and what is ordinary among them filed together.

Ordinary is a mail to the address of one open request that is nothing but a reply. Every other one, and each of a batch
that the database does not take, is filed by itself as file_mail does, so that one mail's trouble stays its own.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from requests_app.intake.checking import checked_sender
from requests_app.intake.filing import (
    Trouble,
    file_read,
    fill,
    look_into,
    message_of,
    received,
    set_aside,
    settle_in,
    trusted_by,
    with_envelope,
)
from requests_app.intake.matching import Match, addressed_to, match, tokens_in
from requests_app.intake.reading.client import READERS
from requests_app.intake.senders import Parsed
from requests_app.intake.storing import key_of
from requests_app.models import (
    EventValueError,
    InboundKind,
    InboundMail,
    InboundState,
    Message,
    OptOutRequest,
    Organisation,
    Way,
    record_events,
)
from requests_app.models.many_rows import update_many

logger = logging.getLogger(__name__)

# Mails of one transaction, and bytes: what is read of them is held in memory.
BATCH, BATCH_BYTES = 100, 50 * 1024 * 1024
_FILLED = (
    "organisation", "parsed", "reason", "mail_id", "content_sha256", "kind", "authenticity", "suggestion",
    "state", "request", "suggested_request", "message", "waits",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A stored mail and what was read in it."""

    mail: InboundMail
    parsed: Parsed
    checked: dict[str, str]


def store_many(raws: Sequence[bytes], way: Way, organisation: Organisation | None = None) -> list[InboundMail]:
    """Commit the mails and return their rows in the same order: those that came before by the same way are there.

    Raises DatabaseError; then nothing is stored.
    """
    now = timezone.now()
    digests = [hashlib.sha256(raw).hexdigest() for raw in raws]
    keys = [key_of(way, digest, organisation, None) for digest in digests]
    InboundMail.objects.bulk_create(
        [
            InboundMail(
                organisation=organisation, way=way, key=key, raw=raw, size=len(raw), sha256=digest, received_at=now
            )
            for raw, digest, key in zip(raws, digests, keys, strict=True)
        ],
        ignore_conflicts=True,
    )
    rows = {row.key: row for row in InboundMail.objects.filter(key__in=keys).select_related("organisation")}
    return [rows[key] for key in keys]


def file_stored(most: int = 500) -> int:
    """File what was stored and not read, and return how many there were."""
    waiting = InboundMail.objects.filter(state=InboundState.STORED).order_by("pk")
    sizes = list(waiting.values_list("pk", "size")[:most])
    for pks in _batches(sizes):
        file_many(list(InboundMail.objects.filter(pk__in=pks).select_related("organisation").order_by("pk")))
    return len(sizes)


def _batches(sizes: Iterable[tuple[int, int]]) -> Iterable[list[int]]:
    batch: list[int] = []
    total = 0
    for pk, size in sizes:
        if batch and (len(batch) == BATCH or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(pk)
        total += size
    if batch:
        yield batch


def file_many(mails: Sequence[InboundMail]) -> None:
    """Read stored mails and file them. Raises ChildUnavailable where nothing can be read; they stay stored then.

    One that the database does not take stays stored, too, and the log says so.
    """
    stored = {mail.pk: mail for mail in mails if mail.state == InboundState.STORED}
    seen: list[Seen] = []
    for mail, found in _read(list(stored.values())):
        if isinstance(found, Trouble):
            set_aside(mail, found)
        else:
            seen.append(Seen(mail, with_envelope(found, mail), checked_sender(bytes(mail.raw), found, 0)))
    filed = _file_together(seen)
    for one in seen:
        if one.mail.pk not in filed:
            _file_alone(one)


def _read(mails: list[InboundMail]) -> list[tuple[InboundMail, Parsed | Trouble]]:
    """Return what is in each mail, read in two processes side by side. The threads touch no database."""
    given = [(bytes(mail.raw), mail.size) for mail in mails]
    with ThreadPoolExecutor(READERS) as pool:
        return list(zip(mails, pool.map(lambda one: look_into(*one), given), strict=True))


def _file_alone(one: Seen) -> None:
    try:
        file_read(one.mail, one.parsed, None, one.checked)
    except (DatabaseError, EventValueError):
        logger.exception("Mail %s cannot be filed; it stays stored.", one.mail.pk)


def _file_together(seen: list[Seen]) -> set[int]:
    """File the ordinary ones in one transaction and return which; none where the database does not take them."""
    try:
        with transaction.atomic():
            return _filed(seen)
    except (DatabaseError, EventValueError) as error:
        logger.warning("A batch of %s mails is filed one by one: %s", len(seen), type(error).__name__)
        return set()


def _filed(seen: list[Seen]) -> set[int]:
    rows = _locked_rows(seen)
    requests = _locked_requests(seen)
    came_before = _came_before(seen)
    trusted: dict[object, str] = {}
    ready: list[tuple[InboundMail, OptOutRequest, Match]] = []
    for one in seen:
        row = rows.get(one.mail.pk)
        found = match_in(one.parsed, row, requests) if row else None
        if row is None or found is None or found.request is None or not came_before.isdisjoint(_marks(one)):
            continue
        came_before |= _marks(one)
        home = found.request.organisation
        if home.pk not in trusted:
            trusted[home.pk] = trusted_by(home)
        fill(row, one.parsed, found, one.checked, "" if row.way == Way.UPLOAD else trusted[home.pk])
        settle_in(row, found.request)
        ready.append((row, found.request, found))
    _save(ready)
    return {row.pk for row, _request, _found in ready}


def match_in(parsed: Parsed, row: InboundMail, requests: dict[str, OptOutRequest]) -> Match | None:
    """Return the match of an ordinary mail, None for every other one: no query is asked."""
    tokens = tokens_in(addressed_to(parsed))
    if parsed["kind"] == InboundKind.BOUNCE or not tokens & requests.keys():
        return None
    home = row.organisation
    if home and not any(requests[token].organisation_id == home.pk for token in tokens & requests.keys()):
        return None
    return match(parsed, home, requests.get)


def _locked_rows(seen: list[Seen]) -> dict[int, InboundMail]:
    pks = [one.mail.pk for one in seen]
    rows = InboundMail.objects.select_for_update(
        of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
    )
    stored = rows.filter(pk__in=pks, state=InboundState.STORED).select_related("organisation").defer("raw")
    found = {row.pk: row for row in stored.order_by("pk")}
    for one in seen:
        if one.mail.pk in found:
            found[one.mail.pk].raw = one.mail.raw
    return found


def _locked_requests(seen: list[Seen]) -> dict[str, OptOutRequest]:
    tokens = {token for one in seen for token in tokens_in(addressed_to(one.parsed))}
    rows = OptOutRequest.objects.filter(reply_token__in=tokens).select_related(
        "organisation", "stream", "workspace__vendor"
    )
    # A database that takes upper and lower case for the same finds more than was asked for.
    return {
        row.reply_token: row
        for row in rows.select_for_update(of=("self",)).order_by("pk")
        if row.reply_token and row.reply_token in tokens
    }


def _marks(one: Seen) -> set[str]:
    """Return what a mail has in common with one that is the same."""
    return {one.mail.sha256, one.parsed["content_sha256"]}


def _came_before(seen: list[Seen]) -> set[str]:
    """Return those marks that another mail has already which was filed or held."""
    marks = [mark for one in seen for mark in _marks(one)]
    ids = {one.parsed["message_id"][:255] for one in seen} - {""}
    others = InboundMail.objects.exclude(state__in=(InboundState.STORED, InboundState.DUPLICATE)).order_by()
    same = others.filter(mail_id__in=ids).values_list("sha256", "content_sha256")
    same = same.union(others.filter(sha256__in=marks).values_list("sha256", "content_sha256"))
    return {mark for pair in same for mark in pair} & set(marks)


def _save(ready: list[tuple[InboundMail, OptOutRequest, Match]]) -> None:
    now = timezone.now()
    messages = [message_of(row, request, now) for row, request, _found in ready]
    for (row, _request, _found), message in zip(ready, Message.objects.bulk_create(messages), strict=True):
        row.message = message
    update_many([row for row, _request, _found in ready], _FILLED)
    pks = {request.pk for _row, request, _found in ready}
    OptOutRequest.objects.filter(pk__in=pks).update(updated_at=now, clock_stale=True)
    record_events([received(row, request, found) for row, request, found in ready])
