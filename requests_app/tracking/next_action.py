"""What is due next for requests in the database: worked out from their clock, and kept in their rows."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet
from django.db.models.fields.json import KT

from requests_app.catalogue.procedure import AnswerTime
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.drafting.formats import is_written
from requests_app.drafting.working_days import calendar_of
from requests_app.models import (
    Action,
    Event,
    FollowUpPolicy,
    OptOutRequest,
    Procedure,
    ProcedureVersion,
    Purpose,
    Reminder,
    ReminderKind,
    SendState,
    Status,
)
from requests_app.models.many_rows import update_many
from requests_app.models.status import AWAITS_ANSWER, HOLDS
from requests_app.tracking.deadlines import Clock, deadline_day, next_action_of, reverification_day
from requests_app.tracking.policy import Key, policies_of, resolve

Fired = Mapping[ReminderKind, datetime.date]
# What is kept of it in the row.
KEPT = ["answer_by", "next_action", "next_action_at", "reverify_on", "clock_stale", "clock_started_on", "clock_event"]


def for_clock(rows: QuerySet[OptOutRequest]) -> QuerySet[OptOutRequest]:
    """Return the same requests with all that the clock reads of each, and without the texts that it does not."""
    named = rows.annotate(letter_day=KT("snapshot__day"), letter_answer_by=KT("snapshot__answer_by"))
    # Many requests share them, so each is read once, not beside every row.
    shared = named.prefetch_related(
        "organisation",
        Prefetch("version", ProcedureVersion.objects.defer("content")),
        Prefetch("procedure", Procedure.objects.defer("search_text")),
    )
    return shared.defer("values", "body", "snapshot")


def clock_of(row: OptOutRequest) -> Clock:
    """Return the clock of one request; takes two queries, and two more where it was sent only now."""
    find_start(row)
    return _clock(row, policies_of([row.organisation_id]), fired_of([row]).get(row.pk, {}))


def work_out(rows: Sequence[OptOutRequest]) -> None:
    """Set in each row, without saving it, by when an answer is due and what comes next (KEPT).

    Takes two queries, whatever the number of rows, if they come from for_clock and their clock was started.
    """
    for row in rows:
        find_start(row)
    chosen, fired = policies_of(row.organisation_id for row in rows), fired_of(rows)
    for row in rows:
        clock = _clock(row, chosen, fired.get(row.pk, {}))
        _find_reverification(row, clock)
        _work_out(row, replace(clock, reverify_on=row.reverify_on))


def _work_out(row: OptOutRequest, clock: Clock) -> None:
    if clock.started_on and clock.status not in (Status.DRAFT, Status.CLOSED):
        row.answer_by = deadline_day(clock)
    found = next_action_of(clock, row.organisation.today())
    row.next_action, row.next_action_at = found or ("", None)
    row.clock_stale = False


def set_next_action(row: OptOutRequest) -> None:
    """Work out what is due next for a request and save it; call it under the lock of the row."""
    work_out([row])
    row.save(update_fields=KEPT)


def settle_stale(most: int = 500) -> int:
    """Work out anew what was changed where nobody could, and return for how many requests: the sweep calls this.

    Rows that others hold are left to the next time. What becomes due is for the caller to read afterwards.
    """
    return settle_some(most, None, [])


def settle_some(most: int, only: Sequence[int] | None, taken: list[int], besides: Collection[int] = ()) -> int:
    """Do so for these requests alone, or for all that are not `besides`, and write into `taken` which ones they are."""
    skip = connection.features.has_select_for_update_skip_locked
    stale = OptOutRequest.objects.filter(clock_stale=True).order_by("pk")
    if only is not None:
        stale = stale.filter(pk__in=only)
    elif besides:
        stale = stale.exclude(pk__in=besides)
    with transaction.atomic():
        rows = list(for_clock(stale.select_for_update(of=("self",), skip_locked=skip))[:most])
        taken += [row.pk for row in rows]
        work_out(rows)
        update_many(rows, KEPT)
    return len(rows)


def fired_of(rows: Iterable[OptOutRequest]) -> dict[int, dict[ReminderKind, datetime.date]]:
    """Return for each request which reminders its clock has had since it was started, and on which local day."""
    by_key = {row.pk: row for row in rows}
    found: dict[int, dict[ReminderKind, datetime.date]] = defaultdict(dict)
    reminders = Reminder.objects.filter(request__in=by_key).values_list("request_id", "kind", "clock_event", "fired_at")
    for key, kind, clock_event, fired_at in reminders:
        if clock_event == by_key[key].clock_event:
            zone = ZoneInfo(by_key[key].organisation.time_zone)
            found[key][ReminderKind(kind)] = fired_at.astimezone(zone).date()
    return found


def _clock(row: OptOutRequest, chosen: Mapping[Key, FollowUpPolicy], fired: Fired) -> Clock:
    time, written = _terms(row.version.content_hash)
    return Clock(
        status=Status(row.status),
        time=time,
        policy=resolve(chosen, row, is_written=written),
        calendar=calendar_of(row.organisation),
        zone=ZoneInfo(row.organisation.time_zone),
        is_written=written,
        started_on=row.clock_started_on,
        named=_named(row),
        promised_on=row.promised_on,
        is_paused=row.paused_on is not None,
        paused_days=row.paused_days,
        resumed_on=row.resumed_on,
        snoozed_until=row.snoozed_until,
        reverify_on=row.reverify_on,
        fired=fired,
    )


@lru_cache(maxsize=4096)
def _terms(content_hash: str) -> tuple[AnswerTime, bool]:
    """Return how long an answer may take, and whether it is a letter: read once for each content of a version."""
    content = ProcedureVersion.objects.filter(content_hash=content_hash).values_list("content", flat=True)[0]
    procedure = Snapshot(content)
    return procedure.answer_time, is_written(procedure)


def _named(row: OptOutRequest) -> datetime.date | None:
    """Return the day that the letter names, where it was sent on the day for which it was written."""
    kept = row.snapshot or {} if "letter_day" not in vars(row) else {}
    day, named = vars(row).get("letter_day", kept.get("day")), vars(row).get("letter_answer_by", kept.get("answer_by"))
    if not named or row.clock_started_on is None or day != row.clock_started_on.isoformat():
        return None
    return datetime.date.fromisoformat(named)


def find_start(row: OptOutRequest) -> None:
    """Set when the clock of a request started that was sent since; a mail that has not left starts none.

    Whoever sends is a lower layer and knows no clock: the events tell when it was sent, and how.
    """
    if row.clock_started_on or row.submitted_on is None or row.status not in (*AWAITS_ANSWER, Status.ACTION_NEEDED):
        return
    mails = set(row.outgoing_mail.filter(purpose=Purpose.REQUEST).values_list("state", flat=True))
    mails.discard(SendState.CANCELLED)
    if mails and SendState.SENT not in mails:
        return
    sent = _last_event(row, Action.MESSAGE_SENT if mails else Action.REQUEST_SUBMITTED)
    row.clock_event = sent.hash if sent else ""
    row.clock_started_on = row.submitted_on
    if sent and mails:
        row.clock_started_on = sent.occurred_at.astimezone(ZoneInfo(row.organisation.time_zone)).date()


def _last_event(row: OptOutRequest, action: Action) -> Event | None:
    return Event.objects.filter(stream=row.stream_id, action=action).order_by("-sequence").first()


def _find_reverification(row: OptOutRequest, clock: Clock) -> None:
    """Set when a request is checked again that was confirmed before there was a clock."""
    if row.status == Status.CLOSED and not row.clock_event and row.outcome in HOLDS and row.closed_on:
        closed = _last_event(row, Action.OUTCOME_RECORDED)
        row.clock_event = closed.hash if closed else ""
        row.reverify_on = reverification_day(row.closed_on, clock.policy)
