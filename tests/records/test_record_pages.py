import io
from datetime import timedelta
from typing import Any

import pypdf
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_der_private_key, pkcs12
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from requests_app.models import Action, Event, Membership, RecordSigner
from requests_app.records.signer import SignerRefused, signing_of, take_pkcs12
from requests_app.records.verification import verify_record
from requests_app.records.verifying import verify_upload
from tests.accounts.signing_in import sign_in
from tests.records.records import RecordTestCase


class RecordPageTests(RecordTestCase):
    def post_record(self) -> Any:
        return self.client.post(reverse("record", args=["acme", self.found.pk]))

    def verify(self, content: bytes, **more: Any) -> Any:
        files = {"record": SimpleUploadedFile("record.pdf", content), **more}
        return self.client.post(reverse("verify_record", args=["acme"]), files)

    def test_an_auditor_takes_the_record_and_the_history_says_who(self) -> None:
        self.client.force_login(self.auditor)
        response = self.post_record()
        assert response["Content-Type"] == "application/pdf"
        assert f'filename="audit-record-{self.found.reference}.pdf"' in response["Content-Disposition"]
        assert verify_record(response.content).is_good
        event = Event.objects.filter(stream=self.found.stream, action=Action.RECORD_EXPORTED).get()
        assert event.actor == f"user:{self.auditor.pk}"

    def test_the_page_of_a_request_offers_it(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get(reverse("request", args=["acme", self.found.pk]))
        self.assertContains(page, "Download the record")

    def test_what_was_never_handed_over_has_a_record_so_far_and_no_number_of_the_database(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get(reverse("request", args=["acme", self.draft.pk]))
        self.assertContains(page, "Download the record so far")
        self.assertContains(page, f"<title>Draft · {self.draft.workspace.vendor.short_name} · ")
        response = self.client.post(reverse("record", args=["acme", self.draft.pk]))
        assert f"-{self.draft.pk}.pdf" not in response["Content-Disposition"]
        read = pypdf.PdfReader(io.BytesIO(response.content))
        assert read.metadata and read.metadata.title == (
            f"Audit record · {self.draft.procedure.vendor.name} · {self.draft.workspace.name}"
        )
        text = read.pages[0].extract_text()
        assert "Never handed over" in text
        assert "DRAFT-" not in text

    def test_the_page_says_what_it_found(self) -> None:
        self.client.force_login(self.auditor)
        pdf = self.sealed()
        unvouched = self.verify(pdf)
        self.assertContains(unvouched, "This is what was sealed")
        self.assertContains(unvouched, "By whom, nobody vouches for")
        pem = SimpleUploadedFile("cert.pem", self.signing().pem)
        trusted = self.verify(pdf, trusted=pem)
        self.assertContains(
            trusted, "Signature: valid, covers the whole file, made with the certificate that you trust"
        )
        self.assertNotContains(trusted, "nobody vouches for")
        self.assertContains(self.verify(pdf + b"x"), "appended")
        self.assertContains(self.verify(b"no record"), "This is no record as it was sealed")
        self.assertContains(self.verify(b"no record"), "The file is no PDF")
        self.assertContains(self.verify(b""), "The submitted file is empty", status_code=422)

    def test_a_file_that_kills_the_process_is_no_record_and_the_next_one_is_read(self) -> None:
        assert verify_upload(b"%PDF-1.7\n" + b"[" * 1_000_000).fault
        assert verify_upload(self.sealed()).is_good


class SignerTests(RecordTestCase):
    def olga(self) -> Membership:
        return self.membership(self.owner)

    def own(self, password: bytes = b"secret") -> bytes:
        """Return a PKCS#12 file as another organisation's certificate makes one."""
        signing = signing_of(self.other)
        key = load_der_private_key(signing.key, None)
        assert isinstance(key, EllipticCurvePrivateKey)
        certificate = x509.load_der_x509_certificate(signing.certificates[0])
        return pkcs12.serialize_key_and_certificates(
            b"own",
            key,
            certificate,
            None,
            BestAvailableEncryption(password),
        )

    def test_records_are_signed_with_the_uploaded_certificate(self) -> None:
        row = take_pkcs12(self.olga(), self.own(), "secret")
        assert row.is_own
        verdict = verify_record(self.sealed(), signing_of(self.other).pem)
        assert verdict.is_good, verdict.fault

    def test_the_key_is_encrypted_in_the_database(self) -> None:
        signing_of(self.acme)
        stored = RecordSigner.objects.extra(select={"stored": "key"}).get(organisation=self.acme)
        assert "PRIVATE" not in stored.stored
        assert "PRIVATE" in str(stored.key)

    def test_what_is_no_certificate_is_refused(self) -> None:
        for content, password, words in ((b"x", "", "no PKCS#12"), (self.own(), "wrong", "password is another one")):
            with self.assertRaisesMessage(SignerRefused, words):
                take_pkcs12(self.olga(), content, password)

    def test_an_owner_uploads_it_and_can_go_back(self) -> None:
        assert sign_in(self.client, self.owner.email).status_code == 302
        upload = SimpleUploadedFile("own.p12", self.own())
        address = reverse("record_settings", args=["acme"])
        response = self.client.post(address, {"pkcs12": upload, "password": "secret"})
        self.assertRedirects(response, address, fetch_redirect_response=False)
        assert RecordSigner.objects.get(organisation=self.acme).is_own
        self.assertContains(self.client.get(address), "Go back to Optout’s own certificate")
        events = Event.objects.filter(action=Action.SETTINGS_CHANGED).count()
        drop = reverse("record_signer_drop", args=["acme"])
        self.assertRedirects(self.client.post(drop), address, fetch_redirect_response=False)
        assert not RecordSigner.objects.get(organisation=self.acme).is_own
        assert Event.objects.filter(action=Action.SETTINGS_CHANGED).count() == events + 1
        page = self.client.post(drop, follow=True)
        self.assertContains(page, "signed with a certificate of Optout already")
        self.assertNotContains(page, "Go back to Optout’s own certificate")
        assert Event.objects.filter(action=Action.SETTINGS_CHANGED).count() == events + 1

    def test_a_certificate_that_has_expired_is_told(self) -> None:
        assert sign_in(self.client, self.owner.email).status_code == 302
        address, now = reverse("record_settings", args=["acme"]), timezone.now()
        for days, words in ((-1, "has expired"), (10, "expires within 30 days")):
            RecordSigner.objects.filter(organisation=self.acme).update(not_after=now + timedelta(days=days))
            self.assertContains(self.client.get(address), words)
        RecordSigner.objects.filter(organisation=self.acme).update(not_after=now + timedelta(days=40))
        self.assertNotContains(self.client.get(address), "expire")
