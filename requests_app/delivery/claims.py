"""The outbox as workers use it: whoever claims a mail sends it, and writes how that ended."""

import datetime
import uuid

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower

from requests_app.delivery.mail_events import lock_request, needs_a_person, record, wind_clock
from requests_app.delivery.smtp import Fate, Result
from requests_app.models import Action, MailSettings, OutgoingMail, PausedAddress, SendState, Source

CLOCK = "clock"
# When to try again after the first, second, ... attempt that the server put off or that did not reach it.
BACKOFF = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
# No attempt lasts as long: after it, the worker was killed, and what it had come to is not known.
ABANDONED_AFTER = datetime.timedelta(minutes=10)
_STATES = {Fate.SENT: SendState.SENT, Fate.REFUSED: SendState.FAILED, Fate.IN_DOUBT: SendState.UNKNOWN}
_ACTIONS = {
    SendState.SENT: Action.MESSAGE_SENT,
    SendState.QUEUED: Action.MESSAGE_DEFERRED,
    SendState.FAILED: Action.MESSAGE_SEND_FAILED,
    SendState.UNKNOWN: Action.MESSAGE_SEND_UNKNOWN,
}


def claim_due(now: datetime.datetime, limit: int) -> list[OutgoingMail]:
    """Return up to `limit` mails that were due and that are now the caller's alone, committed as `sending`."""
    skip = connection.features.has_select_for_update_skip_locked
    claim = uuid.uuid4()
    with transaction.atomic():
        due = _that_may_leave(OutgoingMail.objects.filter(state=SendState.QUEUED, due_at__lte=now))
        keys = list(
            due.order_by("due_at", "pk").select_for_update(skip_locked=skip).values_list("pk", flat=True)[:limit]
        )
        claimed = [key for key in keys if _claimed(key, claim, now)]
    rows = OutgoingMail.objects.filter(pk__in=claimed).order_by("due_at", "pk")
    return list(rows.select_related("organisation__mail_settings", "request__stream", "message"))


def _that_may_leave(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Return those of the mails for which neither the settings nor the address is paused."""
    held = MailSettings.objects.filter(organisation=OuterRef("organisation"), sending_paused_at__isnull=False)
    paused = PausedAddress.objects.filter(
        organisation=OuterRef("organisation"), address=Lower(OuterRef("recipient")), resumed_at=None
    )
    return mails.filter(~Exists(held), ~Exists(paused))


def _claimed(key: int, claim: uuid.UUID, now: datetime.datetime) -> bool:
    """Return whether this row was still to be had, and is ours."""
    row = OutgoingMail.objects.filter(pk=key, state=SendState.QUEUED)
    return row.update(state=SendState.SENDING, claim=claim, claimed_at=now, attempts=F("attempts") + 1) == 1


def record_result(mail: OutgoingMail, result: Result, now: datetime.datetime) -> SendState | None:
    """Write how the caller's attempt ended and return the mail's new state.

    None, and nothing is written, where the claim is not the caller's any more. An attempt that was given up as
    abandoned and ends after all still says how it ended.
    """
    state = _STATES.get(result.fate, SendState.QUEUED)
    if state is SendState.QUEUED and mail.attempts > len(BACKOFF) and not result.is_held:
        state = SendState.FAILED
    return _end(mail, state, result, now, (SendState.SENDING, SendState.UNKNOWN))


def give_up_abandoned(now: datetime.datetime) -> int:
    """Mark what a killed worker left behind as unknown, and return how many there were: it may have been sent."""
    left = OutgoingMail.objects.filter(state=SendState.SENDING, claimed_at__lt=now - ABANDONED_AFTER)
    ended = [
        _end(mail, SendState.UNKNOWN, Result(Fate.IN_DOUBT), now, (SendState.SENDING,))
        for mail in left.select_related("request__stream")
    ]
    return len(ended) - ended.count(None)


def _end(
    mail: OutgoingMail, state: SendState, result: Result, now: datetime.datetime, before: tuple[SendState, ...]
) -> SendState | None:
    values: dict[str, object] = {"state": state, "reply": result.text}
    if result.is_held:
        values["attempts"] = mail.attempts - 1
    elif state is SendState.QUEUED:
        values["due_at"] = now + BACKOFF[mail.attempts - 1]
    else:
        values["ended_at"] = now
    with transaction.atomic():
        if state is not SendState.QUEUED:
            lock_request(mail)
        if not OutgoingMail.objects.filter(pk=mail.pk, claim=mail.claim, state__in=before).update(**values):
            return None
        record(mail, _ACTIONS[state], CLOCK, Source.CLOCK, _detail(mail, result), _personal(result))
        if state in (SendState.FAILED, SendState.UNKNOWN):
            needs_a_person(mail, CLOCK, Source.CLOCK)
        elif state is SendState.SENT:
            wind_clock(mail)
    return state


def _detail(mail: OutgoingMail, result: Result) -> dict[str, str | int]:
    return {"attempt": mail.attempts, "code": result.code, "step": result.step}


def _personal(result: Result) -> dict[str, str] | None:
    """Return the server's words: they often name the recipient."""
    return {"reply": result.text} if result.text else None
