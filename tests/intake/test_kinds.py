from django.test import SimpleTestCase

from requests_app.intake.reading.mail import read

ANSWER = "In-Reply-To: <sent-1@example.org>\n"

# Headers of mails as they come from well-known programs, and what they are.
SAMPLES: dict[str, tuple[str, str]] = {
    "a person answers": (f"Subject: Re: Opt-out\n{ANSWER}", "reply"),
    "a person says that it is no automatic mail": (f"Auto-Submitted: no\nSubject: Re: Opt-out\n{ANSWER}", "reply"),
    "a person writes about a holiday": (f"Subject: Re: before I am out of office\n{ANSWER}", "reply"),
    "a person answers without a thread": ("Subject: AW: Opt-out\n", "reply"),
    "Exchange's absence note": (
        f"Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nSubject: Automatic reply: Opt-out\n{ANSWER}",
        "auto_reply",
    ),
    "vacation(1)": ("Auto-Submitted: auto-replied (vacation)\nSubject: away\n", "auto_reply"),
    "Sieve": ("Auto-Submitted: auto-replied; owner-email=x@y.z\nSubject: Abwesenheit\n", "auto_reply"),
    "Zendesk's receipt": ("Auto-Submitted: auto-generated\nSubject: [Request received] Opt-out\n", "auto_reply"),
    "a ticket system's older receipt": (f"X-Autoreply: yes\nSubject: Re: Opt-out\n{ANSWER}", "auto_reply"),
    "cPanel": (f"X-Autorespond: Opt-out\nPrecedence: auto_reply\nSubject: Re: Opt-out\n{ANSWER}", "auto_reply"),
    "an older program": (f"Precedence: bulk\nSubject: Re: Opt-out\n{ANSWER}", "auto_reply"),
    "an absence without a header of its own": (
        "Return-Path: <>\nSubject: Abwesenheitsnotiz: Opt-out\n",
        "auto_reply",
    ),
    "a newsletter": ("List-Id: <news.slack.com>\nPrecedence: bulk\nSubject: News\n", "other"),
    "a mailing list": (f"List-Id: <x.example.org>\nPrecedence: list\nSubject: Re: x\n{ANSWER}", "other"),
    "something new": ("Subject: Hello\n", "other"),
    "an automatic newsletter of a program": ("Auto-Submitted: auto-generated\nSubject: Report\n", "auto_reply"),
}

DSN = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: optout@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; feedback@slack.com
Original-Recipient: rfc822;feedback@slack.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <feedback@slack.com>: no such user

--b
Content-Type: {original}

From: optout@example.org
Reply-To: Jane Doe <replies+{token}@example.org>
To: feedback@slack.com
Message-ID: <sent-1@example.org>
Subject: Opt-out

--b--
"""


def dsn(
    action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822", token: str = "a" * 32
) -> bytes:
    """Return a report as Postfix writes it."""
    return DSN.format(action=action, status=status, original=original, token=token).encode()


QMAIL = b"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: optout@example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<feedback@slack.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <sent-1@example.org>
"""


class KindTests(SimpleTestCase):
    def test_each_sample_is_what_it_is(self) -> None:
        for name, (headers, kind) in SAMPLES.items():
            with self.subTest(name):
                found = read(f"From: Support <support@slack.com>\n{headers}\nText\n".encode())
                assert found["kind"] == kind, found["kind_because"]

    def test_a_standard_report_is_read(self) -> None:
        for original in ("message/rfc822", "text/rfc822-headers"):
            with self.subTest(original):
                found = read(dsn(original=original))
                bounce = found["bounce"]
                assert found["kind"] == "bounce"
                assert bounce["recipients"] == [
                    {
                        "address": "feedback@slack.com",
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnostic": "smtp; 550 5.1.1 <feedback@slack.com>: no such user",
                    }
                ]
                assert bounce["original_ids"] == ["<sent-1@example.org>"]
                assert f"replies+{'a' * 32}@example.org" in bounce["original_addresses"]

    def test_a_delay_is_no_failure(self) -> None:
        for action, status in (("delayed", "4.4.1"), ("relayed", "2.0.0"), ("delivered", "2.0.0")):
            with self.subTest(action):
                found = read(dsn(action, status))
                assert (found["kind"], found["bounce"]["is_failure"]) == ("auto_reply", False)

    def test_a_server_that_has_given_up_after_days_reports_a_failure(self) -> None:
        assert read(dsn("failed", "4.4.7"))["kind"] == "bounce"

    def test_a_bounce_without_a_report_is_recognised(self) -> None:
        found = read(QMAIL)
        assert found["kind"] == "bounce"
        assert found["bounce"]["recipients"][0]["address"] == "feedback@slack.com"

    def test_a_person_who_quotes_a_bounce_has_not_bounced(self) -> None:
        quoted = QMAIL.partition(b"\n\n")[2]
        head = b"From: Support <support@slack.com>\nSubject: Re: Opt-out\nIn-Reply-To: <x@y>\n\n"
        assert read(head + quoted)["kind"] == "reply"
