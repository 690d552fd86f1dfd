"""What came with a mail: downloads under harmless names, kept as evidence once."""

from typing import Any

from django.urls import reverse

from requests_app.models import Action, Event, Evidence, InboundMail
from tests.intake.formatted import FILE, rich_mail
from tests.intake.mails import IntakeTestCase

# What a header names, and what is left of it.
NAMES = {
    'filename="../../etc/passwd"': "passwd",
    r'filename="..\\..\\windows\\system.ini"': "system.ini",
    "filename*=utf-8''a%00b.pdf": "a\N{REPLACEMENT CHARACTER}b.pdf",
    "filename*=utf-8''inv%E2%80%8Boice.pdf": "invoice.pdf",
    "filename*=utf-8''invoice%E2%80%AEfdp.exe": "invoicefdp.exe",
    'filename=".htaccess"': "htaccess",
    'filename="..."': "file",
    "filename*=utf-8''%0D%0ASet-Cookie%3A%20x.pdf": "Set-Cookie: x.pdf",
    f'filename="{"x" * 296}.pdf"': "x" * 146 + ".pdf",
    'filename="<script>alert(1)</script>.pdf"': "script>.pdf",
    "filename*=utf-8''%2E%2E%2F%2E%2E%2Fx.pdf": "x.pdf",
    "x=y": "file",
}


class FilesTests(IntakeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def download(self, mail: InboundMail, number: int = 0) -> Any:
        part = mail.parsed["attachments"][number]["part"]
        return self.client.get(reverse("inbound_attachment", args=["acme", mail.pk, part]))

    def keep(self, mail: InboundMail, part: int | None = None) -> Any:
        part = mail.parsed["attachments"][0]["part"] if part is None else part
        return self.client.post(reverse("inbound_attachment_keep", args=["acme", mail.pk, part]), follow=True)

    def test_it_is_given_out_as_a_download_that_nothing_runs(self) -> None:
        response = self.download(self.take_in(rich_mail(to=self.address)))
        assert response.content == FILE
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith('attachment; filename="confirmation.pdf"')
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-store"
        assert "sandbox" in response["Content-Security-Policy"]

    def test_its_name_is_only_a_name(self) -> None:
        for number, (header, name) in enumerate(NAMES.items()):
            with self.subTest(header):
                mail = self.take_in(rich_mail(to=self.address, name=header, mail_id=f"<n{number}@slack.com>"))
                assert mail.parsed["attachments"][0]["name"] == name
                response = self.download(mail)
                disposition = response["Content-Disposition"]
                assert not set("\r\n\0/\\") & set(disposition.partition(";")[2])
                assert response.content == FILE
                self.keep(mail)
                assert str(Evidence.objects.latest("pk").file.name).startswith("evidence/")

    def test_a_mail_in_the_mail_and_a_winmail_file_are_files(self) -> None:
        inner = b"From: a@b.example\r\nSubject: Inner\r\n\r\nHello\r\n"
        raw = rich_mail(to=self.address, name='filename="winmail.dat"', content=b"\x78\x9f\x3e\x22")
        raw = raw.replace(
            b"\r\n--outer-of-these-tests--",
            b"\r\n--outer-of-these-tests\r\nContent-Type: message/rfc822\r\n\r\n"
            + inner
            + b"\r\n--outer-of-these-tests--",
        )
        mail = self.take_in(raw)
        assert [one["name"] for one in mail.parsed["attachments"]] == ["winmail.dat", "message.eml"]
        assert self.download(mail, 0).content == b"\x78\x9f\x3e\x22"
        assert b"Subject: Inner" in self.download(mail, 1).content

    def test_what_is_no_attachment_is_not_found(self) -> None:
        mail = self.take_in(rich_mail(to=self.address))
        for part in (0, 1, 99):
            assert self.client.get(reverse("inbound_attachment", args=["acme", mail.pk, part])).status_code == 404
            assert self.keep(mail, part).status_code == 404

    def test_kept_it_is_evidence_of_the_request_and_says_from_which_mail(self) -> None:
        mail = self.take_in(rich_mail(to=self.address))
        response = self.keep(mail)
        evidence = Evidence.objects.get()
        assert (evidence.request, evidence.name, evidence.media_type) == (
            self.sent,
            "confirmation.pdf",
            "application/pdf",
        )
        assert evidence.description == "Came with the mail “Re: Opt-out” from support@slack.com"
        with evidence.file.open("rb") as file:
            assert file.read() == FILE
        event = Event.objects.get(action=Action.EVIDENCE_ADDED)
        assert (event.detail["mail"], event.evidence) == (mail.pk, [evidence.sha256])
        assert "kept an attachment of a mail as evidence" in response.content.decode()
        assert "Keep as evidence" not in response.content.decode()

    def test_twice_it_is_kept_once(self) -> None:
        mail = self.take_in(rich_mail(to=self.address))
        self.keep(mail)
        assert "is evidence of this request already" in self.keep(mail).content.decode()
        assert Evidence.objects.count() == 1

    def test_of_a_mail_in_no_request_nothing_is_kept(self) -> None:
        mail = self.take_in(rich_mail(to="replies@example.org"))
        assert mail.request is None
        assert "File the mail in a request first" in self.keep(mail).content.decode()
        assert not Evidence.objects.exists()

    def test_the_frame_has_a_policy_of_its_own(self) -> None:
        mail = self.take_in(rich_mail(to=self.address, html="<p>It is <b>done</b><img src=https://x.example/></p>"))
        response = self.client.get(reverse("inbound_html", args=["acme", mail.pk]))
        assert "<p>It is <b>done</b></p>" in response.content.decode()
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "allow-scripts" not in policy
        assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("SAMEORIGIN", "nosniff")
        assert response["Cache-Control"] == "private, no-store"
        page = self.client.get(reverse("inbound_formatted", args=["acme", mail.pk]))
        assert page["X-Frame-Options"] == "DENY"
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()

    def test_a_mail_without_html_has_no_frame(self) -> None:
        mail = self.take_in(to=self.address)
        for name in ("inbound_html", "inbound_formatted"):
            assert self.client.get(reverse(name, args=["acme", mail.pk])).status_code == 404

    def test_html_that_is_too_much_is_not_shown_and_says_what_to_do(self) -> None:
        for html in ("<b>" * 20_001, "x" * 500_001):
            mail = self.take_in(rich_mail(to=self.address, html=html, mail_id=f"<{len(html)}@slack.com>"))
            response = self.client.get(reverse("inbound_html", args=["acme", mail.pk]))
            assert response.status_code == 422
            assert "download the original" in response.content.decode()
