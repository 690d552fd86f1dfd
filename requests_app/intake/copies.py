"""Handing over a draft with the copy of what was sent as its proof."""

import datetime
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from requests_app.delivery.handover import HandOverRefused, How, submit_request
from requests_app.intake.own_copies import OWN_COPY
from requests_app.intake.triage import confirm_mail
from requests_app.models import InboundMail, InboundState, Membership, Status


def sent_on(mail: InboundMail) -> datetime.date | None:
    """Return the day on which the mail says it was written, in its organisation's time zone."""
    if mail.organisation is None:
        return None
    try:
        written = datetime.datetime.fromisoformat(mail.parsed.get("date", ""))
    except ValueError:
        return None
    return written.astimezone(ZoneInfo(mail.organisation.time_zone)).date() if written.tzinfo else written.date()


def can_submit_with(mail: InboundMail) -> bool:
    """Return whether the mail is held as the copy of a draft that one click hands over."""
    draft = mail.suggested_request
    is_held = mail.state == InboundState.HELD and mail.reason == OWN_COPY
    return is_held and draft is not None and draft.status == Status.DRAFT and sent_on(mail) is not None


def submit_with_copy(membership: Membership, mail: InboundMail) -> InboundMail:
    """Record that the draft was sent on the day that its copy names, file the copy as proof, and return its row.

    Raises HandOverRefused, and what submit_request and confirm_mail raise; nothing is recorded then.
    """
    day = sent_on(mail)
    if day is None or mail.suggested_request is None or not can_submit_with(mail):
        raise HandOverRefused(_("This mail is not the copy of a draft that was sent."))
    proof = SimpleUploadedFile(f"sent-{mail.pk}.eml", bytes(mail.raw), content_type="message/rfc822")
    with transaction.atomic():
        submit_request(membership, mail.suggested_request, on=day, how=How.EMAIL, proof=proof)
        return confirm_mail(membership, mail)
