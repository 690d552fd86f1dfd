import base64
import hashlib
import hmac
import json
import time
from typing import Any
from unittest import mock
from urllib.parse import urlencode, urlsplit

from django.db import OperationalError

from optout.log import SHARED_PROCESSORS, RedactingFormatter, renderers
from requests_app.intake.bulk import file_stored
from requests_app.intake.filing import file_mail
from requests_app.intake.hooks import address_of, make_hook
from requests_app.intake.webhooks import MOST_POSTED
from requests_app.models import InboundMail, InboundState, MailProvider, Membership, Way
from tests.intake.mails import IntakeTestCase, mail

KEY = "key-of-these-tests"
TOKEN = "t" * 50
REPLY = mail(text="It is done.")


def signed(key: str = KEY, token: str = TOKEN, age: int = 0) -> dict[str, str]:
    """Return the fields with which Mailgun signs a call."""
    timestamp = str(int(time.time()) - age)
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signature}


def multipart(fields: dict[str, bytes]) -> tuple[str, bytes]:
    """Return the type and the body of a form as a program other than Django writes it."""
    parts = b"".join(
        b'--sep\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    )
    return "multipart/form-data; boundary=sep", parts + b"--sep--\r\n"


class HookTestCase(IntakeTestCase):
    def setUp(self) -> None:
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)


