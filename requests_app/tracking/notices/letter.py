"""A mail to a member: text and HTML, automatic, with a link that ends it (RFC 8058)."""

import datetime
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from requests_app.catalogue.email_address import AddressError, ascii_address
from requests_app.delivery.compose import new_mail_id
from requests_app.models import MailSettings, NoticeSettings
from requests_app.tracking.notices.addresses import page, unsubscribe_token


@dataclass(frozen=True)
class Letter:
    """What a mail says, by the name of its templates below emails/."""

    template: str
    subject: str
    context: dict[str, Any]


def language_of(row: NoticeSettings) -> str:
    """Return the language that this person is written to in."""
    wanted = (row.language, row.membership.user.language, row.membership.organisation.language)
    known = dict(settings.LANGUAGES)
    return next((language for language in wanted if language in known), settings.LANGUAGE_CODE)


def mail_of(row: NoticeSettings) -> MailSettings | None:
    """Return what the organisation sends with; None where it cannot, or must not, write to this person."""
    organisation = row.membership.organisation
    mail: MailSettings | None = getattr(organisation, "mail_settings", None)
    if mail is None or not mail.can_send or organisation.is_demo or not row.membership.user.is_active:
        return None
    try:
        ascii_address(mail.from_address)
        ascii_address(row.membership.user.email)
    except AddressError:
        return None
    return mail


def compose(row: NoticeSettings, mail: MailSettings, letter: Letter, now: datetime.datetime) -> bytes:
    """Return the bytes that are sent. Call it in the person's language, with what mail_of gave."""
    unsubscribe = page("unsubscribe", unsubscribe_token(row.membership))
    organisation = row.membership.organisation
    context = {
        **letter.context,
        "subject": letter.subject,
        "membership": row.membership,
        "language": translation.get_language(),
        "today_url": page("today", organisation.slug),
        "notifications_url": page("notifications", organisation.slug),
        "unsubscribe_url": unsubscribe,
    }
    message = EmailMessage(policy=SMTP)
    sender = Address(display_name="Optout", addr_spec=ascii_address(mail.from_address))
    message["From"] = sender
    message["To"] = Address(
        display_name=_line(str(row.membership.user)), addr_spec=ascii_address(row.membership.user.email)
    )
    message["Subject"] = _line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = new_mail_id(mail.from_address)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    message["X-Auto-Response-Suppress"] = "All"  # Exchange asks for it: no notice of absence comes back
    message["List-Id"] = f"<{organisation.slug}.notices.{sender.domain}>"
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    if unsubscribe.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 section 3.1 wants https
    message.set_content(render_to_string(f"emails/{letter.template}.txt", context))
    message.add_alternative(render_to_string(f"emails/{letter.template}.html", context), subtype="html")
    return message.as_bytes()


def _line(text: str) -> str:
    """Return the text on one line without control characters: it becomes a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]
