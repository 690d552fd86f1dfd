"""What the clock does for jobs: each request of a job in a transaction of its own, together with its item.

A worker takes a job for a while and renews that as it goes. One that dies loses the job; the request that it died at is
left as it is, with a word about it, so that no job tries the same one for ever.
"""

import datetime
import time
import uuid
from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from requests_app.models import (
    ENDED,
    ItemState,
    Job,
    JobItem,
    JobKind,
    JobState,
    Membership,
    MoveRefused,
    OptOutRequest,
    Workspace,
)
from requests_app.models.languages import page_language
from requests_app.tracking.bulk_acts import REFUSALS, Act, act_of, reason_of
from requests_app.tracking.campaign_drafts import Drafting, draft_one, drafting_of

LEASE = datetime.timedelta(minutes=2)
CHUNK = 25
# How long one pass of the clock works; the beat after it goes on.
LONGEST_PASS = 50.0


def items_left() -> int:
    """Return how many items of jobs nobody has seen to yet."""
    return JobItem.objects.filter(state=ItemState.OPEN).exclude(job__state__in=ENDED).count()


def run_jobs(seconds: float = LONGEST_PASS, advance: Callable[[int], object] = lambda _done: None) -> int:
    """Work on the jobs that are left for so long at most, the oldest first, and return how many items were seen to.

    `advance` is told how many more items were.
    """
    ends = time.monotonic() + seconds
    return sum(
        run_job(pk, ends - time.monotonic(), advance)
        for pk in Job.objects.exclude(state__in=ENDED).order_by("pk").values_list("pk", flat=True)
        if time.monotonic() < ends
    )


def run_job(pk: int, seconds: float, advance: Callable[[int], object] = lambda _done: None) -> int:
    """Work on one job for so long at most and return how many of its items were seen to; 0 when another does."""
    ends = time.monotonic() + seconds
    job = _claimed(pk)
    if job is None:
        return 0
    with translation.override(page_language(job.started_by)):
        number = 0
        while time.monotonic() < ends and (keys := _next_items(job)):
            done = _run_chunk(job, keys, ends)
            advance(done)
            number += done
        _let_go(job)
    return number


def _claimed(pk: int) -> Job | None:
    """Return the job, taken for this worker, or None where it has ended or another worker has it."""
    now, claim = timezone.now(), uuid.uuid4()
    free = Job.objects.filter(pk=pk).exclude(state__in=ENDED).filter(Q(claim=None) | Q(claimed_until__lt=now))
    abandoned = free.exclude(claim=None).exists()
    if not free.update(claim=claim, claimed_until=now + LEASE, state=JobState.RUNNING):
        return None
    job = Job.objects.select_related("organisation", "started_by").get(pk=pk)
    if abandoned and (first := job.items.filter(state=ItemState.OPEN).order_by("pk").first()):
        first.state, first.reason = ItemState.SKIPPED, _("It went wrong here; the log of the server says more.")
        first.save(update_fields=["state", "reason"])
    return job


def _next_items(job: Job) -> list[int]:
    """Return the next items, having renewed the hold on the job; none once it was cancelled or another took it."""
    mine = Job.objects.filter(pk=job.pk, claim=job.claim, is_cancelled=False)
    if not mine.update(claimed_until=timezone.now() + LEASE):
        return []
    return list(job.items.filter(state=ItemState.OPEN).order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _run_chunk(job: Job, keys: list[int], ends: float) -> int:
    membership = Membership.objects.select_related("organisation", "user").filter(
        organisation=job.organisation, user=job.started_by
    )
    member = membership.first()
    if member is None or not member.can_edit:
        reason = _("Whoever started this may not change requests any more.")
        return JobItem.objects.filter(pk__in=keys).update(state=ItemState.SKIPPED, reason=reason)
    try:
        see_to = _work_of(member, job)
    except MoveRefused as refusal:
        return JobItem.objects.filter(pk__in=keys).update(state=ItemState.SKIPPED, reason=str(refusal))
    number = 0
    for key in keys:
        if time.monotonic() > ends:
            break
        see_to(key)
        number += 1
    return number


def _work_of(membership: Membership, job: Job) -> Callable[[int], None]:
    """Return what is done with the key of each item. Raises MoveRefused when somebody it names has left."""
    if job.kind == JobKind.DRAFT:
        return partial(_draft_item, membership, drafting_of(job))
    return partial(_run_item, membership, act_of(job.organisation, job.kind, job.wanted))


def _draft_item(membership: Membership, drafting: Drafting, key: int) -> None:
    """See to one opt-out of a campaign: drafted together with its item, or left with the reason."""
    mine = JobItem.objects.filter(pk=key)
    try:
        with transaction.atomic():
            workspace = Workspace.objects.select_for_update(of=("self",)).select_related("responsible")
            place = workspace.get(pk__in=mine.values("workspace"), organisation=membership.organisation)
            item = mine.select_for_update(of=("self",)).select_related("procedure").get()
            if item.state != ItemState.OPEN:
                return
            item.request = draft_one(membership, drafting, place, item.procedure)
            _settle(item)
    except REFUSALS as refusal:
        item.reason = reason_of(refusal)
        _settle(item)


def _run_item(membership: Membership, act: Act, key: int) -> None:
    """See to one request: changed together with its item, or left with the reason."""
    try:
        with transaction.atomic():
            row, item = _locked(key)
            if item.state != ItemState.OPEN:
                return
            item.reason = act.why_not(row)
            if not item.reason:
                act.do(membership, row)
            _settle(item)
    except REFUSALS as refusal:
        item.reason = reason_of(refusal, row)
        _settle(item)


def _locked(key: int) -> tuple[OptOutRequest, JobItem]:
    """Return the request and then its item under their locks."""
    rows = OptOutRequest.objects.select_for_update(of=("self",)).select_related(
        "organisation", "procedure", "version", "stream", "workspace__vendor"
    )
    row = rows.get(job_items=key)
    row.has_evidence = row.evidence.exists()  # type: ignore[attr-defined]  # what the list would have looked up
    return row, JobItem.objects.select_for_update().get(pk=key)


def _settle(item: JobItem) -> None:
    item.state = ItemState.SKIPPED if item.reason else ItemState.DONE
    item.reason = item.reason[:500]
    item.save(update_fields=["request", "state", "reason"])


def _let_go(job: Job) -> None:
    """End the job where nothing is left to do, else leave it to whoever comes next. A note is not kept twice."""
    mine = Job.objects.filter(pk=job.pk, claim=job.claim)
    now = timezone.now()
    kept = {name: value for name, value in job.wanted.items() if name != "note"}
    ended = {"ended_at": now, "wanted": kept, "claim": None, "claimed_until": None}
    if not job.items.filter(state=ItemState.OPEN).exists():
        mine.update(state=JobState.DONE, **ended)
    elif not mine.filter(is_cancelled=True).update(state=JobState.CANCELLED, **ended):
        mine.update(claim=None, claimed_until=None)
