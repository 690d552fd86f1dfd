"""The mail as Optout sends it. Header names are constants; no value can become a header or a second recipient."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address

from requests_app.catalogue.email_address import ascii_address
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import finished, message_of
from requests_app.models import MailSettings

_MAIL_ID = re.compile(r"<[!-;=?-~]{1,253}>")


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
    is_answer: bool = False,
) -> bytes:
    """Return the exact bytes that are sent.

    `thread` holds the Message-IDs of what went before, the oldest first (RFC 5322 section 3.6.4). Raises AddressError
    for an address that is not exactly one, and ValueError for a value that would start a new header.
    """
    name = mail.from_name or draft.values["signatory_name"]
    message = message_of(draft, Address(display_name=name, addr_spec=ascii_address(mail.from_address)), now, mail_id)
    if reply_to:
        message["Reply-To"] = Address(display_name=name, addr_spec=ascii_address(reply_to))
    if is_automatic:
        message["Auto-Submitted"] = "auto-replied" if is_answer else "auto-generated"  # RFC 3834 section 5
    return _thread_headers(thread) + finished(message, draft)


def _thread_headers(thread: Sequence[str]) -> bytes:
    """Return In-Reply-To and References, one Message-ID a line: email.message would encode one of 80 characters, and
    nobody would recognise it. Raises ValueError for what is none.
    """
    if not thread:
        return b""
    for mail_id in thread:
        if not _MAIL_ID.fullmatch(mail_id):
            raise ValueError("A Message-ID of the thread is none.")
    references = "\r\n ".join(thread)
    return f"In-Reply-To: {thread[-1]}\r\nReferences: {references}\r\n".encode("ascii")
