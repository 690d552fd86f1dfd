import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pikepdf
import pypdf
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase

from requests_app.delivery.evidence import add_evidence
from requests_app.drafting.rendering.child import RenderRefused
from requests_app.drafting.rendering.client import render_pdf, shrink_picture
from requests_app.models import Action, Event, Organisation, RecordSigner, Source
from requests_app.records import verify
from requests_app.records.pack_verification import verify_file
from requests_app.records.record_files import RecordBroken
from requests_app.records.sealing import embedded_of, seal, sealed_record, unsigned
from requests_app.records.signing_key import public_key, sign
from requests_app.records.verification import MOST_BYTES, verify_record
from requests_app.records.verifying import verify_upload
from tests.records.envelopes import container_of
from tests.records.records import RecordTestCase, picture

POSITIONS = 320


class SealedRecordTests(RecordTestCase):
    def test_a_record_with_much_evidence_verifies(self) -> None:
        olga = self.owner.memberships.select_related("organisation", "user").get()
        for number in range(3):
            upload = SimpleUploadedFile(f"{number}.txt", base64.encodebytes(os.urandom(18 * 1024 * 1024)))
            add_evidence(olga, self.submitted, upload, "The policy")
        pdf = self.sealed()
        assert len(pdf) > MOST_BYTES
        verdict = verify_file(io.BytesIO(pdf))
        assert verdict.is_good, verdict.fault

    def test_the_same_record_gives_the_same_bytes_before_it_is_signed(self) -> None:
        assert unsigned(self.record(), self.signing()) == unsigned(self.record(), self.signing())

    def test_a_sealed_record_verifies_and_says_whom_it_believed(self) -> None:
        pdf = self.sealed()
        verdict = verify_record(pdf)
        assert verdict.is_good, verdict.fault
        assert "which nobody vouches for" in verdict.checks[0]
        assert "its time is self-asserted" in verdict.checks[0]
        trusted = verify_record(pdf, self.signing().pem)
        assert trusted.is_good
        assert "the certificate that you trust" in trusted.checks[0]

    def test_the_name_in_a_certificate_writes_no_line_and_comes_after_its_hash(self) -> None:
        ours = self.signing().fingerprint
        Organisation.objects.filter(pk=self.acme.pk).update(name=f"Acme\nok     x\x1b[2K\u202e {ours[:20]}")
        RecordSigner.objects.all().delete()
        self.acme.refresh_from_db()
        forger = self.signing()
        verdict = verify_record(seal(unsigned(self.record(), forger), forger, "test"))
        assert verdict.is_good, verdict.fault
        assert verdict.checks[0].isprintable()
        assert f"vouches for: SHA-256 {forger.fingerprint}, which calls itself “" in verdict.checks[0]

    def test_it_still_verifies_when_the_certificate_has_expired(self) -> None:
        pdf = self.sealed()
        with time_machine.travel("2060-01-01"):
            verdict = verify_record(pdf, self.signing().pem)
        assert verdict.is_good, verdict.fault

    def test_it_refuses_a_certificate_that_did_not_sign_it(self) -> None:
        pdf = self.sealed()
        RecordSigner.objects.all().delete()
        assert "another certificate" in verify_record(pdf, self.signing().pem).fault

    def test_the_originals_come_out_as_they_were(self) -> None:
        record, signing = self.record(), self.signing()
        wanted = {file.name: file.content for file in embedded_of(record, signing)}
        read = pypdf.PdfReader(io.BytesIO(self.sealed())).attachments
        assert {name: contents[0] for name, contents in read.items()} == wanted
        assert {file.content for file in record.files} >= {bytes(row.raw) for row in self.found.messages.all()}
        assert {row["sha256"] for row in record.document["evidence"]} == set(
            self.found.evidence.values_list("sha256", flat=True)
        )

    def test_each_file_has_a_relationship_and_stands_once_in_the_list(self) -> None:
        with pikepdf.Pdf.open(io.BytesIO(self.sealed())) as pdf:
            found = [(str(one.UF), str(one.AFRelationship)) for one in pdf.Root.AF]
            assert b'pdfaid:part="3"' in pdf.Root.Metadata.read_bytes()
            assert b'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes()
            assert bool(pdf.Root.MarkInfo.Marked)
        assert found == sorted(set(found))
        assert dict(found)["record.json"] == "/Data"
        assert dict(found)["message-002-request.eml"] == "/Source"

    def test_changing_any_byte_of_a_page_or_a_file_makes_it_fail(self) -> None:
        pdf = self.sealed()
        start, end = container_of(pdf)
        positions = [place for place in range(0, len(pdf), len(pdf) // POSITIONS) if not start <= place < end]
        assert len(positions) >= 300
        for position in positions:
            changed = bytearray(pdf)
            changed[position] ^= 1
            assert not verify_record(bytes(changed)).is_good, position

    def test_whatever_is_broken_in_it_is_told_in_a_sentence(self) -> None:
        pdf = self.sealed()
        places = [found.start(1) for found in re.finditer(rb"/[A-Z]\w+ ?(/)[A-Z]", pdf)]
        assert len(places) >= 100
        for place in places:
            # A name becomes what looks like a number and is none.
            verdict = verify_record(pdf[:place] + b"." + pdf[place + 1 :])
            assert verdict.fault.endswith("."), (place, verdict.fault)

    def test_nothing_can_be_hidden_where_the_signature_stands(self) -> None:
        pdf = self.sealed()
        start, end = container_of(pdf)
        for position in range(end - 1000, end - 1, 7):
            changed = bytearray(pdf)
            changed[position] ^= 1
            assert not verify_record(bytes(changed)).is_good, position
        lower = pdf[:start] + pdf[start:end].lower() + pdf[end:]
        assert not verify_record(lower).is_good

    def test_it_refuses_what_was_appended(self) -> None:
        assert "appended" in verify_record(self.sealed() + b"\n").fault
        out = io.BytesIO()
        writer = pypdf.PdfWriter(io.BytesIO(self.sealed()), incremental=True)
        writer.add_metadata({"/Title": "Another"})
        writer.write(out)
        assert "appended" in verify_record(out.getvalue()).fault

    def test_the_export_is_written_down_with_its_hash(self) -> None:
        pdf = sealed_record(self.found, actor="command", source=Source.COMMAND, language="en")
        event = Event.objects.filter(stream=self.found.stream, action=Action.RECORD_EXPORTED).get()
        assert event.evidence == [hashlib.sha256(pdf).hexdigest()]

    def test_evidence_that_is_not_what_was_kept_makes_no_record(self) -> None:
        path = Path(self.found.evidence.get(name="Screen of the settings.png").file.path)
        self.addCleanup(path.write_bytes, path.read_bytes())
        path.write_bytes(b"another")
        with self.assertRaisesMessage(RecordBroken, "is not what was kept"):
            sealed_record(self.found, actor="command", source=Source.COMMAND, language="en")
        assert not Event.objects.filter(stream=self.found.stream, action=Action.RECORD_EXPORTED).exists()

    def test_the_commands_write_and_verify_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "record.pdf")
            quiet = {"stdout": io.StringIO(), "stderr": io.StringIO()}
            call_command("export_record", self.found.reference, out=out, **quiet)
            call_command("verify_record", str(out), **quiet)
            assert quiet["stdout"].getvalue().count("ok ") == 8
            out.write_bytes(out.read_bytes() + b" ")
            with self.assertRaisesMessage(CommandError, "appended"):
                call_command("verify_record", str(out), **quiet)


class ThirdPartyTests(RecordTestCase):
    """What somebody does who trusts no part of Optout."""

    def test_the_record_verifies_without_optout(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            pdf, files = Path(folder, "record.pdf"), Path(folder, "files")
            pdf.write_bytes(self.sealed())
            files.mkdir()
            said = run(folder, "pdfsig", "record.pdf")
            assert "Signature is Valid" in said
            assert "Total document signed" in said
            run(folder, "qpdf", "--check", "record.pdf")
            run(str(files), "pdfdetach", "-saveall", "../record.pdf")
            assert "FAILED" not in run(str(files), "sha256sum", "-c", "SHA256SUMS")
            assert run(str(files), sys.executable, "-I", "-S", "verify.py", ".").count("ok ") == 6
            record = json.loads((files / "record.json").read_text())
            record["events"][0]["document"]["actor"] = "user:1000"
            (files / "record.json").write_text(json.dumps(record))
            changed = subprocess.run(
                [sys.executable, "-I", "-S", "verify.py", "."], cwd=files, capture_output=True, text=True, check=False
            )
            assert changed.returncode == 1
            assert "record.json was changed" in changed.stdout


class ParsingTests(SimpleTestCase):
    def test_what_is_no_record_is_refused_with_a_reason(self) -> None:
        for content in (b"", b"%PDF-1.7\n", b"PK\x03\x04", render_pdf("<title>x</title><p>x</p>")):
            assert verify_record(content).fault

    def test_a_pdf_that_is_too_large_is_not_opened(self) -> None:
        assert "50 MB" in verify_upload(b"%PDF-1.7" + bytes(51 * 1024 * 1024)).fault
        with patch("requests_app.records.verification.LARGEST_RECORD", 100):
            assert "512 MB" in verify_record(b"%PDF-1.7" + bytes(100)).fault

    def test_the_packaged_ed25519_agrees_with_the_library(self) -> None:
        signature, key = bytes.fromhex(sign(b"content")), bytes.fromhex(public_key())
        assert verify.is_signed(b"content", signature, key)
        assert not verify.is_signed(b"Content", signature, key)
        assert not verify.is_signed(b"content", signature[:-1] + bytes([signature[-1] ^ 1]), key)

    def test_the_packaged_ed25519_passes_a_vector_of_rfc_8032(self) -> None:
        key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        signature = bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        assert verify.is_signed(b"\x72", signature, key)


class PictureTests(SimpleTestCase):
    def test_pictures_become_small_pngs(self) -> None:
        for kind in ("PNG", "JPEG"):
            small = shrink_picture(picture(kind, (3000, 20)))
            assert small.startswith(b"\x89PNG")
            assert int.from_bytes(small[16:20], "big") == 1400

    def test_what_is_no_picture_is_refused_and_the_process_goes_on(self) -> None:
        for content in (b"", b"\x89PNG\r\n\x1a\nnot really", b"GIF89a" + bytes(100)):
            with self.assertRaises(RenderRefused):
                shrink_picture(content)
        assert shrink_picture(picture())

    def test_a_document_reads_only_the_pictures_that_it_was_given(self) -> None:
        html = '<html lang="en"><title>x</title><img src="picture:{}" alt="x">'
        small = shrink_picture(picture())
        assert render_pdf(html.format("one"), (), {"one": small})
        for name in ("two", "one"):
            with self.assertRaises(RenderRefused):
                render_pdf(html.format(name), (), {"other": small})


def run(folder: str, *command: str) -> str:
    """Return what the program says. Fails where it is not there or ends with an error."""
    assert shutil.which(command[0]) or Path(command[0]).exists(), command[0]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
