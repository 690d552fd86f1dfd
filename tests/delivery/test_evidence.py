import hashlib
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import override_settings

from requests_app.delivery import evidence as module
from requests_app.delivery.evidence import EvidenceRefused, add_evidence, display_name, media_type
from requests_app.models import Event, Evidence
from tests.drafting.requests import RequestsTestCase

NAMES = {
    "proof.png": "proof.png",
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "a\0b.pdf": "ab.pdf",
    "zero\u200bwidth.pdf": "zerowidth.pdf",
    "evil\u202egnp.exe": "evilgnp.exe",
    "line\r\nSet-Cookie: x.txt": "line Set-Cookie: x.txt",
    ".htaccess": "htaccess",
    "...": "file",
    "": "file",
    "  spaces  in it .pdf": "spaces in it .pdf",
    "Bestätigung „Müller“.pdf": "Bestätigung „Müller“.pdf",
    "<script>.html": "<script>.html",
}


def full_disk() -> Any:
    """Return a context in which no file reaches the disk."""
    return mock.patch("os.fsync", side_effect=OSError(28, "No space left on device"))


class NameTests(RequestsTestCase):
    def test_a_name_is_only_ever_a_name(self) -> None:
        for given, shown in NAMES.items():
            with self.subTest(given):
                assert display_name(given) == shown

    def test_a_long_name_keeps_its_ending(self) -> None:
        name = display_name("n" * 300 + ".pdf")
        assert len(name) == 150
        assert name.endswith("n.pdf")

    def test_the_type_is_what_the_bytes_show(self) -> None:
        assert media_type(b"%PDF-1.7") == "application/pdf"
        for beginning in (b"<html>", b"<?xml", b"<svg", b"MZ", b""):
            assert media_type(beginning) == "application/octet-stream"


class MediaTestCase(RequestsTestCase):
    """Evidence goes to a folder of the test's own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        changed = override_settings(MEDIA_ROOT=folder.name)
        changed.enable()
        self.addCleanup(changed.disable)
        self.request_row = self.draft()
        self.client.force_login(self.admin)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def add(self, name: str = "proof.png", content: bytes = b"\x89PNG\r\n\x1a\nxx", description: str = "") -> Evidence:
        return add_evidence(self.by(), self.request_row, SimpleUploadedFile(name, content), description)


class AddTests(MediaTestCase):
    def test_it_is_kept_under_a_random_name_with_its_hash(self) -> None:
        content = b"%PDF-" + b"x" * 3_000_000
        evidence = self.add("../../confirmation.pdf", content, "The confirmation")
        (path,) = self.files()
        assert path.read_bytes() == content
        assert path.relative_to(self.folder).as_posix() == evidence.file.name
        assert "confirmation" not in str(path)
        assert path.stat().st_mode & 0o077 == 0
        assert (evidence.name, evidence.size) == ("confirmation.pdf", len(content))
        assert (evidence.sha256, evidence.media_type) == (hashlib.sha256(content).hexdigest(), "application/pdf")
        event = Event.objects.get(action="evidence_added")
        assert event.evidence == [evidence.sha256]
        assert event.personal == {"name": "confirmation.pdf", "description": "The confirmation"}
        assert "confirmation" not in event.detail_json

    def test_a_file_of_which_no_row_was_saved_is_removed(self) -> None:
        with mock.patch.object(module, "record_event", side_effect=DatabaseError), self.assertRaises(DatabaseError):
            self.add()
        assert self.files() == []

    def test_a_full_disk_leaves_nothing_half_written(self) -> None:
        with full_disk(), self.assertRaisesMessage(EvidenceRefused, "No space left on device"):
            self.add()
        assert self.files() == []
        assert not Evidence.objects.exists()

    def test_empty_and_large_files_are_refused(self) -> None:
        with self.assertRaisesMessage(EvidenceRefused, "empty"):
            self.add(content=b"")
        with mock.patch.object(module, "MOST_BYTES", 3), self.assertRaisesMessage(EvidenceRefused, "25 MB"):
            self.add()
        assert self.files() == []


class PagesTests(MediaTestCase):
    def post(self, name: str = "proof.png", content: bytes = b"x", **more: Any) -> Any:
        data = {"upload": SimpleUploadedFile(name, content), "description": "Shows it", **more}
        return self.client.post(f"/o/acme/requests/{self.request_row.pk}/evidence/", data)

    def test_it_is_added_and_given_out_as_a_download(self) -> None:
        content = b"<html><script>alert(1)</script>"
        self.assertRedirects(
            self.post("page „x“.html", content),
            f"/o/acme/requests/{self.request_row.pk}/",
            fetch_redirect_response=False,
        )
        evidence = Evidence.objects.get()
        response = self.client.get(f"/o/acme/evidence/{evidence.pk}/")
        assert response.content == content
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"] == (
            "attachment; filename=\"page__x_.html\"; filename*=UTF-8''page%20%E2%80%9Ex%E2%80%9C.html"
        )
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-store"

    def test_no_name_makes_a_header(self) -> None:
        for number, name in enumerate((*NAMES, "n" * 300 + ".pdf", 'quote".pdf', "semi;colon.pdf", "%0d%0a.pdf")):
            with self.subTest(name):
                evidence = self.add(name or "x", b"%d" % number)
                header = self.client.get(f"/o/acme/evidence/{evidence.pk}/")["Content-Disposition"]
                assert header.isascii()
                assert header.count('"') == 2
                assert header.startswith('attachment; filename="')

    def test_bad_input_is_told(self) -> None:
        assert self.post(content=b"").status_code == 422
        assert self.client.post(f"/o/acme/requests/{self.request_row.pk}/evidence/", {}).status_code == 422
        with mock.patch("requests_app.delivery.forms.MOST_BYTES", 0):
            self.assertContains(self.post(), "larger than 25 MB", status_code=422)
        with full_disk():
            self.assertContains(self.post(), "No space left on device", status_code=422)
        assert not Evidence.objects.exists()

    def test_a_file_that_is_gone_is_not_found(self) -> None:
        evidence = self.add()
        self.files()[0].unlink()
        assert self.client.get(f"/o/acme/evidence/{evidence.pk}/").status_code == 404

    def test_an_auditor_downloads_and_adds_nothing(self) -> None:
        evidence = self.add()
        self.client.force_login(self.auditor)
        assert self.client.get(f"/o/acme/evidence/{evidence.pk}/").status_code == 200
        assert self.post().status_code == 403

    def test_another_organisation_finds_nothing(self) -> None:
        evidence = self.add()
        self.client.force_login(self.outsider)
        for organisation in ("acme", "other"):
            assert self.client.get(f"/o/{organisation}/evidence/{evidence.pk}/").status_code == 404
        assert self.post().status_code == 404
