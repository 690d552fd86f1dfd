from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.delivery.file_kinds import LOOKED_AT, media_type, told_type, why_refused
from tests.records.records import picture

PLIST = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x">\n<plist/>'
MAIL = b"Received: by mail\r\n\tfor jane\r\nFrom: jane.doe@example.org\r\nSubject: Done\r\n\r\nIt is off."
# What the procedures ask for: settings seen, answers of vendors, what a policy exports.
KINDS = {
    b"%PDF-1.7": "application/pdf",
    b"GIF89a..": "image/gif",
    b"RIFF\x10\x00\x00\x00WEBPVP8 ": "image/webp",
    b"\x00\x00\x00\x18ftypheic": "image/heic",
    b"\x00\x00\x00\x18ftypmp42": "video/mp4",
    b"bplist00\xd4": "application/x-plist",
    PLIST: "application/xml",
    MAIL: "message/rfc822",
    b'{"policies": {}}': "application/json",
    b'[\n  {"id": 1}\n]': "application/json",
    b"[HKEY_LOCAL_MACHINE]\r\n": "text/plain",
    "Windows Registry Editor Version 5.00\r\n".encode("utf-16"): "text/plain",
    b"name;value\r\nAllowTelemetry;0\r\n": "text/plain",
    "Bestätigung\n".encode(): "text/plain",
    "Gruppenrichtlinie: unterdrückt\n".encode("latin-1"): "text/plain",
    b"<!DOCTYPE html><html>": "text/html",
    b"<svg xmlns='x'>": "image/svg+xml",
    b"MZ\x90\x00": "application/x-executable",
    b"\x00\x01\x02": "application/octet-stream",
    b"": "application/octet-stream",
}


class MediaTypeTests(SimpleTestCase):
    def test_the_type_is_what_the_bytes_show(self) -> None:
        for beginning, kind in KINDS.items():
            with self.subTest(beginning):
                assert media_type(beginning) == kind
                assert media_type(beginning, "picture.png") == kind

    def test_the_name_only_tells_apart_what_is_the_same_outside(self) -> None:
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        assert media_type(ole, "Answer.MSG") == "application/vnd.ms-outlook"
        assert media_type(ole) == "application/x-ole-storage"
        assert media_type(b"PK\x03\x04", "list.xlsx").endswith("spreadsheetml.sheet")
        assert media_type(b"a;b\n", "list.csv") == "text/csv"

    def test_a_browser_is_told_of_pictures_and_pdfs_alone(self) -> None:
        assert told_type("image/png") == "image/png"
        for kind in ("text/html", "image/svg+xml", "application/xml", "text/plain", "message/rfc822"):
            assert told_type(kind) == "application/octet-stream"

    def test_a_character_that_is_cut_at_the_end_of_the_look_is_still_text(self) -> None:
        for shift in range(4):
            assert media_type(b"x" * shift + "€".encode() * LOOKED_AT) == "text/plain"

    @given(st.binary(max_size=200), st.text(max_size=20))
    def test_it_takes_any_bytes_and_any_name(self, content: bytes, name: str) -> None:
        assert "/" in media_type(content, name)
        assert isinstance(why_refused(name, content), str)


class RefusedTests(SimpleTestCase):
    def test_whole_files_are_taken(self) -> None:
        for kind in ("PNG", "JPEG", "GIF", "WEBP"):
            assert not why_refused(f"screen.{kind.lower()}", picture(kind))
        for name, content in {"a.pdf": b"%PDF-1.7\n%%EOF\n", "a.reg": b"REGEDIT4", "a": b"\x00", "a.eml": MAIL}.items():
            assert not why_refused(name, content)

    def test_a_picture_of_another_kind_than_its_name_says_is_still_a_picture(self) -> None:
        assert not why_refused("screen.jpg", picture("PNG"))

    def test_what_is_cut_off_is_told_while_the_original_is_at_hand(self) -> None:
        for kind in ("PNG", "JPEG", "WEBP"):
            whole = picture(kind)
            assert "ends in the middle" in why_refused("screen", whole[: len(whole) // 2])
        assert "ends in the middle" in why_refused("a.pdf", b"%PDF-1.7\n1 0 obj")

    def test_what_is_not_what_its_name_says_is_told(self) -> None:
        for name in ("screen.png", "SCREEN.JPEG", "answer.pdf"):
            assert "is something else" in why_refused(name, b"<html>not found</html>")

    def test_programs_are_no_proof(self) -> None:
        assert "program" in why_refused("setup.exe", b"MZ\x90\x00")