class MailgunTests(HookTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hook = make_hook(self.olga, MailProvider.MAILGUN, KEY)
        self.path = urlsplit(address_of(self.hook)).path

    def post(self, raw: bytes = REPLY, fields: dict[str, str] | None = None) -> Any:
        """Post a mail as Mailgun does: as multipart, signed."""
        kind, body = multipart({"body-mime": raw} | {n: v.encode() for n, v in (signed() | (fields or {})).items()})
        return self.client.generic("POST", self.path, body, content_type=kind)

    def test_the_address_ends_in_mime_so_that_the_raw_mail_comes(self) -> None:
        assert self.path.endswith("/mime")

    def test_a_signed_mail_is_stored_byte_for_byte_and_filed_later(self) -> None:
        raw = REPLY + b"\x00\xff\xe4 \r\n--sepia\r\n"
        assert self.post(raw).status_code == 200
        row = InboundMail.objects.get(way=Way.WEBHOOK)
        assert (bytes(row.raw), row.organisation, row.state) == (raw, self.acme, InboundState.STORED)
        assert not row.is_rebuilt
        file_stored()
        row.refresh_from_db()
        assert row.state != InboundState.STORED

    def test_whom_it_was_taken_for_finds_the_request_though_no_header_names_it(self) -> None:
        raw = mail(to="somebody@example.com", mail_id="<bcc@slack.com>")
        assert self.post(raw, {"recipient": self.address}).status_code == 200
        file_stored()
        row = InboundMail.objects.get(way=Way.WEBHOOK)
        assert (bytes(row.raw), row.envelope_recipients) == (raw, [self.address])
        assert (row.request, row.state, row.reason) == (self.sent, InboundState.MATCHED, "address")

    def test_a_form_that_is_encoded_like_an_address_is_the_same(self) -> None:
        body = urlencode({**signed(), "body-mime": REPLY + b"\xff"})
        kind = "application/x-www-form-urlencoded"
        assert self.client.generic("POST", self.path, body, content_type=kind).status_code == 200
        assert bytes(InboundMail.objects.get(way=Way.WEBHOOK).raw) == REPLY + b"\xff"

    def test_a_mail_far_beyond_djangos_own_cap_is_taken(self) -> None:
        assert self.post(REPLY + b"x" * 20_000_000).status_code == 200

    def test_the_same_call_twice_is_one_mail(self) -> None:
        fields = signed()
        assert [self.post(fields=fields).status_code for _ in range(2)] == [200, 200]
        assert InboundMail.objects.filter(way=Way.WEBHOOK).count() == 1

    def test_the_same_mail_signed_again_is_a_duplicate(self) -> None:
        self.post()
        self.post(fields=signed(token="u" * 50))
        file_stored()
        states = InboundMail.objects.filter(way=Way.WEBHOOK).order_by("pk").values_list("state", flat=True)
        assert states[0] != InboundState.DUPLICATE
        assert states[1] == InboundState.DUPLICATE

    def test_a_signature_is_good_for_one_mail(self) -> None:
        fields = signed()
        self.post(fields=fields)
        assert self.post(REPLY + b"more", fields).status_code == 403
        assert InboundMail.objects.filter(way=Way.WEBHOOK).count() == 1

    def test_a_wrong_signature_is_refused(self) -> None:
        for fields in (signed("another key"), {"signature": ""}, {"token": "ü"}, signed() | {"timestamp": "soon"}):
            assert self.post(fields=fields).status_code == 403
        assert not InboundMail.objects.filter(way=Way.WEBHOOK).exists()
        self.hook.refresh_from_db()
        assert "signature is not right" in self.hook.last_refusal

    def test_a_stale_signature_is_refused_and_one_of_a_late_attempt_is_not(self) -> None:
        assert self.post(fields=signed(age=13 * 3600)).status_code == 403
        assert self.post(fields=signed(age=-3600)).status_code == 403
        assert self.post(fields=signed(age=8 * 3600)).status_code == 200

    def test_what_is_no_form_is_refused(self) -> None:
        for kind, body in (
            ("application/json", b"{}"),
            ("text/plain", b"x"),
            ("multipart/form-data", b"--sep--"),
            ("multipart/form-data; boundary=sep", b"--sep\r\n\r\n"),
            ("multipart/form-data; boundary=sep", b"--sep\r\nno headers--sep--"),
            ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(1000))),
        ):
            with self.subTest(kind):
                assert self.client.generic("POST", self.path, body, content_type=kind).status_code == 400

    def test_a_call_without_the_raw_mail_is_refused_and_the_owner_told_why(self) -> None:
        kind, body = multipart({name: value.encode() for name, value in signed().items()} | {"body-plain": b"Hi"})
        assert self.client.generic("POST", self.path, body, content_type=kind).status_code == 422
        self.hook.refresh_from_db()
        assert "no raw MIME" in self.hook.last_refusal

    def test_what_is_too_large_is_refused_before_it_is_read(self) -> None:
        assert self.post(b"x" * (25 * 1024 * 1024 + 1)).status_code == 413
        kind, body = multipart({})
        huge = self.client.generic("POST", self.path, body, content_type=kind, CONTENT_LENGTH=str(MOST_POSTED + 1))
        assert huge.status_code == 413

    def test_another_secret_provider_or_method_finds_nothing(self) -> None:
        wrong = self.path.replace(str(self.hook.secret), "x" * 43)
        assert self.client.post(wrong).status_code == 404
        assert self.client.post(self.path.replace("mailgun", "postmark")).status_code == 404
        assert self.client.get(self.path).status_code == 405

    def test_while_the_database_is_down_the_provider_is_told_to_try_again(self) -> None:
        with mock.patch("requests_app.intake.webhooks.store_mail", side_effect=OperationalError("down")):
            assert self.post().status_code == 503
        assert self.post().status_code == 200

    def test_no_secret_is_in_the_log(self) -> None:
        formatter = RedactingFormatter(secrets=(), foreign_pre_chain=SHARED_PROCESSORS, processors=renderers("json"))
        with self.assertLogs(level="INFO") as logged:
            self.post(fields={"signature": "wrong"})
            with mock.patch("requests_app.intake.webhooks.store_mail", side_effect=OperationalError("down")):
                self.post()
        lines = [formatter.format(record) for record in logged.records]
        assert any("/hooks/mail/mailgun/[redacted]" in line for line in lines), lines
        for line in lines:
            assert KEY not in line
            assert self.hook.secret not in line


