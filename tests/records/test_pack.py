import datetime
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pypdf
from django.core.management import CommandError, call_command

from requests_app.models import Action, Event, EventStream, Evidence, Source, Subject, record_event
from requests_app.records.embedding import MANIFEST
from requests_app.records.pack import write_pack
from requests_app.records.pack_index import index_names
from requests_app.records.pack_order import PackRefused
from requests_app.records.pack_verification import verify_file
from requests_app.records.verification import verify_record
from requests_app.records.verify import SIGNATURE
from tests.records.packs import PackTestCase, members


class ContentTests(PackTestCase):
    def test_it_holds_exactly_the_records_of_the_list_and_their_originals(self) -> None:
        pack, made = self.made()
        found, references = members(pack), [row.reference for row in self.referenced()]
        assert len(references) == made.requests == 2
        assert json.loads(found[MANIFEST])["requests"] == references
        assert {f"records/{reference}.pdf" for reference in references} == {
            name for name in found if name.startswith("records/")
        }
        for row in self.referenced():
            kept = {found[name] for name in found if name.startswith(f"originals/{row.reference}/")}
            assert kept >= {bytes(message.raw) for message in row.messages.all()}
            assert verify_record(found[f"records/{row.reference}.pdf"]).is_good

    def test_filters_choose_what_is_in_it(self) -> None:
        row = self.found
        day = str(row.submitted_on)
        only = {"workspace": str(row.workspace_id), "status": row.status, "sent_from": day, "sent_until": day}
        found = members(self.pack(**only))
        assert row.reference in json.loads(found[MANIFEST])["requests"]
        page = found["index.html"].decode()
        assert f'<th scope="row">Handed over from</th><td>{day}</td>' in page
        with self.assertRaises(PackRefused):
            self.pack(sent_from="2001-01-01", sent_until="2001-12-31")

    def test_drafts_are_left_out_and_counted(self) -> None:
        pack, made = self.made()
        assert made.left_out >= 1
        assert "left out" in made.remarks[0]
        assert "left out" in members(pack)["index.html"].decode()

    def test_a_list_of_drafts_alone_is_refused(self) -> None:
        with self.assertRaisesMessage(PackRefused, "nothing to prove"):
            self.pack(status="draft")

    def test_the_index_holds_the_manifest_and_prints_its_hash(self) -> None:
        found = members(self.pack())
        read = pypdf.PdfReader(io.BytesIO(found["index.pdf"]))
        assert read.attachments == {MANIFEST: [found[MANIFEST]]}
        text = "".join(page.extract_text() for page in read.pages).replace("\n", "")
        assert hashlib.sha256(found[MANIFEST]).hexdigest() in text
        for row in self.referenced():
            assert row.reference in text

    def test_the_page_needs_no_script_and_no_address(self) -> None:
        page = members(self.pack())["index.html"].decode()
        for never in ("<script", "http://", "https://", "src="):
            assert never not in page
        assert f'href="records/{self.found.reference}.pdf"' in page

    def test_the_same_pack_is_the_same_bytes_before_it_is_signed(self) -> None:
        with (
            patch("requests_app.records.pack.seal", lambda pdf, *_: pdf),
            patch("requests_app.records.pack_index.seal", lambda pdf, *_: pdf),
            patch("requests_app.records.pack.sign_manifest", lambda *_: b"signature"),
        ):
            assert self.pack() == self.pack()

    def test_above_a_hundred_the_index_has_parts(self) -> None:
        assert index_names(100) == ["index.pdf"]
        assert index_names(101) == ["index-001.pdf", "index-002.pdf"]
        with patch("requests_app.records.pack_index.LARGEST_PART", 1):
            pack = self.pack()
        assert {"index-001.pdf", "index-002.pdf"} < set(members(pack))
        assert verify_file(io.BytesIO(pack)).is_good

    def test_a_request_that_changes_meanwhile_is_named(self) -> None:
        def change(written: int, _total: int) -> None:
            if written == 0:
                stream = EventStream.objects.get(pk=self.found.stream_id)
                record_event(
                    stream, Action.NOTE_ADDED, actor="command", source=Source.COMMAND, subject=Subject.of(self.found)
                )

        made = write_pack(self.order(), io.BytesIO(), change)
        assert self.found.reference in made.remarks[-1]

    def test_evidence_that_is_not_what_was_kept_makes_no_pack(self) -> None:
        kept = Path(Evidence.objects.filter(request=self.found).latest("pk").file.path)
        content = kept.read_bytes()
        self.addCleanup(kept.write_bytes, content)
        kept.write_bytes(content + b"x")
        with self.assertRaisesMessage(PackRefused, f"{self.found.reference}: "):
            self.pack()


class CommandTests(PackTestCase):
    def test_it_writes_a_pack_and_one_event_about_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out, said = Path(folder, "pack.zip"), io.StringIO()
            call_command("export_record", organisation="acme", out=out, stderr=said)
            assert "2 records" in said.getvalue()
            assert "left out" in said.getvalue()
            call_command("verify_record", str(out), stdout=io.StringIO())
            event = Event.objects.filter(action=Action.RECORD_EXPORTED).latest("recorded_at")
            assert event.evidence == [hashlib.sha256(out.read_bytes()).hexdigest()]
            assert (event.actor, event.detail["requests"]) == ("command", 2)
            with self.assertRaisesMessage(CommandError, "nothing to prove"):
                call_command("export_record", organisation="acme", until=datetime.date(2001, 1, 1), out=out)
            with self.assertRaisesMessage(CommandError, "no vendor"):
                call_command("export_record", organisation="acme", vendor="nobody", out=out)
            with self.assertRaisesMessage(CommandError, "no campaign"):
                call_command("export_record", organisation="acme", campaign=999, out=out)
            with self.assertRaisesMessage(CommandError, "no organisation"):
                call_command("export_record", organisation="nobody", out=out)
            with self.assertRaisesMessage(CommandError, "REFERENCE"):
                call_command("export_record", out=out)


class ThirdPartyTests(PackTestCase):
    """What somebody does who trusts no part of Optout."""

    def test_the_pack_verifies_without_optout(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "pack.zip").write_bytes(self.pack())
            files = Path(folder, "files")
            files.mkdir()
            run(files, "unzip", "-q", "../pack.zip")
            run(files, "sha256sum", "--quiet", "-c", "SHA256SUMS")
            assert "Total document signed" in run(files, "pdfsig", "index.pdf")
            run(files, "qpdf", "--check", "index.pdf")
            openssl = "openssl cms -verify -binary -inform DER -in manifest.json.p7s -content manifest.json"
            run(files, *openssl.split(), "-CAfile", "signer.pem", "-purpose", "any", "-out", "/dev/null")
            check = (sys.executable, "-I", "-S", "verify.py", ".")
            assert run(files, *check).count("ok ") == 3
            (files / "more").write_text("x")
            self.fails(files, "more is not in the manifest", *check)
            (files / "more").unlink()
            (files / SIGNATURE).unlink()
            self.fails(files, "is missing", *check)

    def fails(self, folder: Path, words: str, *command: str) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert words in done.stdout


def run(folder: Path, *command: str) -> str:
    """Return what the program says. Fails where it is not there or ends with an error."""
    assert shutil.which(command[0]) or Path(command[0]).exists(), command[0]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
