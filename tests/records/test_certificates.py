"""Certificates that an authority issued, and what somebody may do to the envelope that they stand in."""

import io
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from asn1crypto import cms, core, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command

from requests_app.models import Membership
from requests_app.records.embedding import MANIFEST
from requests_app.records.pack_signature import signer_of
from requests_app.records.pack_verification import verify_file
from requests_app.records.signer import take_pkcs12
from requests_app.records.verification import verify_record
from requests_app.records.verify import SIGNATURE, Wrong
from tests.records.certificates import PASSWORD, Issued, issued
from tests.records.envelopes import envelope_of, with_bytes, with_envelope
from tests.records.packs import PackTestCase, members

FOREIGN = cms.CertificateChoices(
    "certificate", x509.Certificate.load(issued("Somebody else").chain[0].public_bytes(Encoding.DER))
)


class IssuedTests(PackTestCase):
    def bring(self, *, is_rsa: bool = False) -> Issued:
        """Have Acme sign with a certificate that an authority issued."""
        found = issued(is_rsa=is_rsa)
        take_pkcs12(Membership.objects.get(organisation=self.acme, user=self.owner), found.p12, PASSWORD)
        return found

    def test_records_and_packs_verify_and_the_authority_can_be_trusted(self) -> None:
        for is_rsa in (False, True):
            brought = self.bring(is_rsa=is_rsa)
            record, pack = self.sealed(), self.pack()
            own = self.signing().fingerprint
            for trusted in (None, brought.authority):
                for verdict, at in ((verify_record(record, trusted), 0), (verify_file(io.BytesIO(pack), trusted), -2)):
                    assert verdict.is_good, verdict
                    how = "was issued under the one that you trust" if trusted else "which nobody vouches for"
                    assert (
                        f"{how}: SHA-256 {own}, which calls itself “Common Name: Acme GmbH, Privacy”"
                        in verdict.checks[at]
                    )
                    assert ("Example Root CA" in verdict.checks[at]) == bool(trusted)

    def test_another_authority_is_refused_in_a_sentence_and_nothing_else(self) -> None:
        self.bring()
        with self.assertNoLogs(level=logging.WARNING), tempfile.TemporaryDirectory() as folder:
            record, trust = Path(folder, "record.pdf"), Path(folder, "ca.pem")
            record.write_bytes(self.sealed())
            trust.write_bytes(issued().authority)
            with self.assertRaisesMessage(CommandError, "another certificate than the trusted one"):
                call_command("verify_record", str(record), trust=trust, stdout=io.StringIO())
            trust.write_bytes(b"no certificate")
            with self.assertRaisesMessage(CommandError, "give one in PEM or DER"):
                call_command("verify_record", str(record), trust=trust, stdout=io.StringIO())

    def test_the_command_writes_nothing_but_its_lines(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            record, trust = Path(folder, "record.pdf"), Path(folder, "ca.pem")
            record.write_bytes(self.sealed())
            trust.write_bytes(issued().authority)
            command = [sys.executable, "manage.py", "verify_record", str(record), "--trust", str(trust)]
            env = os.environ | {"DATA_DIR": folder}
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr

    def test_openssl_verifies_the_manifest_with_the_certificates_in_the_pack(self) -> None:
        self.bring()
        files = members(self.pack())
        with tempfile.TemporaryDirectory() as folder:
            for name in (MANIFEST, SIGNATURE, "signer.pem"):
                Path(folder, name).write_bytes(files[name])
            command = f"openssl cms -verify -binary -inform DER -in {SIGNATURE} -content {MANIFEST} -CAfile signer.pem"
            subprocess.run([*command.split(), "-purpose", "any", "-out", "/dev/null"], cwd=folder, check=True)


class EnvelopeTests(PackTestCase):
    """The sealed record of a certificate with others beside it."""

    def setUp(self) -> None:
        take_pkcs12(Membership.objects.get(organisation=self.acme, user=self.owner), issued().p12, PASSWORD)
        self.pdf = self.sealed()

    def test_no_certificate_can_be_put_in_or_taken_away(self) -> None:
        def more(signed: cms.SignedData) -> None:
            signed["certificates"].append(FOREIGN)

        def less(signed: cms.SignedData) -> None:
            found = list(signed["certificates"])
            own = signed["signer_infos"][0]["sid"].chosen["serial_number"].native
            signed["certificates"] = [one for one in found if one.chosen.serial_number == own]

        assert verify_record(with_envelope(self.pdf, lambda _signed: None)).is_good
        for change in (more, less):
            assert "signer.pem is not" in verify_record(with_envelope(self.pdf, change)).fault

    def test_nothing_else_can_be_put_into_the_envelope(self) -> None:
        def revoked(signed: cms.SignedData) -> None:
            signed["crls"] = [
                cms.RevocationInfoChoice("other", {"other_rev_info_format": "1.2.3", "other_rev_info": core.Null()})
            ]

        def remark(signed: cms.SignedData) -> None:
            signed["signer_infos"][0]["unsigned_attrs"] = [{"type": "1.2.3.4", "values": [core.UTF8String("hidden")]}]

        def empty(signed: cms.SignedData) -> None:
            signed["signer_infos"][0]["unsigned_attrs"] = []

        def later(signed: cms.SignedData) -> None:
            signed["version"] = "v3"

        for change in (revoked, remark, empty, later):
            with self.subTest(change.__name__):
                assert not verify_record(with_envelope(self.pdf, change)).is_good

    def test_no_byte_of_the_envelope_is_idle(self) -> None:
        octets = envelope_of(self.pdf)
        for place in (*range(60), *range(60, len(octets), 19), *range(len(octets) - 350, len(octets))):
            changed = octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]
            assert not verify_record(with_bytes(self.pdf, changed)).is_good, place

    def test_the_second_number_of_a_signature_is_as_valid_as_the_docs_say(self) -> None:
        def twin(signed: cms.SignedData) -> None:
            info = signed["signer_infos"][0]
            r, s = decode_dss_signature(info["signature"].native)
            info["signature"] = encode_dss_signature(r, ec.SECP256R1().group_order - s)

        changed = with_envelope(self.pdf, twin)
        assert changed != self.pdf
        assert verify_record(changed).is_good

    def test_the_same_holds_for_the_signature_of_a_manifest(self) -> None:
        files = members(self.pack())
        info = cms.ContentInfo.load(files[SIGNATURE])
        info["content"]["certificates"].append(FOREIGN)
        assert len(signer_of(files[MANIFEST], files[SIGNATURE]).certificates) == 3
        more = signer_of(files[MANIFEST], info.dump(force=True)).certificates
        assert len(more) == 4  # well written, so signer.pem has to say that it does not belong there
        info["content"]["signer_infos"][0]["unsigned_attrs"] = []
        with self.assertRaises(Wrong):
            signer_of(files[MANIFEST], info.dump(force=True))