class PostmarkTests(HookTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hook = make_hook(self.olga, MailProvider.POSTMARK)
        address = urlsplit(address_of(self.hook))
        self.path, self.user = address.path, f"{address.username}:{address.password}"

    def post(self, event: Any, user: str | None = None) -> Any:
        """Post an event as Postmark does: as JSON, with user and password."""
        given = base64.b64encode((self.user if user is None else user).encode()).decode()
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        kind = "application/json"
        return self.client.generic("POST", self.path, body, kind, headers={"Authorization": f"Basic {given}"})

    def test_the_raw_mail_is_stored(self) -> None:
        assert self.post({"RawEmail": REPLY.decode(), "MessageID": "1"}).status_code == 200
        row = InboundMail.objects.get(way=Way.WEBHOOK)
        assert (bytes(row.raw), row.is_rebuilt) == (REPLY, False)

    def test_the_same_mail_twice_is_one(self) -> None:
        for _ in range(2):
            assert self.post({"RawEmail": REPLY.decode()}).status_code == 200
        assert InboundMail.objects.filter(way=Way.WEBHOOK).count() == 1

    def test_whom_it_was_taken_for_finds_the_request(self) -> None:
        raw = mail(to="somebody@example.com", mail_id="<bcc@slack.com>").decode()
        assert self.post({"RawEmail": raw, "OriginalRecipient": self.address}).status_code == 200
        file_mail(InboundMail.objects.get(way=Way.WEBHOOK))
        row = InboundMail.objects.get(way=Way.WEBHOOK)
        assert (row.request, row.envelope_recipients) == (self.sent, [self.address])

    def test_without_the_raw_mail_it_is_put_together_again_and_says_so(self) -> None:
        attached = {"ContentType": "message/rfc822", "Name": "bomb.eml", "Content": base64.b64encode(b"x").decode()}
        event = {
            "FromFull": {"Email": "support@slack.com", "Name": "Support"},
            "ToFull": [{"Email": "replies@example.org", "Name": ""}],
            "Subject": "Re: Opt-out",
            "Date": "Tue, 24 Nov 2026 10:00:00 +0000",
            "Headers": [{"Name": "Message-ID", "Value": "<1@slack.com>"}],
            "TextBody": "It is done.",
            "Attachments": [attached],
        }
        assert self.post(event).status_code == 200
        row = InboundMail.objects.get(way=Way.WEBHOOK)
        assert row.is_rebuilt
        file_stored()
        row.refresh_from_db()
        assert (row.parsed["subject"], row.mail_id) == ("Re: Opt-out", "<1@slack.com>")
        assert "It is done." in row.parsed["text"]
        assert [one["name"] for one in row.parsed["attachments"]] == ["bomb.eml"]

    def test_a_wrong_password_is_refused_so_that_postmark_tries_again(self) -> None:
        for user in ("optout:wrong", "", "ü:ü", "optout"):
            assert self.post({"RawEmail": REPLY.decode()}, user).status_code == 401
        assert self.client.post(self.path, {}, content_type="application/json").status_code == 401
        assert not InboundMail.objects.filter(way=Way.WEBHOOK).exists()

    def test_what_is_no_mail_is_refused(self) -> None:
        for event, status in (
            (b"not JSON", 400),
            (b"[" * 100_000, 400),
            (b"\xff", 400),
            ([], 422),
            ({"RecordType": "Bounce"}, 422),
            ({"Headers": 1}, 422),
            ({"Attachments": [1]}, 422),
            ({"RawEmail": ""}, 422),
            ({"Headers": [{"Name": "A\nB", "Value": "x\ny"}]}, 422),
        ):
            with self.subTest(str(event)[:40]):
                assert self.post(event).status_code == status
        assert not InboundMail.objects.filter(way=Way.WEBHOOK).exists()

    def test_a_lone_surrogate_stops_nothing(self) -> None:
        assert self.post(json.dumps({"RawEmail": REPLY.decode() + "\ud800"}).encode()).status_code == 200
