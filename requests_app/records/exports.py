"""Exports of a list: a short one is written while the person waits, a long one by the clock, and kept for a week.

A worker takes an export for a while and renews that as it goes. One that died loses it, and the file is begun anew.
"""

import datetime
import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.models import (
    OPEN_EXPORTS,
    Action,
    EventStream,
    Export,
    ExportFormat,
    ExportState,
    Membership,
    Source,
    Subject,
    record_event,
)
from requests_app.models.export import export_path
from requests_app.models.languages import page_language
from requests_app.records.export_files import writer_for
from requests_app.records.export_rows import chunks_of, filters_of, keys_of
from requests_app.records.kept_exports import KEPT_FOR, logged, new_file, remove_of, remove_old_files
from requests_app.records.pack import write_pack
from requests_app.records.pack_order import Order, PackRefused
from requests_app.tracking.filters import Filters
from requests_app.tracking.saved_views import given_by

LEASE = datetime.timedelta(minutes=2)
MOST_ATTEMPTS = 3
LONGEST_QUERY = 2000  # characters, as the column holds them
AT_ONCE = 2000  # requests that are written while somebody waits


class _Stopped(Exception):
    """Cancelled, or taken over by another worker: the half-written file goes."""


def start_export(membership: Membership, wanted: ExportFormat, query: str) -> Export:
    """Return a new export of what the list of that address shows; nothing is written yet.

    Raises PackRefused for the evidence pack of a list that has nothing to prove, and for filters that are too long.
    """
    filters = Filters(given_by(query), membership.user_id)
    kept = filters.query
    if len(kept) > LONGEST_QUERY:
        raise PackRefused(_("The filters of this list are too long to be kept. Shorten the search."))
    if wanted == ExportFormat.ZIP:
        Order(membership.organisation, filters, membership.user.language, timezone.now()).keys()
    return Export.objects.create(
        organisation=membership.organisation,
        format=wanted,
        query=kept,
        started_by=membership.user,
        created_at=timezone.now(),
    )


def is_short(export: Export) -> bool:
    """Return whether the file is made in the time for which a person waits; an evidence pack never is."""
    return export.format != ExportFormat.ZIP and len(keys_of(export)) <= AT_ONCE


def cancel_export(export: Export) -> None:
    """Have nothing more written; the file goes with the next look at it."""
    Export.objects.filter(pk=export.pk, state__in=OPEN_EXPORTS).update(is_cancelled=True)
    Export.objects.filter(pk=export.pk, state=ExportState.QUEUED).update(
        state=ExportState.CANCELLED, ended_at=timezone.now()
    )


def run_exports(advance: Callable[[], object] = lambda: None) -> int:
    """Write what waits, the oldest first, remove the files whose time is over, and return how many were written.

    `advance` is called for each that waited.
    """
    remove_old_files(timezone.now())
    number = 0
    for pk in waiting_exports():
        number += run_export(pk)
        advance()
    return number


def waiting_exports() -> list[int]:
    """Return the keys of the exports that are not finished, the oldest first."""
    return list(Export.objects.filter(state__in=OPEN_EXPORTS).order_by("pk").values_list("pk", flat=True))


def run_export(pk: int) -> bool:
    """Write one export and return whether it was done here; one that another worker has is left alone."""
    export = _claimed(pk)
    if export is None:
        return False
    with translation.override(page_language(export.started_by)):
        return _run(export)


def _run(export: Export) -> bool:
    if export.attempts > MOST_ATTEMPTS:
        return _end(export, ExportState.FAILED, _("Given up: it was begun three times and never finished."))
    path = export_path(cast(uuid.UUID, export.claim))
    target = Path(default_storage.path(path))
    try:
        with new_file(target) as file:
            detail = _write(export, file)
        _finish(export, path, target, detail)
    except _Stopped:
        target.unlink(missing_ok=True)
        return False
    except PackRefused as refusal:
        target.unlink(missing_ok=True)
        return _end(export, ExportState.FAILED, _("No pack was made.") + f" {refusal}")
    except OSError as error:
        target.unlink(missing_ok=True)
        return _end(
            export, ExportState.FAILED, _("The file could not be written: {why}.").format(why=error.strerror or error)
        )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return True


