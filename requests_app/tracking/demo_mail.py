"""Mail that the vendors of the demo are made to write: taken in by the same way as any other, nothing is sent."""

from collections.abc import Callable
from email.utils import format_datetime

from django.utils import timezone

from requests_app.delivery.reply_address import token_of, with_token
from requests_app.intake.filing import file_mail
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, OptOutRequest, Organisation, Status, Way

REPLIES = "replies@example.org"
Writer = Callable[[OptOutRequest, str], bytes]


def write_back(organisation: Organisation) -> list[InboundMail]:
    """Let a reply, an automatic one, a question for proof, a bounce and a stray mail come in, and return their rows.

    Each comes from the address that its request went to, or from a made-up one where it went to none.
    """
    sent = OptOutRequest.objects.filter(organisation=organisation).exclude(snapshot=None).select_related("stream")
    candidates = sorted(sent.order_by("pk"), key=lambda row: not _address(row))
    taken: set[int] = set()
    rows = []
    for status, write in WRITERS:
        request = next((row for row in candidates if row.status == status and row.pk not in taken), None)
        if request:
            taken.add(request.pk)
            rows.append(_take_in(request, write))
    return rows


def _take_in(request: OptOutRequest, write: Writer) -> InboundMail:
    request.reply_token = token_of(request)
    request.save(update_fields=["reply_token"])
    raw = write(request, with_token(REPLIES, request.reply_token))
    return file_mail(store_mail(raw, Way.UPLOAD, organisation=request.organisation))


def _mail(request: OptOutRequest, to: str, text: str, *headers: str) -> bytes:
    """Return a mail from whom the request went to."""
    return _lines(
        *headers,
        f"From: {_recipient(request)}",
        f"To: {to}",
        f"Subject: Re: [{request.reference}] Your request",
        f"Message-ID: <demo-{request.pk}-{len(text)}@example.com>",
        f"Date: {format_datetime(timezone.now())}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
    )


def _address(request: OptOutRequest) -> str:
    return str((request.snapshot or {})["recipient"]["email"])


def _recipient(request: OptOutRequest) -> str:
    return _address(request) or "support@example.com"


def _lines(*lines: str) -> bytes:
    return "\r\n".join((*lines, "")).encode()


def _automatic(request: OptOutRequest, to: str) -> bytes:
    text = "Thank you for writing to us. Somebody will answer you. This is an automatic message."
    return _mail(request, to, text, "Auto-Submitted: auto-replied")


def _done(request: OptOutRequest, to: str) -> bytes:
    text = "Hello,\r\n\r\nyour request has been completed.\r\n\r\nOn Monday, you wrote:\r\n> Please confirm in writing."
    return _mail(request, to, text)


def _proof(request: OptOutRequest, to: str) -> bytes:
    text = "Hello,\r\n\r\nplease send us proof that you are authorised to act for the owner of this workspace."
    return _mail(request, to, text)


def _stray(request: OptOutRequest, _to: str) -> bytes:
    return _mail(request, REPLIES, "Hello,\r\n\r\nwhich of your workspaces is this about?")


def _bounce(request: OptOutRequest, to: str) -> bytes:
    """Return a delivery status notification (RFC 3464) that the mailbox is not there."""
    recipient = _recipient(request)
    return _lines(
        "From: MAILER-DAEMON@example.org",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: <demo-bounce-{request.pk}@example.org>",
        f"Date: {format_datetime(timezone.now())}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
        "",
        "--part",
        "Content-Type: text/plain",
        "",
        "The mail could not be delivered.",
        "--part",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 No such mailbox (made up for the demo)",
        "",
        "--part--",
    )


WRITERS: tuple[tuple[Status, Writer], ...] = (
    (Status.ACKNOWLEDGED, _done),
    (Status.ACTION_NEEDED, _proof),
    (Status.SUBMITTED, _automatic),
    (Status.SUBMITTED, _bounce),
    (Status.SUBMITTED, _stray),
)
