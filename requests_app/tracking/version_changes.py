"""What a change of the catalogue means for requests that were drafted before it. Nothing changes by itself.

The clock looks at each procedure whose newest version it has not looked at yet, and marks the open and confirmed
requests for which the change matters; a person then says that the request is still right, or takes it up again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Greatest

from requests_app.catalogue.difference import Difference, differences
from requests_app.models import (
    NotedVersion,
    NoticeKind,
    OptOutRequest,
    Procedure,
    ProcedureVersion,
    Status,
    notify_all,
)
from requests_app.models.status import HOLDS

# Where a new version can say something that makes an earlier request wrong; what it says elsewhere, such as the day on
# which a source was read again, leaves every request as right as it was.
MATTERS = (
    ("recipient",),
    *(
        ("facts", name)
        for name in (
            "subject_line",
            "default_state",
            "default_by",
            "channel",
            "who_may_submit",
            "steps",
            "settings",
            "vendor_statement",
        )
    ),
)
CHUNK = 1000


def that_matter(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield the differences between two snapshots that make a request by the older one worth looking at again."""
    for path in MATTERS:
        yield from differences(_at(before, path), _at(after, path), path)


def _at(content: Any, path: tuple[str, ...]) -> Any:
    """Return what stands there; None for nothing, which is shown as such."""
    for part in path:
        content = content.get(part) if isinstance(content, Mapping) else None
    return content


def concerned(requests: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return what was sent, is open or holds, and is concerned by a change that nobody has looked at since.

    Drafts are not among them: they can follow the new version, and say so where they are edited.
    """
    return _live(requests).exclude(status=Status.DRAFT).filter(changed_version__isnull=False)


def _live(requests: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return what is open or holds."""
    return requests.filter(~Q(status=Status.CLOSED) | Q(outcome__in=HOLDS))


def note_version_changes() -> int:
    """Mark the requests that changes of the catalogue concern, tell who is responsible, and return how many there are.

    Any number of these may run at the same time; each procedure is looked at once for each change.
    """
    changed = (
        Procedure.objects.annotate(newest=Max("versions__number"))
        .filter(newest__isnull=False)
        .exclude(noted__number=F("newest"), noted__is_retired=False, retired_at=None)
        .exclude(noted__number=F("newest"), noted__is_retired=True, retired_at__isnull=False)
        .order_by("pk")
    )
    in_use = set(OptOutRequest.objects.filter(procedure__in=changed.values("pk")).values_list("procedure", flat=True))
    rows = list(changed.values_list("pk", "newest", "retired_at"))
    NotedVersion.objects.bulk_create(
        [
            NotedVersion(procedure_id=pk, number=newest, is_retired=retired_at is not None)
            for pk, newest, retired_at in rows
            if pk not in in_use
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["procedure"],
        update_fields=["number", "is_retired"],
    )
    return sum(_note(pk, newest, retired_at is not None) for pk, newest, retired_at in rows if pk in in_use)


def _note(procedure: int, newest: int, is_retired: bool) -> int:
    """Mark the requests made by the procedure, chunk by chunk; a pass that dies is gone on with by the next one."""
    noted, _made = NotedVersion.objects.get_or_create(procedure_id=procedure, defaults={"number": 0})
    live = _live(OptOutRequest.objects.filter(procedure=procedure))
    live = live.annotate(base=Greatest("version__number", "reviewed_version"))
    bases = _that_matter(procedure, newest, live.order_by().values_list("base", flat=True).distinct())
    retires = is_retired and not noted.is_retired
    old_drafts = Q(status=Status.DRAFT, base__lt=newest)
    wrong = live if retires else live.filter(Q(base__in=bases) | old_drafts)
    number = _mark(wrong.exclude(changed_version__isnull=False, changed_version=newest), newest)
    if not is_retired:
        right = live.filter(changed_version__isnull=False).exclude(Q(base__in=bases) | old_drafts)
        right.order_by().update(changed_version=None)
    NotedVersion.objects.filter(pk=noted.pk).update(number=newest, is_retired=is_retired)
    return number


def _that_matter(procedure: int, newest: int, bases: Iterable[int]) -> list[int]:
    """Return the versions among these from which the newest differs in what matters."""
    wanted = [*bases, newest]
    contents = dict(
        ProcedureVersion.objects.filter(procedure=procedure, number__in=wanted).values_list("number", "content")
    )
    after = contents.pop(newest)
    return [number for number, before in contents.items() if any(that_matter(before, after))]


def _mark(wrong: QuerySet[OptOutRequest], newest: int) -> int:
    """Mark them and tell who is responsible for each, once, in one transaction for each chunk."""
    number = 0
    while True:
        with transaction.atomic():
            keys = list(wrong.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            rows = list(OptOutRequest.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
            fresh = [row for row in rows if row.changed_version != newest]
            OptOutRequest.objects.filter(pk__in=[row.pk for row in fresh]).update(changed_version=newest)
            notify_all([(row, {"version": str(newest)}) for row in fresh], NoticeKind.VERSION_CHANGED)
        number += len(fresh)
        if len(keys) < CHUNK:
            return number
