"""One more message about a request: read, changed, sent, sent by hand or dropped by a person, or gone by itself.

Automatic mail never goes to one address twice within 24 hours, whatever is due there.
"""

import datetime
from collections import Counter

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.delivery.freezing import keep_messages
from requests_app.delivery.sending import SendingRefused, settings_of
from requests_app.delivery.threading import queue_in_thread
from requests_app.drafting.requests import frozen_draft
from requests_app.models import (
    Action,
    FollowUp,
    FollowUpState,
    InboundKind,
    InboundMail,
    Membership,
    OptOutRequest,
    Organisation,
    OutgoingMail,
    Purpose,
    Reminder,
    ReminderKind,
    ReminderState,
    Source,
    Status,
    Subject,
    User,
    record_event,
)
from requests_app.models.follow_up import OPEN
from requests_app.models.status import AWAITS_ANSWER, HOLDS
from requests_app.tracking.automatic import who_writes_automatically
from requests_app.tracking.follow_up_texts import Text, paper_of, text_of

CLOCK = "clock"
BETWEEN = datetime.timedelta(hours=24)


class FollowUpRefused(ValueError):
    """What is asked of a follow-up cannot be done any more; says why. Nothing was changed."""


def open_follow_up(opt_out_request: OptOutRequest) -> FollowUp | None:
    """Return what waits to be sent about the request; None also where the request has gone on since."""
    found = FollowUp.objects.filter(request=opt_out_request, state__in=OPEN).select_related("reminder").first()
    return found if found and _applies(found, opt_out_request) else None


def may_be_mailed(opt_out_request: OptOutRequest) -> bool:
    """Return whether Optout itself could send a message of this request."""
    try:
        settings_of(opt_out_request.organisation)
    except SendingRefused:
        return False
    return True


def change(membership: Membership, follow_up: FollowUp, text: Text) -> FollowUp:
    """Keep the person’s own text and return the follow-up, which no longer goes by itself. Raises FollowUpRefused."""
    with transaction.atomic():
        row = _locked(follow_up)
        if text == text_of(row):
            return row
        row.subject, row.body, row.recipient = text.subject, text.body, text.recipient
        row.state, row.due_at = FollowUpState.WAITING, None
        row.save(update_fields=["subject", "body", "recipient", "state", "due_at"])
        _record(row, Action.FOLLOW_UP_CHANGED, membership.actor, {}, {"subject": row.subject, "body": row.body})
    return row


def send(membership: Membership, follow_up: FollowUp, text: Text) -> OutgoingMail:
    """Put the text into the outbox, in the thread of the request, and return the mail.

    It waits for a second person where the organisation wants that. Raises FollowUpRefused, or SendingRefused.
    """
    with transaction.atomic():
        row = _locked(follow_up)
        needs_approval = settings_of(row.request.organisation).needs_approval
        mail = _queue(row, text, membership.actor, membership.user, needs_approval=needs_approval)
        _settle(row, FollowUpState.QUEUED, ReminderState.DONE, membership.user)
    return mail


def record_by_hand(membership: Membership, follow_up: FollowUp, text: Text) -> FollowUp:
    """Record that a person sent it, keep exactly what the letter says, and return it. Raises FollowUpRefused."""
    output = paper_of(follow_up, text)
    with transaction.atomic():
        row = _locked(follow_up)
        [message] = keep_messages(membership.user, row.request, [output])
        _settle(row, FollowUpState.DONE, ReminderState.DONE, membership.user)
        action = Action.REQUEST_ESCALATED if row.kind == ReminderKind.ESCALATION else Action.FOLLOW_UP_SENT
        _record(row, action, membership.actor, {"how": "by_hand"}, {"subject": text.subject}, [message.sha256])
    return row


def drop(membership: Membership, follow_up: FollowUp) -> FollowUp:
    """Decide that this one is not sent, and return it; what comes next comes all the same. Raises FollowUpRefused."""
    with transaction.atomic():
        row = _locked(follow_up)
        _settle(row, FollowUpState.DROPPED, ReminderState.SKIPPED, membership.user)
        _record(row, Action.FOLLOW_UP_DROPPED, membership.actor, {}, {})
    return row


def write_due(now: datetime.datetime, *, most: int = 500) -> Counter[str]:
    """Queue what goes by itself and is due by now, and count what became of it, by state.

    Each is a transaction of its own. Any number of workers may do this at the same time.
    """
    due = FollowUp.objects.filter(state=FollowUpState.DUE, due_at__lte=now).order_by("due_at", "pk")
    counts: Counter[str] = Counter()
    for key, request in list(due.values_list("pk", "request_id")[:most]):
        state = _write_one(key, request, now)
        if state:
            counts[state] += 1
    return counts


def _write_one(key: int, request: int, now: datetime.datetime) -> str | None:
    """Return what became of one follow-up; None where another worker has it."""
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        requests = OptOutRequest.objects.select_for_update(of=("self",), skip_locked=skip).filter(pk=request)
        if not requests.values_list("pk", flat=True):
            return None
        row = _rows().filter(pk=key, state=FollowUpState.DUE).first()
        if row is None:
            return None
        _write(row, now)
    return str(row.state)


