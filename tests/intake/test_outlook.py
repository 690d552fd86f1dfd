"""Outlook's .msg files are read as the mails that they were, inside the caps."""

import datetime
import struct
import time
from typing import Any

from requests_app.intake.filing import file_mail
from requests_app.intake.reading.client import MailBroken, MailTooMuch, read_attachment, read_mail
from requests_app.intake.reading.outlook import as_mail
from requests_app.intake.storing import store_mail
from requests_app.models import InboundState, Way
from tests.intake.mails import IntakeTestCase
from tests.intake.outlook import (
    Tree,
    attachment,
    compound_file,
    message,
    outlook_mail,
    properties,
    recipient,
)

PDF = b"%PDF-" + b"x" * 9000


def inside(number: int, tree: Tree) -> Tree:
    """Return a message as an attachment of another."""
    found = properties({0x3707: "inner"}, numbers={0x3705: 5}) | {"__substg1.0_3701000D": tree}
    return {f"__attach_version1.0_#{number:08X}": found}


class ReadingTests(IntakeTestCase):
    def test_text_headers_and_files_are_those_of_the_mail(self) -> None:
        found = read_mail(
            outlook_mail(self.address, "It is done. ä\r\n\r\n> please", attachment(0, "Bericht ü.pdf", PDF))
        )
        assert (found["subject"], found["text"], found["quoted"]) == ("Re: Übung", "It is done. ä", "> please")
        assert found["from"] == [{"name": "Support", "address": "support@slack.com"}]
        assert (found["recipients"], found["message_id"]) == ([self.address], "<outlook-1@slack.com>")
        [one] = found["attachments"]
        assert (one["name"], one["type"], one["size"]) == ("Bericht ü.pdf", "application/pdf", len(PDF))

    def test_the_bytes_of_a_file_are_given_out(self) -> None:
        raw = outlook_mail(self.address, "x", attachment(0, "a.pdf", PDF))
        [one] = read_mail(raw)["attachments"]
        assert read_attachment(raw, one["part"]) == PDF

    def test_what_never_travelled_has_the_headers_that_its_properties_give(self) -> None:
        moment = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)
        texts = {
            0x0037: "Re: Opt-out\r\nBcc: x@evil.example",
            0x0C1A: 'Jörg "J"',
            0x5D01: "joerg@example.org",
            0x1035: "<2@example.org>",
            0x1042: "<1@example.org>",
            0x1000: "Hello",
        }
        people = (recipient(0, "Replies", self.address), recipient(1, "Copy", "copy@example.org", kind=2))
        found = read_mail(compound_file(message(texts, *people, times={0x0039: moment})))
        assert found["subject"] == "Re: Opt-out Bcc: x@evil.example"
        assert found["from"] == [{"name": 'Jörg "J"', "address": "joerg@example.org"}]
        assert found["recipients"] == [self.address, "copy@example.org"]
        assert (found["date"], found["answers"]) == ("2026-11-23T09:00:00+00:00", ["<1@example.org>"])

    def test_html_alone_is_read_and_exchange_addresses_are_none(self) -> None:
        html = "<p>Erledigt: ä</p>".encode("cp1252")
        texts = {0x0037: "x", 0x0C1A: "Jane", 0x0C1F: "/O=ACME/CN=JANE"}
        found = read_mail(compound_file(message(texts, octets={0x1013: html}, numbers={0x3FDE: 1252})))
        assert (found["text"], found["from"]) == ("Erledigt: ä", [])

    def test_a_message_inside_the_message_is_a_file_of_it(self) -> None:
        inner = message({0x0037: "Inner", 0x1000: "Inside"}, recipient(0, "Jane", "jane@example.org"), header=24)
        raw = outlook_mail(self.address, "x", inside(0, inner))
        [one] = read_mail(raw)["attachments"]
        assert (one["name"], one["type"]) == ("message.eml", "message/rfc822")
        assert b"Subject: Inner" in read_attachment(raw, one["part"])
        assert as_mail(raw) == as_mail(raw)

    def test_text_in_another_character_set_than_named_is_read_as_well_as_can_be(self) -> None:
        tree = message({0x0037: "x"})
        tree["__properties_version1.0"] += struct.pack("<HHIII", 0x1E, 0x1000, 6, 4, 0)
        tree["__substg1.0_1000001E"] = "Zoë".encode("cp1252")
        tree["__properties_version1.0"] += struct.pack("<HHIII", 3, 0x3FDE, 6, 65001, 0)
        assert read_mail(compound_file(tree))["text"] == "Zoë"


def small_streams_of(raw: bytes, size: int) -> bytes:
    """Return the file with each large stream's size written as another."""
    return raw.replace(struct.pack("<Q", len(PDF)), struct.pack("<Q", size))


class BombTests(IntakeTestCase):
    """A compound file may say that its streams share bytes, have no end, or stand inside each other without end."""

    def bombs(self) -> dict[str, bytes]:
        whole = outlook_mail(self.address, "x", attachment(0, "a.pdf", PDF))
        deep: Tree = message({0x0037: "x"}, header=24)
        for _ in range(30):
            deep = message({0x0037: "x"}, inside(0, deep), header=24)
        files: Tree = {}
        for number in range(210):
            files |= attachment(number, "a", b"x")
        return {
            "deep": compound_file(message({0x0037: "x"}, inside(0, deep))),
            "too many files": outlook_mail(self.address, "x", files),
            "a stream larger than the file": small_streams_of(whole, 10**9),
            "cut off": whole[: len(whole) // 2],
            "nothing but the first bytes": whole[:8],
            "no message": compound_file({"WordDocument": b"x"}),
            "links that go round": self.round(whole),
            "a long header": outlook_mail(self.address, headers="Subject: " + "x" * 100_000 + "\n\n"),
        }

    def round(self, raw: bytes) -> bytes:
        """Return the file with a directory whose entries are all their own neighbours."""
        start = struct.unpack_from("<I", raw, 48)[0] * 512 + 512
        changed = bytearray(raw)
        for at in range(start, len(raw) - 128, 128):
            if changed[at + 66] in (1, 2):
                struct.pack_into("<III", changed, at + 68, 1, 1, 1)
        return bytes(changed)

    def test_each_is_set_aside_in_time_with_its_original(self) -> None:
        for name, raw in self.bombs().items():
            with self.subTest(name):
                before = time.monotonic()
                row = file_mail(store_mail(raw, Way.UPLOAD, organisation=self.acme))
                assert time.monotonic() - before < 10
                assert row.state in (InboundState.QUARANTINED, InboundState.FAILED), row.state
                assert (row.waits, bytes(row.raw)) == ("held", raw)
        assert self.take_in(to=self.address).state == InboundState.MATCHED

    def test_streams_that_share_their_bytes_are_counted_before_they_are_read(self) -> None:
        tree: dict[str, Any] = message({0x0037: "x"})
        for number in range(100):
            tree |= attachment(number, "a", PDF)
        raw = compound_file(tree)
        with self.assertRaisesMessage(MailTooMuch, "What it holds is larger than 25 MB."):
            read_mail(small_streams_of(raw, 300_000))

    def test_another_compound_file_is_no_mail(self) -> None:
        with self.assertRaises(MailBroken):
            read_mail(compound_file({"WordDocument": b"x"}))
