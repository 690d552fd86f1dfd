"""What is read in a mail; every trap that others have met."""

import base64
import hashlib
import json
import sysconfig
from pathlib import Path
from typing import Any
from unittest import skipUnless

from django.test import SimpleTestCase

from requests_app.intake.reading.client import MailTooMuch, read_attachment, read_mail
from requests_app.intake.reading.mail import part_of, read
from tests.intake.mails import mail
from tests.intake.test_bombs import nested

# Debian ships it in a package of its own, libpython3-testsuite.
CORPUS = Path(sysconfig.get_path("stdlib")) / "test" / "test_email" / "data"
TOKEN = "replies+" + "a" * 32 + "@example.org"


def text_mail(charset: str, body: bytes) -> bytes:
    return f"From: a@example.com\nContent-Type: text/plain; charset={charset}\n\n".encode() + body


@skipUnless(CORPUS.exists(), "this Python comes without its tests; on Debian: libpython3-testsuite")
class CorpusTests(SimpleTestCase):
    def test_every_mail_of_pythons_own_tests_is_read(self) -> None:
        paths = sorted(CORPUS.glob("msg_*.txt"))
        assert len(paths) > 40
        for path in paths:
            with self.subTest(path.name):
                found = read_mail(path.read_bytes())
                assert found["kind"] in ("reply", "auto_reply", "bounce", "other")
                json.dumps(found).encode()
                for attachment in found["attachments"]:
                    content = read_attachment(path.read_bytes(), attachment["part"])
                    assert hashlib.sha256(content).hexdigest() == attachment["sha256"]


