"""A draft as plain text and as an e-mail file (RFC 5322) that a mail program opens ready to send."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from requests_app.catalogue.email_address import ascii_address
from requests_app.catalogue.fields import refuse_control_characters
from requests_app.drafting.draft import Draft, address_lines


def body_text(draft: Draft) -> str:
    """Return body, closing and signature, as they stand in an e-mail."""
    values = draft.values
    address = ", ".join(address_lines(values["organisation_address"]))
    signature = "\n".join(line for line in (*draft.signature, address, values["signatory_email"]) if line)
    return f"{draft.body}\n\n{draft.closing}\n\n{signature}\n"


def as_text(draft: Draft) -> str:
    """Return the whole request to read or to paste: recipient, subject, and the text below a blank line."""
    if draft.procedure.channel == "postal_letter":
        to = "\n".join(draft.recipient_lines) + "\n\n" if draft.recipient_lines else ""
    else:
        to = f"To: {draft.recipient_email}\n" if draft.recipient_email else ""
    return f"{to}Subject: {draft.subject}\n\n{body_text(draft)}"


def as_eml(draft: Draft, now: datetime, name: str = "") -> bytes:
    """Return the message with CRLF line ends. X-Unsent makes mail programs open it for sending.

    `name` stands before the @ of the Message-ID; without one, each call makes an own one.
    Header names are constants and addresses are checked again here; a value that would start a new
    header raises ValueError (email.message does that).
    """
    sender = ascii_address(draft.values["signatory_email"])
    domain = sender.rpartition("@")[2]
    mail_id = f"<{name}@{domain}>" if name else make_msgid(domain=domain)
    message = message_of(draft, Address(display_name=draft.values["signatory_name"], addr_spec=sender), now, mail_id)
    message["X-Unsent"] = "1"
    return finished(message, draft)


def message_of(draft: Draft, sender: Address, now: datetime, mail_id: str) -> EmailMessage:
    """Return the message with its first headers; mail_id is the Message-ID in angle brackets.

    email.message refuses line breaks of every kind, but neither NUL nor the other control characters: FieldError.
    """
    for value in (sender.display_name, draft.recipient_name, draft.subject):
        refuse_control_characters(value)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(display_name=draft.recipient_name, addr_spec=ascii_address(draft.recipient_email))
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail_id
    return message


def finished(message: EmailMessage, draft: Draft) -> bytes:
    """Return the message with its text, as bytes in which lines end with CRLF."""
    text = body_text(draft)
    plain = text.isascii() and all(len(line) < 990 for line in text.splitlines())  # RFC 5322 section 2.1.1: 998
    message.set_content(text, cte="7bit" if plain else "quoted-printable")
    message["Content-Language"] = draft.locale  # after set_content, which clears every Content header
    return message.as_bytes()
