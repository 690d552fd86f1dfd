"""The outbox as workers use it: whoever claims a mail sends it, and writes how that ended."""

import datetime
import functools
import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.db.models.functions import Lower

from requests_app.delivery.mail_events import lock_request, needs_a_person, record, wind_clock
from requests_app.delivery.smtp import Fate, Result
from requests_app.models import (
    Action,
    EventStream,
    MailSettings,
    Message,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    PausedAddress,
    SendState,
    Source,
)
from requests_app.models.kept_sql import KeptQuery, update_rows
from requests_app.models.secret import SecretUnreadable

logger = logging.getLogger(__name__)

CLOCK = "clock"
# When to try again after the first, second, ... attempt that the server put off or that did not reach it.
BACKOFF = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
# No attempt lasts as long: after it, the worker was killed, and what it had come to is not known.
ABANDONED_AFTER = datetime.timedelta(minutes=10)
_SOME_TIME = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
# What sending a mail and writing down how that ended takes of the rows around it.
_PARTS: tuple[tuple[str, type[Model], str], ...] = (
    (
        "",
        OutgoingMail,
        "id organisation_id request_id message_id purpose state mail_id sender recipient is_automatic due_at attempts "
        "claim claimed_at",
    ),
    ("message", Message, "id raw"),
    ("request", OptOutRequest, "id stream_id"),
    ("request__stream", EventStream, "id"),
    ("organisation", Organisation, "id is_demo"),
    (
        "organisation__mail_settings",
        MailSettings,
        "id organisation_id smtp_host smtp_port smtp_tls smtp_user smtp_password from_address sending_paused_at "
        "sending_paused_reason",
    ),
)
_STATES = {Fate.SENT: SendState.SENT, Fate.REFUSED: SendState.FAILED, Fate.IN_DOUBT: SendState.UNKNOWN}
_ACTIONS = {
    SendState.SENT: Action.MESSAGE_SENT,
    SendState.QUEUED: Action.MESSAGE_DEFERRED,
    SendState.FAILED: Action.MESSAGE_SEND_FAILED,
    SendState.UNKNOWN: Action.MESSAGE_SEND_UNKNOWN,
}
_MAY_STILL_END = (SendState.SENDING, SendState.UNKNOWN)


def claim_due(now: datetime.datetime, limit: int) -> list[OutgoingMail]:
    """Return up to `limit` mails that were due and that are now the caller's alone, committed as `sending`."""
    return _readable(_claimed(now, limit), now)


def _readable(keys: Iterable[int], now: datetime.datetime) -> list[OutgoingMail]:
    """Return those of the claimed mails whose server's password can be read; the others were not sent, and wait on."""
    mails = []
    for key in keys:
        try:
            mails.append(_loaded(key))
        except SecretUnreadable as error:
            _put_back(key, now)
            logger.error("The mail of an organisation waits. %s", error)
    return mails


def _put_back(key: int, now: datetime.datetime) -> None:
    """Let a claimed mail, and all of its organisation that is due with it, be tried again a little later."""
    mine = OutgoingMail.objects.filter(pk=key)
    organisation = mine.values("organisation")
    mine.update(state=SendState.QUEUED, claim=None, claimed_at=None, attempts=F("attempts") - 1)
    later = now + BACKOFF[1]
    due = OutgoingMail.objects.filter(organisation__in=organisation, state=SendState.QUEUED, due_at__lt=later)
    due.update(due_at=later)


def _values(key: Any) -> QuerySet[OutgoingMail, tuple[Any, ...]]:
    names = [f"{path}__{name}".removeprefix("__") for path, _model, names in _PARTS for name in names.split()]
    return OutgoingMail.objects.filter(pk=key).order_by().values_list(*names)


_CLAIMED = KeptQuery(_values)


def _loaded(key: int) -> OutgoingMail:
    """Return a mail with what belongs to it, as select_related() and only() would."""
    values = iter(_CLAIMED.row(key))
    rows: dict[str, Any] = {}
    for path, model, names in _PARTS:
        taken = [next(values) for _name in names.split()]
        rows[path] = model.from_db(connection.alias, names.split(), taken)
        if path and rows[path].pk is not None:
            parent, _, name = path.rpartition("__")
            setattr(rows[parent], name, rows[path])
    mail: OutgoingMail = rows[""]
    return mail


