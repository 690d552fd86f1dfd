"""Secrets that were put everywhere a secret can stand, and are looked for in everything that comes out."""

import io
import json
import logging
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from unittest import mock

import pypdf
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse

from optout.log import logging_config
from requests_app.models import Event, EventPersonalValue, ExportFormat, Membership, OutgoingMail, RecordSigner, Tls
from requests_app.records.exports import run_export, start_export
from requests_app.records.signer import SignerRefused, take_pkcs12
from tests.accounts.signing_in import PASSWORD, sign_in
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import AUTHORITY, smtp_server
from tests.records.certificates import PASSWORD as CERTIFICATE_PASSWORD
from tests.records.certificates import issued

PASSWORDS = {"smtp_password": "canary-smtp-71c3", "imap_password": "canary-imap-9d20"}
LINK = "canary-link-44e8"
TOKEN = "canary-metrics-5b1f"
ADDRESSES = (
    f"/hooks/mail/mailgun/{LINK}/mime",
    f"/calendar/{LINK}.ics",
    f"/unsubscribe/{LINK}/",
    f"/invitations/{LINK}/",
    f"/setup/{LINK}/",
    f"/accounts/password/reset/key/1-{LINK}/",
)
TRUST = mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(AUTHORITY.file)})
Formatter = Callable[..., logging.Formatter]


@override_settings(METRICS_TOKEN=TOKEN, ACCOUNT_RATE_LIMITS=False)
class CanaryTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=folder, DATA_DIR=folder))
        for name, value in PASSWORDS.items():
            setattr(self.mail, name, value)
        self.mail.smtp_user, self.mail.imap_host, self.mail.imap_port = "acme", "127.0.0.1", 9
        self.mail.save()
        self.log = io.StringIO()
        self.listen()

    def listen(self) -> None:
        """Write everything that is logged, of whatever level, in the format of production."""
        more = dict(logging_config("json", {settings.SECRET_KEY, *settings.FIELD_KEYS, TOKEN})["formatters"]["line"])
        handler = logging.StreamHandler(self.log)
        handler.setFormatter(cast(Formatter, more.pop("()"))(**more))
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.setLevel, level)
        self.addCleanup(root.removeHandler, handler)

    def assert_no_secret(self, text: str, besides: str = "") -> None:
        for secret in {
            *PASSWORDS.values(),
            CERTIFICATE_PASSWORD,
            LINK,
            TOKEN,
            settings.SECRET_KEY,
            settings.SIGNING_KEY,
            *settings.FIELD_KEYS,
        }:
            assert secret == besides or secret not in text, f"{secret[:12]} is in: {text[:2000]}"

    def test_a_password_that_the_server_refuses_is_told_to_nobody(self) -> None:
        # What the server of this test logs of the conversation is its own affair.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("mail.log").setLevel, logging.NOTSET)
        mail = self.queue()
        with TRUST, smtp_server(tls="starttls", auth=True) as (port, _mailbox):
            self.use(smtp_port=port, smtp_tls=Tls.STARTTLS)
            self.deliver()
        mail.refresh_from_db()
        assert "535" in mail.reply
        self.use(smtp_port=9, sending_paused_at=None)
        self.deliver()
        with pytest.raises(SystemExit):  # nobody listens on that port
            call_command("poll_mailboxes", stdout=self.log, stderr=self.log)
        self.assert_no_secret(self.log.getvalue())
        self.assert_no_secret(json.dumps(list(OutgoingMail.objects.values()), default=str))
        self.assert_no_secret(json.dumps(list(Event.objects.values()), default=str))
        self.assert_no_secret(json.dumps(list(EventPersonalValue.objects.values()), default=str))
        self.owner.set_password(PASSWORD)
        self.owner.save()
        assert sign_in(self.client, self.owner.email).status_code == 302
        for path in ("settings/mail/", "settings/system/", f"requests/{mail.request_id}/"):
            response = self.client.get(f"/o/acme/{path}")
            assert response.status_code == 200, path
            self.assert_no_secret(response.content.decode())

    def test_an_address_that_is_a_secret_is_not_logged_where_it_is_refused_or_breaks(self) -> None:
        for address in ADDRESSES:
            for method in (self.client.get, self.client.post):
                method(address)
        # An error page, with the traceback in the log.
        self.client.raise_request_exception = False
        for name in ("views_setup.find_link", "views_invitation.find_invitation"):
            with mock.patch(f"requests_app.people.{name}", side_effect=ValueError("it broke"), create=True):
                for address in ADDRESSES:
                    self.assert_no_secret(self.client.get(address).content.decode(), besides=LINK)
        written = self.log.getvalue()
        assert "[redacted]" in written
        self.assert_no_secret(written)

    def test_what_tells_how_things_are_tells_no_secret(self) -> None:
        self.queue()
        out = io.StringIO()
        with pytest.raises(CommandError) as told:  # there is no worker here
            call_command("doctor", stdout=out, stderr=out)
        self.assert_no_secret(str(told.value))
        metrics = self.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert metrics.status_code == 200
        self.assert_no_secret(metrics.content.decode())
        self.assert_no_secret(out.getvalue() + self.log.getvalue())

    def test_no_export_holds_one(self) -> None:
        self.queue()
        membership = Membership.objects.get(organisation=self.acme, user=self.owner)
        with pytest.raises(SignerRefused) as told:
            take_pkcs12(membership, issued().p12, f"{CERTIFICATE_PASSWORD} mistyped")
        self.assert_no_secret(str(told.value))
        take_pkcs12(membership, issued().p12, CERTIFICATE_PASSWORD)
        for wanted in ExportFormat:
            export = start_export(membership, wanted, "")
            assert run_export(export.pk), export.log
            export.refresh_from_db()
            for text in texts_in((Path(settings.MEDIA_ROOT) / export.path).read_bytes()):
                self.assert_no_secret(text)
            self.assert_no_secret(export.log)
        key = RecordSigner.objects.get(organisation=self.acme)
        self.assert_no_secret(json.dumps([*Event.objects.values(), *RecordSigner.objects.values()], default=str))
        self.assert_no_secret(json.dumps(list(EventPersonalValue.objects.values()), default=str))
        assert str(key.key).split("\n")[1] not in self.log.getvalue()
        self.assert_no_secret(self.log.getvalue())

    def test_the_page_that_takes_the_certificate_keeps_its_password_to_itself(self) -> None:
        self.owner.set_password(PASSWORD)
        self.owner.save()
        sign_in(self.client, self.owner.email)
        for password in (f"{CERTIFICATE_PASSWORD} mistyped", CERTIFICATE_PASSWORD):
            given = {"pkcs12": SimpleUploadedFile("own.p12", issued().p12), "password": password}
            answer = self.client.post(reverse("record_settings", args=["acme"]), given, follow=True)
            self.assert_no_secret(answer.content.decode())
        assert RecordSigner.objects.get(organisation=self.acme).is_own
        self.assert_no_secret(self.log.getvalue())


def texts_in(content: bytes) -> Iterator[str]:
    """Yield what a file says: of a ZIP each file in it, of a PDF its pages and the files in it."""
    yield content.decode("latin-1")
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as found:
            for name in found.namelist():
                yield from texts_in(found.read(name))
    elif content.startswith(b"%PDF"):
        pdf = pypdf.PdfReader(io.BytesIO(content))
        yield from (page.extract_text() for page in pdf.pages)
        for files in pdf.attachments.values():
            for file in files:
                yield from texts_in(file)