class TextTests(SimpleTestCase):
    def test_a_charset_that_lies_or_is_unknown_costs_no_word(self) -> None:
        for charset, body, text in (
            ("iso-8859-1", b"\x93Done\x94 \x80", "“Done” €"),
            ("us-ascii", "Grüße".encode("cp1252"), "Grüße"),
            ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
            ("x-unknown", "Grüße".encode(), "Grüße"),
            ("", "Grüße".encode(), "Grüße"),
            ("zip", "Grüße".encode(), "Grüße"),
            ("unicode_escape", b"\\x41", "\\x41"),
            ("shift_jis", "了解".encode("shift_jis"), "了解"),
        ):
            with self.subTest(charset):
                assert read(text_mail(charset, body))["text"] == text

    def test_nothing_stays_that_a_database_refuses(self) -> None:
        found = json.dumps(
            read(b"Subject: a\0b\xed\xa0\x80\nFrom: \xff <a@example.com>\n\nx\0y \xed\xa0\x80\n"), ensure_ascii=False
        )
        assert "\0" not in found
        found.encode()  # no lone surrogate

    def test_the_plain_text_is_preferred_and_html_else_is_read_as_words(self) -> None:
        html = (
            "<style>p{color:red}</style><script>alert(1)</script><p>We have <b>completed</b> it &amp; more.</p>"
            "<img src='https://t.example/pixel.gif' alt='x'><a href='https://t.example/c?u=1'>here</a>"
            "<ul><li>one<li>two</ul><blockquote><p>Please stop</p></blockquote>"
        )
        found = read(f"Content-Type: text/html\n\n{html}".encode())
        assert found["text"] == "We have completed it & more.\n\nhere\n\n- one\n- two"
        assert "Please stop" in found["quoted"]
        assert "t.example" not in json.dumps(found)
        assert "alert" not in json.dumps(found)
        both = (
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlain\n"
            f"--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        )
        assert read(both.encode())["text"] == "Plain"

    def test_quoted_text_is_split_off_and_nothing_is_lost(self) -> None:
        for quote in (
            "On Mon, Nov 23, 2026 at 10:11 AM Jane Doe <jane.doe@example.org> wrote:\n> Please stop.",
            "Am 23.11.2026 um 10:11 schrieb Jane Doe <jane.doe@example.org>:\n> Please stop.",
            "-----Original Message-----\nFrom: Jane Doe\nSent: Monday\nTo: Support\nSubject: x\n\nPlease stop.",
            "> Please stop.",
        ):
            with self.subTest(quote):
                found = read(text_mail("utf-8", f"It is done.\n\nRegards\nSupport\n\n{quote}\n".encode()))
                assert found["text"] == "It is done.\n\nRegards\nSupport"
                assert found["quoted"].endswith("Please stop.")

    def test_a_mail_that_only_quotes_is_shown_whole(self) -> None:
        assert read(text_mail("utf-8", b"> yes\n\n> no\n"))["text"] == "> yes\n\n> no"


class AddressTests(SimpleTestCase):
    def test_our_address_is_found_in_whatever_header_and_writing(self) -> None:
        for line in (
            f"To: <a@b.example>, Name [#1] <{TOKEN}>",
            f'To: "Optout [#123456]" <{TOKEN}>',
            f"Cc: {TOKEN.upper()}",
            f"Delivered-To: {TOKEN}",
            f"X-Original-To: {TOKEN}",
            f"Envelope-To: <{TOKEN}>",
            f"To: undisclosed-recipients:;\nX-Original-To: {TOKEN}",
            f"To: {'(' * 2000}{')' * 2000} <{TOKEN}>",
        ):
            with self.subTest(line[:60]):
                assert TOKEN in read(f"{line}\n\nx\n".encode())["recipients"]

    def test_a_name_in_encoded_words_is_read(self) -> None:
        subject = b"Subject: =?utf-8?b?R3LDvMOfZQ==?= =?x?q?=ff?=\n"
        found = read(b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\n" + subject + b"\nx")
        assert found["from"] == [{"name": "Jürgen", "address": "j@example.com"}]
        assert found["subject"].startswith("Grüße")


class AttachmentTests(SimpleTestCase):
    def attached(self, name: str, wrap: str = "") -> dict[str, Any]:
        body = base64.b64encode(b"%PDF-1.7 x").decode()
        head = f"Content-Type: application/pdf\nContent-Disposition: attachment; {name}\n"
        part = f"{head}Content-Transfer-Encoding: base64\n\n{body}\n"
        inner = f"Content-Type: multipart/mixed; boundary=i\n\n--i\nContent-Type: text/plain\n\nHi\n--i\n{part}--i--\n"
        return read((wrap.format(inner) if wrap else inner).encode("utf-8", "surrogateescape"))

    def test_nested_and_signed_attachments_are_found(self) -> None:
        signed = (
            "Content-Type: multipart/signed; boundary=s; protocol=x/y\n\n--s\n{}--s\n"
            "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--s--\n"
        )
        names = [one["name"] for one in self.attached("filename=a.pdf", signed)["attachments"]]
        assert names == ["a.pdf", "smime.p7s"]

    def test_names_in_every_encoding_are_read(self) -> None:
        for written in ('filename="=?utf-8?q?Best=C3=A4tigung.pdf?="', "filename*=utf-8''Best%C3%A4tigung.pdf"):
            with self.subTest(written):
                assert self.attached(written)["attachments"][0]["name"] == "Bestätigung.pdf"

    def test_a_mail_in_a_mail_is_an_attachment(self) -> None:
        inner = mail(subject="Inner").decode()
        head = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        raw = f"{head}{inner}\n--b--\n".encode()
        found = read(raw)
        assert [one["name"] for one in found["attachments"]] == ["message.eml"]
        assert b"Subject: Inner" in part_of(raw, found["attachments"][0]["part"])

    def test_an_attachment_of_another_number_is_none(self) -> None:
        with self.assertRaises(IndexError):
            part_of(mail(), 0)
        with self.assertRaises(IndexError):
            part_of(mail(), 9)


class DepthTests(SimpleTestCase):
    def test_the_depth_is_limited(self) -> None:
        for deep, refused in ((15, False), (25, True)):
            raw = nested(deep)
            with self.subTest(deep):
                if refused:
                    with self.assertRaisesMessage(MailTooMuch, "more than 20 deep"):
                        read_mail(raw)
                else:
                    assert read_mail(raw)["text"] == "x"
