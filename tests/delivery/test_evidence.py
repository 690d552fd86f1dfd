import hashlib
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import override_settings

from requests_app.delivery import evidence as module
from requests_app.delivery.confirmation import Confirmation
from requests_app.delivery.evidence import EvidenceRefused, add_all, add_evidence, display_name, supersede
from requests_app.drafting.requests import snapshot_of
from requests_app.models import Event, Evidence
from requests_app.records.chain import verify_stream
from tests.drafting.requests import RequestsTestCase
from tests.records.records import picture

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


class SupersedeTests(MediaTestCase):
    def replace(self, old: Evidence, content: bytes = b"newer", name: str = "newer.txt") -> Evidence:
        return supersede(self.by(), old, SimpleUploadedFile(name, content), "The newer one")

    def test_a_newer_file_takes_its_place_and_both_stay(self) -> None:
        old = self.add("older.txt", b"older")
        new = self.replace(old)
        assert new.supersedes == old
        assert Evidence.objects.get(pk=old.pk).is_superseded
        assert not Evidence.objects.get(pk=new.pk).is_superseded
        assert {path.read_bytes() for path in self.files()} == {b"older", b"newer"}
        event = Event.objects.get(action="evidence_superseded")
        assert event.evidence == [new.sha256, old.sha256]
        assert event.detail["supersedes"] == old.pk
        assert event.personal["replaced"] == "older.txt"
        assert verify_stream(self.request_row.stream).fault is None

    def test_it_is_replaced_once_and_by_something_else(self) -> None:
        old = self.add("older.txt", b"older")
        with self.assertRaisesMessage(EvidenceRefused, "the very same file"):
            self.replace(old, b"older")
        self.replace(old)
        with self.assertRaisesMessage(EvidenceRefused, "newer.txt has replaced this file already"):
            self.replace(old, b"another")
        assert len(self.files()) == Evidence.objects.count() == 2

    def test_the_database_refuses_to_overwrite_what_proves_something(self) -> None:
        old, other = self.add("older.txt", b"older"), self.add("other.txt", b"other")
        new = self.replace(old)
        rows = Evidence.objects.all()
        for change in ({"sha256": "0" * 64}, {"file": "x"}, {"size": 1}, {"added_at": "2020-01-01T00:00Z"}):
            with self.assertRaisesMessage(DatabaseError, "never overwritten"), transaction.atomic():
                rows.filter(pk=old.pk).update(**change)
        for supersedes in (None, other.pk):
            with self.assertRaisesMessage(DatabaseError, "never overwritten"), transaction.atomic():
                rows.filter(pk=new.pk).update(supersedes=supersedes)
        with self.assertRaisesMessage(DatabaseError, "never overwritten"), transaction.atomic():
            rows.filter(pk=other.pk).update(supersedes=old.pk)
        # The words about it are a person's, and may have to go.
        assert rows.filter(pk=old.pk).update(name="erased", description="") == 1

    def test_the_page_shows_both_and_offers_the_newer_one_alone(self) -> None:
        old = self.add("older.txt", b"older")
        address = f"/o/acme/evidence/{old.pk}/replace/"
        self.assertContains(self.client.get(address), "Takes the place of “older.txt”")
        upload = SimpleUploadedFile("newer.txt", b"newer")
        self.assertRedirects(
            self.client.post(address, {"upload": upload}),
            f"/o/acme/requests/{self.request_row.pk}/",
            fetch_redirect_response=False,
        )
        new = old.superseded_by
        page = self.client.get(f"/o/acme/requests/{self.request_row.pk}/")
        self.assertContains(page, "Replaced by “newer.txt”; kept as it was.")
        self.assertContains(page, f"/o/acme/evidence/{new.pk}/replace/")
        self.assertNotContains(page, address)
        self.assertContains(page, "replaced evidence by a newer file; both are kept")
        assert self.client.get(f"/o/acme/evidence/{old.pk}/").content == b"older"
        again = self.client.post(address, {"upload": SimpleUploadedFile("third.txt", b"third")})
        self.assertContains(again, "Replace that one instead", status_code=422)

    def test_an_auditor_replaces_nothing(self) -> None:
        old = self.add()
        self.client.force_login(self.auditor)
        address = f"/o/acme/evidence/{old.pk}/replace/"
        assert self.client.post(address, {"upload": SimpleUploadedFile("x.txt", b"x")}).status_code == 403
        self.assertNotContains(self.client.get(f"/o/acme/requests/{self.request_row.pk}/"), address)


class SeveralTests(MediaTestCase):
    def post(self, *uploads: SimpleUploadedFile) -> Any:
        data = {"upload": list(uploads), "description": "Shows it"}
        return self.client.post(f"/o/acme/requests/{self.request_row.pk}/evidence/", data)

    def test_several_files_are_added_at_once(self) -> None:
        response = self.post(SimpleUploadedFile("a.png", picture()), SimpleUploadedFile("b.txt", b"off"))
        assert response.status_code == 302
        assert list(Evidence.objects.values_list("name", flat=True)) == ["a.png", "b.txt"]

    def test_where_one_is_refused_none_is_kept_and_it_is_named(self) -> None:
        response = self.post(SimpleUploadedFile("a.txt", b"on"), SimpleUploadedFile("b.png", picture()[:-20]))
        self.assertContains(response, "b.png: The file ends in the middle", status_code=422)
        one = SimpleUploadedFile("one.txt", b"one")
        with self.assertRaisesMessage(EvidenceRefused, "empty"):
            add_all(self.by(), self.request_row, [one, SimpleUploadedFile("two.txt", b"")], "")
        assert not Evidence.objects.exists()
        assert self.files() == []

    def test_twenty_are_enough(self) -> None:
        self.assertContains(
            self.post(*(SimpleUploadedFile(f"{n}.txt", b"x") for n in range(21))), "more than 20", status_code=422
        )


class ConfirmationTests(MediaTestCase):
    def pages(self) -> list[Any]:
        row = f"/o/acme/requests/{self.request_row.pk}"
        return [self.client.get(f"{row}{page}") for page in ("/", "/evidence/", "/hand-over/")]

    def test_what_a_confirmation_looks_like_stands_beside_the_upload(self) -> None:
        said = snapshot_of(self.request_row).facts.get("confirmation")
        for page in self.pages():
            self.assertContains(page, said or "The sources do not say what a confirmation looks like.")

    def test_where_the_sources_say_nothing_something_useful_stands_there(self) -> None:
        silent = Confirmation("", True, 1)
        with (
            mock.patch("requests_app.delivery.views.confirmation_of", return_value=silent),
            mock.patch("requests_app.delivery.views_evidence.confirmation_of", return_value=silent),
            mock.patch("requests_app.tracking.views_requests.confirmation_of", return_value=silent),
        ):
            for page in self.pages():
                self.assertContains(page, "The vendor’s answer proves it best")


class PagesTests(MediaTestCase):
    def post(self, name: str = "proof.txt", content: bytes = b"x", **more: Any) -> Any:
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
