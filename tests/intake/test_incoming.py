from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from requests_app.intake.incoming import LONGEST_SHOWN, incoming_of
from requests_app.models import InboundMail
from tests.intake.formatted import rich_mail
from tests.intake.mails import GENUINE, SENT_ID, IntakeTestCase

TRUSTED = (f"Authentication-Results: {GENUINE}",)
BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; feedback@slack.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <feedback@slack.com> unknown user

--b--
"""


class IncomingTests(IntakeTestCase):
    def page(self) -> HttpResponse:
        self.client.force_login(self.admin)
        response = self.client.get(reverse("request", args=["acme", self.sent.pk]))
        assert response.status_code == 200
        return response  # type: ignore[return-value]

    def html(self) -> str:
        return self.page().content.decode()

    def test_a_reply_stands_in_the_timeline_with_what_it_quotes_folded(self) -> None:
        self.take_in(to=self.address, text="We look into it.\r\n\r\n> Please stop.", headers=TRUSTED)
        html = self.html()
        assert "Support &lt;support@slack.com&gt;" in html
        assert "We look into it." in html
        quoted = html[html.index("Show the quoted text") :]
        assert "&gt; Please stop." in quoted
        assert "DMARC passed for slack.com, checked by mx.example.org." in html

    def test_it_is_not_told_twice(self) -> None:
        self.take_in(to=self.address)
        html = self.html()
        assert "received a reply" not in html
        assert html.count("Re: Opt-out") == 1

    def test_a_long_mail_is_folded_after_its_beginning(self) -> None:
        self.take_in(to=self.address, text="It begins so. " + "More words. " * 300 + "It ends so.")
        html = self.html()
        fold = html.index("Show the whole mail")
        assert html.index("It begins so.") < fold < html.index("It ends so.")
        assert html.index("Download the original") > fold

    def test_an_automatic_reply_is_grey_and_folded(self) -> None:
        self.take_in(to=self.address, text="I am away.", headers=("Auto-Submitted: auto-replied",))
        html = self.html()
        assert 'class="oo-aside"' in html
        assert html.index("Show the automatic reply") < html.index("I am away.")

    def test_a_bounce_says_which_address_failed_and_what_the_server_said(self) -> None:
        self.take_in(BOUNCE.format(to=self.address).replace("\n", "\r\n").encode())
        html = self.html()
        assert "550 5.1.1 &lt;feedback@slack.com&gt; unknown user" in html
        assert "was not reached." in html

    def test_a_delay_is_no_failure(self) -> None:
        report = BOUNCE.replace("failed", "delayed").replace("5.1.1", "4.4.1").format(to=self.address)
        self.take_in(report.replace("\n", "\r\n").encode())
        shown = incoming_of(self.sent)[0]
        assert (shown.failures[0].is_final, shown.is_folded) == (False, True)

    def test_a_mail_that_was_filed_elsewhere_is_only_spoken_of(self) -> None:
        row = self.take_in(to=self.address)
        InboundMail.objects.filter(pk=row.pk).update(request=self.send(), message=None)
        assert "received a reply" in self.html()

    def test_as_many_mails_as_there_are_take_the_same_number_of_queries(self) -> None:
        self.take_in(rich_mail(to=self.address))
        self.queries()  # The first one of a session saves it.
        few = self.queries()
        for number in range(6):
            self.take_in(rich_mail(to=self.address, text=f"Number {number}", mail_id=f"<many-{number}@slack.com>"))
        assert self.queries() == few
        assert self.html().count("confirmation.pdf</a>") == 7

    def queries(self) -> int:
        self.client.force_login(self.admin)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            self.client.get(reverse("request", args=["acme", self.sent.pk]))
        return len(queries)

    def test_what_is_written_in_a_mail_is_text(self) -> None:
        self.take_in(
            to=self.address, subject="Re: <b>x</b>", text="<script>alert(1)</script>", sender="<i>y</i> <a@slack.com>"
        )
        html = self.html()
        assert "<script>alert" not in html
        assert "<b>x</b>" not in html
        assert "<i>y" not in html

    def test_a_long_mail_is_cut_and_says_so(self) -> None:
        self.take_in(to=self.address, text="word " * 8_000)
        assert len(incoming_of(self.sent)[0].text) == LONGEST_SHOWN
        assert "the original has all of it" in self.html()

    def test_nobody_whom_the_organisation_trusts_has_checked_it(self) -> None:
        self.take_in(to=self.address)
        assert "Nobody whom you trust has checked the sender." in self.html()

    def test_an_auditor_sees_it_and_decides_nothing(self) -> None:
        self.take_in(rich_mail(to=self.address, text="Your request has been completed."))
        self.client.force_login(self.auditor)
        html = self.client.get(reverse("request", args=["acme", self.sent.pk])).content.decode()
        assert "confirmation.pdf" in html
        assert "Keep as evidence" not in html
        assert "No, leave it" not in html

    def test_a_reply_in_the_thread_is_shown_too(self) -> None:
        self.take_in(headers=(f"In-Reply-To: {SENT_ID}",), text="From the thread.")
        assert "From the thread." in self.html()
