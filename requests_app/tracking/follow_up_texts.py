"""What a follow-up says: as the wording has it on this day, or as a person has changed it."""

import datetime
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.delivery.outputs import Output, OutputRefused
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.threading import later_draft
from requests_app.drafting.draft import Draft
from requests_app.drafting.escalation import Contact, escalation_contact
from requests_app.drafting.follow_up_text import Facts, follow_up_text
from requests_app.drafting.letters.fitting import DoesNotFit
from requests_app.drafting.letters.fonts import UnsupportedCharacters
from requests_app.drafting.letters.letter import render_letter
from requests_app.drafting.outputs import letter_of
from requests_app.drafting.rendering.child import RenderError
from requests_app.drafting.requests import frozen_draft
from requests_app.drafting.working_days import calendar_of
from requests_app.models import FollowUp, FollowUpState, OptOutRequest, Purpose, ReminderKind, SendState

# Working days that the vendor is given, from the day of the message; Optout's own, no law sets them.
_GIVEN = {ReminderKind.ESCALATION: 10, ReminderKind.REVERIFICATION: 10}
_GIVEN_ELSE = 5


@dataclass(frozen=True)
class Text:
    """What is sent; an empty recipient is whom the request went to."""

    subject: str
    body: str
    recipient: str = ""


def text_of(follow_up: FollowUp) -> Text:
    """Return what the follow-up says now; closing and signature of the request follow."""
    request = follow_up.request
    subject, body = follow_up_text(follow_up.kind, frozen_draft(request), _facts(follow_up))
    if follow_up.kind != ReminderKind.ESCALATION:
        # It stands in the thread of the request: the same subject keeps it there.
        subject = _same_thread(request) or subject
    return Text(
        subject=follow_up.subject or subject,
        body=follow_up.body or body,
        recipient=follow_up.recipient or _recipient(follow_up),
    )


def contact_of(request: OptOutRequest) -> Contact:
    """Return whom an escalation goes to, as the catalogue knows it today."""
    country = frozen_draft(request).values["organisation_country"]
    return escalation_contact(request.procedure.vendor.content, country)


def paper_of(follow_up: FollowUp, text: Text) -> Output:
    """Return the letter as a PDF. Raises OutputRefused where it cannot be drawn."""
    letter = letter_of(_on_paper(follow_up, text))
    name = f"{follow_up.kind.replace('_', '-')}-{follow_up.pk}.pdf"
    try:
        return Output(name, "application/pdf", render_letter(letter), str(follow_up.get_kind_display()))
    except (DoesNotFit, UnsupportedCharacters, RenderError) as error:
        raise OutputRefused(_("The letter cannot be drawn: {reason}").format(reason=error)) from error


def _on_paper(follow_up: FollowUp, text: Text) -> Draft:
    request = follow_up.request
    frozen = frozen_draft(request)
    lines = frozen.recipient_lines or (frozen.recipient_name or frozen.procedure.vendor_name,)
    if follow_up.kind == ReminderKind.ESCALATION:
        lines = contact_of(request).lines or lines
    return replace(
        frozen, recipient_lines=lines, subject=text.subject, body=text.body, day=request.organisation.today()
    )


def _same_thread(request: OptOutRequest) -> str:
    try:
        return later_draft(request, subject="", body="").subject
    except SendingRefused:  # there is no address: it is no mail
        return ""


def _recipient(follow_up: FollowUp) -> str:
    if follow_up.kind == ReminderKind.ESCALATION:
        return contact_of(follow_up.request).email
    return frozen_draft(follow_up.request).recipient_email


def _facts(follow_up: FollowUp) -> Facts:
    request, kind = follow_up.request, ReminderKind(follow_up.kind)
    today = request.organisation.today()
    frozen = frozen_draft(request)
    return Facts(
        reference=request.reference,
        sent_on=request.submitted_on or frozen.day,
        answer_by=request.answer_by or frozen.answer_by,
        new_answer_by=calendar_of(request.organisation).add_working_days(today, _GIVEN.get(kind, _GIVEN_ELSE)),
        promised_on=request.promised_on,
        reminded_on=_reminded_on(request),
        confirmed_on=request.closed_on,
    )


def _reminded_on(request: OptOutRequest) -> datetime.date | None:
    """Return the local day of the last follow-up that went out, if any did."""
    mails = request.outgoing_mail.filter(purpose=Purpose.FOLLOW_UP, state__in=(SendState.SENT, SendState.UNKNOWN))
    by_hand = request.follow_ups.filter(state=FollowUpState.DONE)
    moments = [*mails.values_list("queued_at", flat=True), *by_hand.values_list("decided_at", flat=True)]
    known = [moment for moment in moments if moment]
    return timezone.localtime(max(known), ZoneInfo(request.organisation.time_zone)).date() if known else None