def _that_may_leave(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Return those of the mails for which neither the settings nor the address is paused."""
    held = MailSettings.objects.filter(organisation=OuterRef("organisation"), sending_paused_at__isnull=False)
    paused = PausedAddress.objects.filter(
        organisation=OuterRef("organisation"), address=Lower(OuterRef("recipient")), resumed_at=None
    )
    return mails.filter(~Exists(held), ~Exists(paused))


@functools.cache
def _choice(limit: int) -> tuple[str, tuple[object, ...]]:
    """Return SQL that chooses the mails due at _SOME_TIME, and its parameters.

    It is kept, because Django takes longer to write it than the database to run it.
    """
    due = _that_may_leave(OutgoingMail.objects.filter(state=SendState.QUEUED, due_at__lte=_SOME_TIME))
    chosen, parameters = due.order_by("due_at", "pk").values("id")[:limit].query.sql_with_params()
    if connection.features.has_select_for_update_skip_locked:
        chosen += " " + connection.ops.for_update_sql(skip_locked=True)
    return chosen, tuple(parameters)


def _claimed(now: datetime.datetime, limit: int) -> list[int]:
    """Make the rows ours and return their keys, the oldest first: one statement, committed by itself outside of a
    transaction.

    What another worker is just claiming is passed over; the rows are chosen once, before any is changed.
    """
    chosen, parameters = _choice(limit)
    some_time, this_time = (connection.ops.adapt_datetimefield_value(moment) for moment in (_SOME_TIME, now))
    table = connection.ops.quote_name(OutgoingMail._meta.db_table)
    statement = (
        f"WITH due AS MATERIALIZED ({chosen}) UPDATE {table} "  # noqa: S608  # names of our own only
        "SET state = %s, claim = %s, claimed_at = %s, attempts = attempts + 1 "
        "WHERE id IN (SELECT due.id FROM due) AND state = %s RETURNING due_at, id"
    )
    new = {"state": SendState.SENDING, "claim": uuid.uuid4(), "claimed_at": now}
    values = [_prepared(name, value) for name, value in new.items()]
    due: list[Any] = [this_time if value == some_time else value for value in parameters]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*due, *values, SendState.QUEUED])
        return [key for _due, key in sorted(cursor.fetchall())]


def _prepared(name: str, value: object) -> Any:
    """Return the value as the database takes it in this column."""
    field: Any = OutgoingMail._meta.get_field(name)
    return field.get_db_prep_save(value, connection)


def record_result(mail: OutgoingMail, result: Result, now: datetime.datetime) -> SendState | None:
    """Write how the caller's attempt ended and return the mail's new state.

    None, and nothing is written, where the claim is not the caller's any more. An attempt that was given up as
    abandoned and ends after all still says how it ended.
    """
    with transaction.atomic():
        return _end(mail, _state_after(mail, result), result, now, _MAY_STILL_END)


def record_and_claim(
    mail: OutgoingMail, result: Result, now: datetime.datetime, limit: int
) -> tuple[SendState | None, list[OutgoingMail]]:
    """Do what record_result does and then what claim_due does, in one transaction, and return both their answers.

    One commit for each mail instead of two; a killed worker still leaves no more behind than the one mail that it was
    sending. What was claimed is read after the commit, so that nothing in it can undo what is written of this one.
    """
    with transaction.atomic():
        state = _end(mail, _state_after(mail, result), result, now, _MAY_STILL_END)
        claimed = _claimed(now, limit) if state and limit else []
    if state is None and limit:
        return None, claim_due(now, limit)
    return state, _readable(claimed, now)


def _state_after(mail: OutgoingMail, result: Result) -> SendState:
    state = _STATES.get(result.fate, SendState.QUEUED)
    if state is SendState.QUEUED and mail.attempts > len(BACKOFF) and not result.is_held:
        return SendState.FAILED
    return state


def give_up_abandoned(now: datetime.datetime) -> int:
    """Mark what a killed worker left behind as unknown, and return how many there were: it may have been sent."""
    left = OutgoingMail.objects.filter(state=SendState.SENDING, claimed_at__lt=now - ABANDONED_AFTER)
    given_up = 0
    for mail in left.select_related("request__stream"):
        with transaction.atomic():
            given_up += bool(_end(mail, SendState.UNKNOWN, Result(Fate.IN_DOUBT), now, (SendState.SENDING,)))
    return given_up


def _end(
    mail: OutgoingMail, state: SendState, result: Result, now: datetime.datetime, before: tuple[SendState, ...]
) -> SendState | None:
    """Write the state, or undo the caller's transaction and return None where the claim is not his any more."""
    if state is SendState.SENT:
        wind_clock(mail)
    elif state is not SendState.QUEUED:
        lock_request(mail)
    ours = {"pk": mail.pk, "claim": mail.claim, "state": before}
    if not update_rows(OutgoingMail, _values_after(mail, state, result, now), ours):
        transaction.set_rollback(True)
        return None
    record(mail, _ACTIONS[state], CLOCK, Source.CLOCK, _detail(mail, result), _personal(result))
    if state in (SendState.FAILED, SendState.UNKNOWN):
        needs_a_person(mail, CLOCK, Source.CLOCK)
    return state


def _values_after(
    mail: OutgoingMail, state: SendState, result: Result, now: datetime.datetime
) -> dict[str, str | int | datetime.datetime]:
    values: dict[str, str | int | datetime.datetime] = {"state": state, "reply": result.text}
    if result.is_held:
        values["attempts"] = mail.attempts - 1
    elif state is SendState.QUEUED:
        values["due_at"] = now + BACKOFF[mail.attempts - 1]
    else:
        values["ended_at"] = now
    return values


def _detail(mail: OutgoingMail, result: Result) -> dict[str, str | int]:
    return {"attempt": mail.attempts, "code": result.code, "step": result.step}


def _personal(result: Result) -> dict[str, str] | None:
    """Return the server's words: they often name the recipient."""
    return {"reply": result.text} if result.text else None