def _write(row: FollowUp, now: datetime.datetime) -> None:
    """Queue one follow-up, put it off, give it to a person, or drop it."""
    if not _applies(row, row.request) or _has_answered(row.request):
        _settle(row, FollowUpState.DROPPED, ReminderState.SKIPPED, None)
        _record(row, Action.FOLLOW_UP_DROPPED, CLOCK, {"why": "overtaken"}, {})
        return
    later = _later(row, now)
    if later:
        row.due_at = later
        row.save(update_fields=["due_at"])
    elif not who_writes_automatically([row.request]):
        _leave_to_a_person(row, "")
    else:
        _queue_or_leave(row)


def _queue_or_leave(row: FollowUp) -> None:
    try:
        _queue(row, text_of(row), CLOCK, None, needs_approval=False)
    except SendingRefused as refusal:
        _leave_to_a_person(row, str(refusal))
    else:
        _settle(row, FollowUpState.QUEUED, ReminderState.DONE, None)


def _leave_to_a_person(row: FollowUp, reason: str) -> None:
    row.state, row.due_at, row.reason = FollowUpState.WAITING, None, reason[:500]
    row.save(update_fields=["state", "due_at", "reason"])


def _later(row: FollowUp, now: datetime.datetime) -> datetime.datetime | None:
    """Return when it may go, if that is not now: the address had automatic mail within the last day, or it was put off.

    The row of the organisation stays locked: two workers must not both find that nothing went there.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=row.organisation_id)
    until = row.request.snoozed_until
    if until and until > organisation.today():
        return now + BETWEEN
    try:
        address = ascii_address(frozen_draft(row.request).recipient_email)
    except AddressError:
        return None
    sent = OutgoingMail.objects.filter(organisation=organisation, recipient=address, queued_at__gt=now - BETWEEN)
    last = sent.filter(is_automatic=True).order_by("-queued_at").values_list("queued_at", flat=True).first()
    return last + BETWEEN if last else None


def _queue(row: FollowUp, text: Text, actor: str, user: User | None, *, needs_approval: bool) -> OutgoingMail:
    escalates = row.kind == ReminderKind.ESCALATION
    mail = queue_in_thread(
        row.request,
        subject=text.subject,
        body=text.body,
        recipient=text.recipient,
        actor=actor,
        user=user,
        source=Source.WEB if user else Source.CLOCK,
        needs_approval=needs_approval,
        purpose=Purpose.ESCALATION if escalates else Purpose.FOLLOW_UP,
        action=Action.REQUEST_ESCALATED if escalates else Action.MESSAGE_QUEUED,
    )
    row.mail, row.subject, row.body, row.recipient = mail, text.subject, text.body, text.recipient
    row.save(update_fields=["mail", "subject", "body", "recipient"])
    return mail


def _rows() -> QuerySet[FollowUp]:
    return FollowUp.objects.select_for_update(of=("self",)).select_related(
        "reminder", "request__organisation", "request__stream", "request__version", "request__procedure__vendor"
    )


def _locked(follow_up: FollowUp) -> FollowUp:
    """Return the row under its lock and that of its request, which comes first. Raises FollowUpRefused."""
    OptOutRequest.objects.select_for_update(of=("self",)).get(pk=follow_up.request_id)
    row = _rows().get(pk=follow_up.pk)
    if row.state not in OPEN:
        raise FollowUpRefused(_("It is settled already: {state}.").format(state=row.get_state_display()))
    if not _applies(row, row.request):
        raise FollowUpRefused(_("The request has gone on meanwhile, so this is not to be sent any more."))
    return row


def _applies(row: FollowUp, request: OptOutRequest) -> bool:
    """Return whether the request still stands where the follow-up was made for it."""
    if row.reminder.clock_event != request.clock_event or request.paused_on:
        return False
    if row.kind == ReminderKind.REVERIFICATION:
        return request.status == Status.CLOSED and request.outcome in HOLDS
    return request.status in AWAITS_ANSWER


def _has_answered(request: OptOutRequest) -> bool:
    return InboundMail.objects.filter(request=request, kind=InboundKind.REPLY).exclude(waits="").exists()


def _settle(row: FollowUp, state: FollowUpState, reminder: ReminderState, user: User | None) -> None:
    row.state, row.decided_by, row.decided_at, row.due_at = state, user, timezone.now(), None
    row.save(update_fields=["state", "decided_by", "decided_at", "due_at"])
    Reminder.objects.filter(pk=row.reminder_id).update(state=reminder)


def _record(
    row: FollowUp,
    action: Action,
    actor: str,
    detail: dict[str, str],
    personal: dict[str, str],
    evidence: tuple[str, ...] | list[str] = (),
) -> None:
    record_event(
        row.request.stream,
        action,
        actor=actor,
        source=Source.CLOCK if actor == CLOCK else Source.WEB,
        subject=Subject.of(row),
        detail={"kind": str(row.kind), **detail},
        personal=personal or None,
        evidence=evidence,
    )
