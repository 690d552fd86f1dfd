"""The outbox as people use it: queue a draft, let a second person approve it, take it back while it is still here."""

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.delivery.compose import compose, new_mail_id
from requests_app.delivery.freezing import freeze, frozen_facts, keep_messages, locked_draft, people_of, thaw
from requests_app.delivery.handover import How, hows_of
from requests_app.delivery.mail_events import goes_on, locked_mail, needs_a_person, record
from requests_app.delivery.outputs import EML, LABELS, Output
from requests_app.delivery.reply_address import token_of, with_token
from requests_app.delivery.sending import CANCEL_WINDOW, SendingRefused, check_not_paused, mail_row, usable
from requests_app.delivery.threading import thread_of
from requests_app.drafting.draft import Draft
from requests_app.drafting.requests import draft_of, snapshot_of
from requests_app.models import (
    Action,
    MailSettings,
    Membership,
    MoveRefused,
    OptOutRequest,
    OutgoingMail,
    Purpose,
    SendState,
    Source,
    Status,
    check_move,
)
from requests_app.models.status import TAKEN_BACK_FROM

# What certainly has not reached the vendor.
STILL_HERE = (SendState.WAITING, SendState.QUEUED, SendState.FAILED)


def mail_for(opt_out_request: OptOutRequest, mail: MailSettings | None) -> MailSettings | None:
    """Return the settings of its organisation if Optout itself would send this request with them, else None."""
    try:
        return _settings_for(opt_out_request, mail)
    except SendingRefused:
        return None


def queue_message(membership: Membership, opt_out_request: OptOutRequest) -> OutgoingMail:
    """Freeze the draft as a hand-over does, put its mail into the outbox and return that.

    It is due after CANCEL_WINDOW, or waits for a second person where the organisation wants one. Raises ValuesRefused
    while something is missing, MoveRefused when it was handed over before, EditedMeanwhile when somebody saved in
    between, SendingRefused for the rest.
    """
    check_move(Status(opt_out_request.status), Status.SUBMITTED, None)
    mail = _settings_for(opt_out_request, mail_row(opt_out_request.organisation))
    now = timezone.now()
    today = opt_out_request.organisation.today()
    draft = draft_of(opt_out_request, output="eml", day=today)
    mail_id, content = _written(opt_out_request, draft, mail, now)
    check_not_paused(opt_out_request.organisation, ascii_address(draft.recipient_email))
    with transaction.atomic():
        current = locked_draft(opt_out_request)
        freeze(current, draft, today, How.EMAIL)
        current.reply_token = token_of(current)
        current.save(update_fields=["reply_token"])
        [message] = keep_messages(membership.user, current, [Output(EML, "message/rfc822", content, str(LABELS[EML]))])
        row = OutgoingMail.objects.create(
            organisation=current.organisation,
            request=current,
            message=message,
            state=SendState.WAITING if mail.needs_approval else SendState.QUEUED,
            mail_id=mail_id,
            sender=ascii_address(mail.from_address),
            recipient=ascii_address(draft.recipient_email),
            subject=draft.subject,
            queued_by=membership.user,
            queued_at=now,
            due_at=now + CANCEL_WINDOW,
        )
        facts = frozen_facts(current, How.EMAIL) | {"needs_approval": mail.needs_approval}
        record(row, Action.MESSAGE_QUEUED, membership.actor, Source.WEB, facts, people_of(draft), [message.sha256])
    return row


def _settings_for(opt_out_request: OptOutRequest, row: MailSettings | None) -> MailSettings:
    mail = usable(opt_out_request.organisation, row)
    if How.EMAIL not in hows_of(snapshot_of(opt_out_request)):
        raise SendingRefused(_("A request of this kind does not go by e-mail."))
    return mail


def _written(
    opt_out_request: OptOutRequest, draft: Draft, mail: MailSettings, now: datetime.datetime
) -> tuple[str, bytes]:
    """Return the Message-ID and the bytes of the mail. Raises SendingRefused."""
    local = timezone.localtime(now, ZoneInfo(opt_out_request.organisation.time_zone))
    try:
        mail_id = new_mail_id(mail.from_address)
        reply_to = with_token(mail.reply_address, token_of(opt_out_request)) if mail.reply_address else ""
        thread = thread_of(opt_out_request)
        return mail_id, compose(draft, mail, now=local, mail_id=mail_id, reply_to=reply_to, thread=thread)
    except (AddressError, ValueError) as error:
        raise SendingRefused(_("The mail cannot be written: {reason}").format(reason=error)) from error


def approve_message(membership: Membership, mail: OutgoingMail) -> OutgoingMail:
    """Let a waiting mail go, after CANCEL_WINDOW, and return it. Raises SendingRefused, also for who queued it."""
    now = timezone.now()
    with transaction.atomic():
        row = locked_mail(mail)
        if row.state != SendState.WAITING:
            raise SendingRefused(_("It does not wait for approval any more."))
        if row.queued_by_id == membership.user_id:
            raise SendingRefused(_("Somebody else has to approve it: you asked for it to be sent."))
        row.state, row.approved_by, row.due_at = SendState.QUEUED, membership.user, now + CANCEL_WINDOW
        row.save(update_fields=["state", "approved_by", "due_at"])
        record(row, Action.MESSAGE_APPROVED, membership.actor, Source.WEB)
    return row


def cancel_message(membership: Membership, mail: OutgoingMail) -> OptOutRequest:
    """Take back a mail that has not left, and return its request; that is a draft again if the mail was the request.

    One that is being sent again because its fate was not known is in doubt again instead. The bytes are not kept,
    since nobody got them; the event keeps their SHA-256. Raises SendingRefused once a worker has begun to send it.
    """
    with transaction.atomic():
        current = OptOutRequest.objects.select_for_update(of=("self",)).select_related("stream").get(pk=mail.request_id)
        row = locked_mail(mail)
        if row.was_in_doubt and row.state == SendState.QUEUED:
            return _in_doubt_again(membership, row)
        message = row.message
        if row.was_in_doubt or row.state not in STILL_HERE or message is None:
            raise SendingRefused(_("It is too late to take it back: sending has begun."))
        is_request = row.purpose == Purpose.REQUEST
        if is_request and Status(current.status) not in TAKEN_BACK_FROM:
            raise MoveRefused(_("The request has gone on meanwhile, so it cannot become a draft again."))
        row.state, row.message, row.ended_at = SendState.CANCELLED, None, timezone.now()
        row.save(update_fields=["state", "message", "ended_at"])
        if is_request:
            thaw(current)
        facts = {} if is_request else {"purpose": row.purpose}
        record(row, Action.MESSAGE_CANCELLED, membership.actor, Source.WEB, facts, evidence=[message.sha256])
        if not is_request:
            goes_on(row, membership.actor, Source.WEB)
        message.delete()
    return current


def _in_doubt_again(membership: Membership, row: OutgoingMail) -> OptOutRequest:
    row.state = SendState.UNKNOWN
    row.save(update_fields=["state"])
    record(row, Action.MESSAGE_SEND_UNKNOWN, membership.actor, Source.WEB)
    needs_a_person(row, membership.actor, Source.WEB)
    return row.request
