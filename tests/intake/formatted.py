"""Mails with HTML and files, as vendors write them."""

from tests.intake.mails import GENUINE

FILE = b"%PDF-1.7 not really"


def rich_mail(
    *,
    to: str,
    html: str = "<p>It is <b>done</b>.</p>",
    text: str = "It is done.",
    name: str = 'filename="confirmation.pdf"',
    content: bytes = FILE,
    mail_id: str = "<rich-1@slack.com>",
    headers: tuple[str, ...] = (f"Authentication-Results: {GENUINE}",),
) -> bytes:
    """Return a reply of Slack's with text, HTML and one file; `name` is the parameter that names it."""
    head = "\r\n".join(
        [
            *headers,
            "From: Support <support@slack.com>",
            f"To: {to}",
            "Subject: Re: Opt-out",
            "Date: Mon, 23 Nov 2026 10:00:00 +0100",
            f"Message-ID: {mail_id}",
            "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=outer-of-these-tests",
            "",
            "--outer-of-these-tests",
            "Content-Type: multipart/alternative; boundary=inner-of-these-tests",
            "",
            "--inner-of-these-tests",
            "Content-Type: text/plain; charset=utf-8",
            "",
            text,
            "--inner-of-these-tests",
            "Content-Type: text/html; charset=utf-8",
            "",
            html,
            "--inner-of-these-tests--",
            "--outer-of-these-tests",
            "Content-Type: application/pdf",
            f"Content-Disposition: attachment; {name}",
            "",
            "",
        ]
    )
    return head.encode() + content + b"\r\n--outer-of-these-tests--\r\n"
