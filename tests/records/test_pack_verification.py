import io
import json
import struct
import zipfile
from unittest.mock import patch

import rfc8785
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase
from django.urls import reverse

from requests_app.models import RecordSigner
from requests_app.records import pack_zip
from requests_app.records.embedding import MANIFEST
from requests_app.records.pack_signature import sign_manifest, signer_of
from requests_app.records.pack_verification import verify_file
from requests_app.records.pack_zip import ZipIn, ZipOut
from requests_app.records.signer import signing_of
from requests_app.records.verify import SIGNATURE, Wrong
from requests_app.records.verifying import verify_upload
from tests.records.packs import PackTestCase, members
from tests.records.records import NOW

A_MEMBER = 14  # bytes that are tried in each file of a pack


def repacked(files: dict[str, bytes]) -> bytes:
    """Return the files in a ZIP of the form that packs have."""
    out = io.BytesIO()
    written = ZipOut(out, NOW)
    for name, content in files.items():
        written.add(name, [content])
    written.finish()
    return out.getvalue()


def zipped(*names: str, method: int = zipfile.ZIP_STORED, content: bytes = b"x") -> bytes:
    """Return a ZIP as other programs write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as found:
        for name in names:
            found.writestr(name, content)
    return out.getvalue()


class ZipTests(SimpleTestCase):
    def refused(self, content: bytes, words: str) -> None:
        verdict = verify_file(io.BytesIO(content))
        assert words in verdict.fault, verdict

    def test_other_readers_read_what_it_writes_also_with_numbers_of_64_bits(self) -> None:
        files = {f"folder/{number}.txt": b"hello" * number for number in range(5)}
        for far, many in ((pack_zip.FAR, pack_zip.MOST_ENTRIES), (30, 2)):
            with patch.multiple(pack_zip, FAR=far, MOST_ENTRIES=many):
                made = repacked(files)
                assert set(ZipIn(io.BytesIO(made)).entries) == set(files)
            assert members(made) == files

    def test_no_byte_of_it_can_change(self) -> None:
        made = repacked({"a.txt": b"hello", "b/c.txt": b"world"})
        for place in range(len(made)):
            changed = bytearray(made)
            changed[place] ^= 1
            with self.assertRaises(Wrong):
                found = ZipIn(io.BytesIO(changed))
                for name in found.entries:
                    list(found.chunks(name))

    def test_what_no_pack_is_gets_a_sentence(self) -> None:
        made = repacked({"a.txt": b"hello"})
        bomb = zipped("a", method=zipfile.ZIP_DEFLATED, content=bytes(10_000_000))
        encrypted = made[:6] + b"\x01\x00" + made[8:]
        huge = made[:18] + struct.pack("<2L", 2**31, 2**31) + made[26:]
        for content, words in (
            (b"", "no PDF and no ZIP"),
            (b"GIF89a", "no PDF and no ZIP"),
            (b"x" + made, "something stands before"),
            (made + b"x", "appended"),
            (made[:-1], "cut off"),
            (made[:20], "cut off"),
            (made[:33], "cut off"),
            (bomb, "packed anew"),
            (encrypted, "encrypted"),
            (huge, "cut off, or says"),
            (zipped("../evil"), "a name that no pack has"),
            (zipped("/etc/passwd"), "a name that no pack has"),
            (zipped("a\\b"), "a name that no pack has"),
        ):
            with self.subTest(words):
                self.refused(content, words)

    def test_one_that_becomes_shorter_while_it_is_read_ends_the_reading(self) -> None:
        file = io.BytesIO(repacked({"a.txt": b"hello"}))
        found = ZipIn(file)
        file.truncate(found.entries["a.txt"].start + 2)
        with self.assertRaisesMessage(Wrong, "shorter"):
            list(found.chunks("a.txt"))

    def test_two_files_of_one_name_are_neither_written_nor_read(self) -> None:
        file = io.BytesIO()
        out = ZipOut(file, NOW)
        out.add("a", [b"1"])
        out.add("a", [b"2"])
        with self.assertRaises(ValueError):
            out.finish()
        self.refused(file.getvalue(), "two files called a")

    def test_a_name_that_is_not_safe_is_not_written(self) -> None:
        for name in ("../a", "/a", "a//b", ".a", "a/../b", "a\n", "", "ä", "a" * 300):
            with self.assertRaises(ValueError):
                ZipOut(io.BytesIO(), NOW).add(name, [b""])


class VerdictTests(PackTestCase):
    def fault(self, pack: bytes, trusted: bytes | None = None) -> str:
        return verify_file(io.BytesIO(pack), trusted).fault

    def test_a_pack_verifies_and_says_whom_it_believed(self) -> None:
        pack = self.pack()
        verdict = verify_file(io.BytesIO(pack))
        assert verdict.is_good, verdict.fault
        assert len(verdict.checks) == 8
        assert "Records: 2 sealed by the same signer" in verdict.checks[-1]
        trusted = verify_file(io.BytesIO(pack), self.signing().pem)
        assert "the certificate that you trust" in trusted.checks[-2]
        assert "another certificate" in self.fault(pack, signing_of(self.other).pem)

    def test_changing_any_byte_of_any_file_makes_it_fail(self) -> None:
        pack = self.pack()
        for name, entry in ZipIn(io.BytesIO(pack)).entries.items():
            for place in range(0, entry.size, max(1, entry.size // A_MEMBER)):
                changed = bytearray(pack)
                changed[entry.start + place] ^= 1
                assert self.fault(bytes(changed)), (name, place)

    def test_changing_a_file_with_its_checksums_in_the_zip_makes_it_fail_too(self) -> None:
        files = members(self.pack())
        for name, content in files.items():
            for place in range(0, len(content), max(1, len(content) // A_MEMBER)):
                changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
                assert self.fault(repacked(files | {name: changed})), (name, place)

    def test_what_is_missing_or_additional_is_named(self) -> None:
        files = members(self.pack())
        for name in files:
            left = {key: content for key, content in files.items() if key != name}
            assert name in self.fault(repacked(left))
        assert "more.txt is not in the manifest" in self.fault(repacked(files | {"more.txt": b"x"}))

    def test_a_manifest_made_anew_by_somebody_else_is_found_out(self) -> None:
        files = members(self.pack())
        forged = files[MANIFEST]
        signature = sign_manifest(forged, signing_of(self.other), NOW)
        assert "signer.pem is not" in self.fault(repacked(files | {SIGNATURE: signature}))

    def test_a_record_that_was_taken_away_with_its_line_is_found_out(self) -> None:
        files = members(self.pack())
        manifest = json.loads(files[MANIFEST])
        reference = manifest["requests"].pop()
        gone = {name for name in files if reference in name}
        manifest["files"] = [row for row in manifest["files"] if row["name"] not in gone]
        content = rfc8785.dumps(manifest)
        left = {name: files[name] for name in files if name not in gone}
        left |= {MANIFEST: content, SIGNATURE: sign_manifest(content, self.signing(), NOW)}
        assert "index.pdf: it holds another manifest" in self.fault(repacked(left))

    def test_a_record_of_another_signer_is_found_out(self) -> None:
        files = members(self.pack())
        RecordSigner.objects.filter(organisation=self.acme).delete()
        later = members(self.pack())
        mixed = files | {"index.pdf": later["index.pdf"]}
        fault = self.fault(repacked(mixed))
        assert "signed by another than the manifest" in fault, fault

    def test_no_byte_of_the_signature_is_idle(self) -> None:
        files = members(self.pack())
        content, signature = files[MANIFEST], files[SIGNATURE]
        own = signer_of(content, signature).certificates[0].dump()
        for place in range(len(signature)):
            changed = bytearray(signature)
            changed[place] ^= 1
            try:
                assert signer_of(content, bytes(changed)).certificates[0].dump() != own, place
            except Wrong:
                continue


class PageTests(PackTestCase):
    def test_the_page_takes_a_pack(self) -> None:
        self.client.force_login(self.auditor)
        files = {"record": SimpleUploadedFile("pack.zip", self.pack())}
        self.assertContains(self.client.post(reverse("verify_record", args=["acme"]), files), "This is what was sealed")

    def test_a_pack_with_many_records_is_for_the_command_line(self) -> None:
        verdict = verify_file(io.BytesIO(self.pack()), None, 1)
        assert "this page verifies up to 1" in verdict.fault

    def test_a_zip_is_read_in_the_process_with_limits(self) -> None:
        assert "packed anew" in verify_upload(zipped("a", method=zipfile.ZIP_DEFLATED)).fault
