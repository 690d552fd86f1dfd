"""Mails as they arrive, and the requests that they answer."""

import subprocess
import sys
from typing import Any, ClassVar

from requests_app.delivery.handover import How, submit_request
from requests_app.delivery.reply_address import token_of, with_token
from requests_app.drafting.requests import start_request
from requests_app.intake.filing import file_mail
from requests_app.intake.storing import store_mail
from requests_app.models import (
    InboundMail,
    MailSettings,
    Membership,
    Message,
    OptOutRequest,
    OutgoingMail,
    SendState,
    Way,
)
from tests.drafting.requests import RequestsTestCase

SENT_ID = "<sent-1@example.org>"
GENUINE = "mx.example.org; dmarc=pass (p=REJECT) header.from=slack.com; spf=pass; dkim=pass header.d=slack.com"


def mail(
    *,
    to: str = "replies@example.org",
    sender: str = "Support <support@slack.com>",
    subject: str = "Re: Opt-out",
    text: str = "Hello",
    mail_id: str = "<1@slack.com>",
    headers: tuple[str, ...] = (),
) -> bytes:
    """Return a mail; `headers` are whole lines that stand above the others."""
    lines = [
        *headers,
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Mon, 23 Nov 2026 10:00:00 +0100",
        f"Message-ID: {mail_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
        "",
    ]
    return "\r\n".join(lines).encode()


class IntakeTestCase(RequestsTestCase):
    """Acme takes replies at replies@example.org and has sent one request to Slack."""

    sent: ClassVar[OptOutRequest]
    outgoing: ClassVar[OutgoingMail]
    mail_settings: ClassVar[MailSettings]
    address: ClassVar[str]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.mail_settings = MailSettings.objects.create(
            organisation=cls.acme, reply_address="replies@example.org", authserv_id="mx.example.org"
        )
        cls.sent = cls.send()
        cls.address = with_token("replies@example.org", cls.sent.reply_token or "")
        message = cls.sent.messages.first()
        assert message
        cls.outgoing = OutgoingMail.objects.create(
            organisation=cls.acme,
            request=cls.sent,
            message=message,
            state=SendState.SENT,
            mail_id=SENT_ID,
            sender="optout@example.org",
            recipient="feedback@slack.com",
            subject="Opt-out",
            queued_at=cls.sent.updated_at,
            due_at=cls.sent.updated_at,
        )

    @classmethod
    def send(cls) -> OptOutRequest:
        """Return a request to Slack that was handed over and has its address for replies."""
        olga = Membership.objects.select_related("organisation", "user").get(user=cls.owner)
        draft = start_request(olga, cls.workspace, cls.procedure)
        sent = submit_request(olga, draft, on=cls.acme.today(), how=How.EMAIL)
        sent.reply_token = token_of(sent)
        sent.save(update_fields=["reply_token"])
        return sent

    def take_in(self, raw: bytes | None = None, way: Way = Way.PIPE, **parts: Any) -> InboundMail:
        """Return the row of a mail that came and was filed."""
        return file_mail(store_mail(mail(**parts) if raw is None else raw, way))

    def incoming(self) -> list[Message]:
        return list(Message.objects.filter(direction="incoming"))


def intake_command(environment: dict[str, str], raw: bytes, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the command as a mail server does, with the mail on its standard input."""
    return subprocess.run(
        [sys.executable, "manage.py", "intake", *arguments],
        input=raw,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
