"""The mail as Optout sends it. Header names are constants; no value can become a header or a second recipient."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address

from requests_app.catalogue.email_address import ascii_address
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import finished, message_of
from requests_app.models import MailSettings


def new_mail_id(sender: str) -> str:
    """Return a Message-ID that is never given twice, in angle brackets, at the domain of the sender's address."""
    return f"<{uuid.uuid4().hex}@{ascii_address(sender).rpartition('@')[2]}>"


def compose(
    draft: Draft,
    mail: MailSettings,
    *,
    now: datetime,
    mail_id: str,
    reply_to: str = "",
    thread: Sequence[str] = (),
    is_automatic: bool = False,
) -> bytes:
    """Return the exact bytes that are sent.

    `thread` holds the Message-IDs of what went before, the oldest first (RFC 5322 section 3.6.4). Raises AddressError
    for an address that is not exactly one, and ValueError for a value that would start a new header.
    """
    name = mail.from_name or draft.values["signatory_name"]
    message = message_of(draft, Address(display_name=name, addr_spec=ascii_address(mail.from_address)), now, mail_id)
    if reply_to:
        message["Reply-To"] = Address(display_name=name, addr_spec=ascii_address(reply_to))
    if thread:
        message["In-Reply-To"] = thread[-1]
        message["References"] = " ".join(thread)
    if is_automatic:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
    return finished(message, draft)
