"""Doing one thing with many requests: which ones, a preview that writes nothing, and the job that is made of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone

from requests_app.models import Evidence, Job, JobItem, JobKind, Membership, OptOutRequest
from requests_app.tracking.bulk_acts import Act
from requests_app.tracking.filters import Filters, requests_for, whole_numbers
from requests_app.tracking.saved_views import given_by

MOST = 10_000  # requests in one job
EXAMPLES = 5
SHOWN = ("reference", "status", "outcome", "submitted_on", "snoozed_until", "responsible_id", "version_id", "values",
         "subject", "body", "procedure__channel", "workspace__name")  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """The requests that were chosen: those that were ticked, or all that a list shows on all its pages.

    `query` is the address of a list that shows just these; None where they are too many for one.
    """

    rows: QuerySet[OptOutRequest]
    count: int
    query: str | None

    @property
    def is_too_large(self) -> bool:
        """Whether there are more than one job takes."""
        return self.count > MOST


def selected(membership: Membership, given: QueryDict) -> Selection:
    """Return what the address chooses: each `row`, or with `all` what `query`, the address of the list, leaves."""
    query: str | None
    if given.get("all"):
        filters = Filters(given_by(given.get("query", "")), membership.user_id)
        rows, query = requests_for(membership.organisation, filters), filters.query
    else:
        keys = whole_numbers(given.getlist("row"))[:MOST]
        rows = OptOutRequest.objects.filter(organisation=membership.organisation, pk__in=keys).order_by("-pk")
        ticked = Filters({"only": "-".join(map(str, keys))})
        query = ticked.query if ticked.ticked else None
    return Selection(rows, rows.count(), query)


@dataclass
class Reason:
    """Why some of the requests are left as they are."""

    text: str
    count: int = 0
    examples: list[OptOutRequest] = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """How many requests an act would change, and why it would leave the others."""

    doable: int
    reasons: list[Reason]

    @property
    def skipped(self) -> int:
        """How many would be left as they are."""
        return sum(reason.count for reason in self.reasons)


def preview_of(act: Act, selection: Selection) -> Preview:
    """Return what the act would do as things stand; nothing is written. Takes two queries, and memory for each row."""
    reasons: dict[str, Reason] = {}
    doable = 0
    for row in rows_of(selection.rows[:MOST]):
        text = act.why_not(row)
        if not text:
            doable += 1
            continue
        reason = reasons.setdefault(text, Reason(text))
        reason.count += 1
        if len(reason.examples) < EXAMPLES:
            reason.examples.append(row)
    return Preview(doable, sorted(reasons.values(), key=lambda reason: -reason.count))


def rows_of(rows: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return the rows with what acts look at, and no more."""
    evidence = Evidence.objects.filter(request=OuterRef("pk"))
    shown = rows.select_related("procedure", "workspace").only(*SHOWN).prefetch_related("version")
    return shown.annotate(has_evidence=Exists(evidence))


def start_job(membership: Membership, kind: JobKind, wanted: Mapping[str, Any], selection: Selection) -> Job:
    """Return a new job with an item for each of the requests, those that will be left included; nothing is done yet."""
    keys = list(selection.rows.values_list("pk", flat=True)[:MOST])
    with transaction.atomic():
        job = Job.objects.create(
            organisation=membership.organisation,
            kind=kind,
            wanted=dict(wanted),
            started_by=membership.user,
            created_at=timezone.now(),
            total=len(keys),
        )
        JobItem.objects.bulk_create([JobItem(job=job, request_id=key) for key in keys], batch_size=1000)
    return job


def cancel_job(job: Job) -> None:
    """Have no further request of the job changed; what is done stays done."""
    Job.objects.filter(pk=job.pk).update(is_cancelled=True)


def progress_of(job: Job) -> Counter[str]:
    """Return how many of its requests are in each state; takes one query."""
    return Counter(dict(job.items.order_by().values_list("state").annotate(Count("pk"))))