def _claimed(pk: int) -> Export | None:
    """Return the export, taken for this worker, or None where it has ended or another worker has it."""
    now, claim = timezone.now(), uuid.uuid4()
    free = Export.objects.filter(pk=pk, state__in=OPEN_EXPORTS).filter(Q(claim=None) | Q(claimed_until__lt=now))
    dead = free.values_list("claim", flat=True).first()
    if free.filter(is_cancelled=True).update(state=ExportState.CANCELLED, ended_at=now):
        remove_of(dead)
        return None
    if _must_wait(pk, now) or not free.update(
        claim=claim, claimed_until=now + LEASE, state=ExportState.RUNNING, written=0
    ):
        return None
    remove_of(dead)
    export = Export.objects.select_related("organisation", "started_by").get(pk=pk)
    export.attempts += 1
    with translation.override(page_language(export.started_by)):
        export.log = logged(export, _("Begun.") if export.attempts == 1 else _("Begun anew."), now)
    export.save(update_fields=["attempts", "log"])
    return export


def _must_wait(pk: int, now: datetime.datetime) -> bool:
    """Return whether it is a pack while another one is made: one at a time, so that a worker is left for the mail."""
    packs = Export.objects.filter(format=ExportFormat.ZIP)
    others = packs.filter(state=ExportState.RUNNING, claimed_until__gte=now).exclude(pk=pk)
    return packs.filter(pk=pk).exists() and others.exists()


def _write(export: Export, file: BinaryIO) -> dict[str, Any]:
    """Write the file, say meanwhile how far it is, and return what the history says beyond the usual.

    Raises _Stopped once it was cancelled, and PackRefused.
    """
    if export.format == ExportFormat.ZIP:
        return _write_pack(export, file)
    _write_rows(export, file)
    return {}


def _write_pack(export: Export, file: BinaryIO) -> dict[str, Any]:
    def note(written: int, total: int) -> None:
        export.written, export.total = written, total
        _note(export)

    order = Order(export.organisation, filters_of(export), page_language(export.started_by), timezone.now())
    made = write_pack(order, file, note)
    for remark in made.remarks:
        export.log = logged(export, remark, timezone.now())
    return {"checkpoint": made.checkpoint, "left_out": made.left_out}


def _write_rows(export: Export, file: BinaryIO) -> None:
    """Write the rows, and after each thousand of them how many there are."""
    keys = keys_of(export)
    export.total = len(keys)
    writer = writer_for(export, file)
    _note(export)
    for rows in chunks_of(export, keys):
        writer.add(rows)
        export.written += len(rows)
        _note(export)
    writer.finish()


def _note(export: Export) -> None:
    now = timezone.now()
    mine = Export.objects.filter(pk=export.pk, claim=export.claim)
    if mine.filter(is_cancelled=True).update(
        state=ExportState.CANCELLED, ended_at=now, log=logged(export, _("Cancelled."), now)
    ):
        raise _Stopped
    if not mine.update(total=export.total, written=export.written, claimed_until=now + LEASE):
        raise _Stopped


def _finish(export: Export, path: str, target: Path, detail: dict[str, Any]) -> None:
    """Record the finished file, and in the organisation's history that it was made."""
    now, size = timezone.now(), target.stat().st_size
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with transaction.atomic():
        done = Export.objects.filter(pk=export.pk, claim=export.claim, is_cancelled=False).update(
            state=ExportState.DONE,
            path=path,
            size=size,
            sha256=digest,
            ended_at=now,
            removed_after=now + KEPT_FOR,
            log=logged(export, _finished_words(export.written, size), now),
        )
        if not done:
            raise _Stopped
        record_event(
            EventStream.of_organisation(export.organisation),
            Action.RECORD_EXPORTED,
            actor=f"user:{export.started_by_id}" if export.started_by_id else "clock",
            source=Source.WEB,
            subject=Subject.of(export),
            detail={"format": export.format, "requests": export.written, "sha256": digest} | detail,
            personal={"query": export.query},
            evidence=[digest],
        )


def _finished_words(requests: int, size: int) -> str:
    """Return how much was written; the size is in bytes."""
    return ngettext("Finished: {n} request, {size}.", "Finished: {n} requests, {size}.", requests).format(
        n=requests, size=filesizeformat(size)
    )


def _end(export: Export, state: ExportState, why: str) -> bool:
    now = timezone.now()
    mine = Export.objects.filter(pk=export.pk, claim=export.claim)
    mine.update(state=state, ended_at=now, log=logged(export, why, now))
    return False
