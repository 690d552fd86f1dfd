"""Every bomb of a few bytes that costs minutes or gigabytes elsewhere: each is filed or set aside in time."""

import time
from pathlib import Path

from requests_app.intake.bulk import file_stored
from requests_app.intake.filing import file_mail
from requests_app.intake.reading import client
from requests_app.intake.storing import store_mail
from requests_app.models import InboundMail, InboundState, Way
from requests_app.processes.child import ChildTimeout, Limits
from tests.intake.mails import IntakeTestCase, mail


def nested(deep: int) -> bytes:
    """Return a mail of parts inside each other."""
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(deep)) + b"\n\nx"


BOMBS = {
    "a From of 200 KB": b"From: " + b"<;" * 100_000 + b"\n\nx",
    "a From just below the cap": b"From: " + b"<;" * 4_000 + b"\n\nx",
    "16,000 encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 16_000 + b"\n\nx",
    "encoded words just below the cap": b"Subject: " + b"=?utf-8?q?a?= " * 570 + b"\n\nx",
    "1,000 nested parts": nested(1000),
    "190 mails inside each other": b"Content-Type: message/rfc822\n\n" * 190 + b"\n\nx",
    "2 KB of nested comments": b"To: " + b"(" * 2048 + b")" * 2048 + b" a@b.example\n\nx",
    "100,000 headers": b"".join(b"X-%d: y\n" % number for number in range(100_000)) + b"\nx",
    "501 headers": b"X: y\n" * 501 + b"\nx",
    "100,000 parameters": b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\n\nx",
    "100,000 parameters of a part": b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain"
    + b"; a=b" * 100_000
    + b"\n\nx",
    "900 pieces of one parameter": b"Content-Type: text/plain"
    + b"".join(b"; a*%d=b" % number for number in range(900))
    + b"\n\nx",
    "an unknown charset": b"Content-Type: text/plain; charset=x-klingon\n\nx\xe4",
    "an empty charset": b"Content-Type: text/plain; charset=\n\nx\xe4",
    "a charset that unpacks": b"Content-Type: text/plain; charset=zip\n\nx\xe4",
    "200,000 nested elements of HTML": b"Content-Type: text/html\n\n" + b"<div>" * 200_000 + b"x",
    "20,000 nested quotes of HTML": b"Content-Type: text/html\n\n" + b"<blockquote>" * 19_000 + b"x",
    "blank lines before a signature": b"\n\n" + b"\n \n" * 15_000 + b"Best regards" + b" \n" * 10_000,
    "a quote that never begins": b"\n\n" + b"On " * 15_000 + b"wrote" * 1_000,
    "24 MB of line feeds": b"\n\n" + b"\n" * 24_000_000,
    "three million parts": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n\n" * 3_000_000,
    "25 MB on one line": b"\n\n" + b"x" * 25_000_000,
    "25 MB of base64": b"Content-Transfer-Encoding: base64\n\n" + b"QUFB" * 6_200_000,
    "every octet": bytes(range(256)) * 1000,
    "one octet": b"\0",
    "no end of the headers": b"Subject: x",
}


class BombTests(IntakeTestCase):
    def test_each_is_filed_or_set_aside_in_time_and_the_next_mail_is_filed(self) -> None:
        for name, raw in BOMBS.items():
            with self.subTest(name):
                row = store_mail(raw, Way.PIPE)
                before = time.monotonic()
                row = file_mail(row)
                assert time.monotonic() - before < 10
                assert row.state in (InboundState.HELD, InboundState.QUARANTINED, InboundState.FAILED), row.reason
                assert bytes(InboundMail.objects.get(pk=row.pk).raw) == raw
        assert self.take_in(to=self.address).state == InboundState.MATCHED

    def test_a_mail_above_25_mb_is_kept_and_not_read(self) -> None:
        row = self.take_in(b"To: x\n\n" + b"x" * (25 * 1024 * 1024))
        assert (row.state, row.reason, row.waits) == ("quarantined", "too_much", "held")

    def test_what_reads_mail_has_512_mb(self) -> None:
        reader = client.MailClient()
        self.addCleanup(reader.close)
        reader.call(lambda child: child.read(b"R" + mail()))
        assert reader._child
        limits = Path(f"/proc/{reader._child._process.pid}/limits").read_text()
        assert "Max address space         536870912" in limits

    def test_a_mail_that_takes_too_long_is_set_aside(self) -> None:
        limits = Limits(seconds=0.2, megabytes=512)
        slow = client.MailClient(limits)
        self.addCleanup(slow.close)
        slow.call(lambda child: child.read(b"R" + mail()))
        raw = BOMBS["blank lines before a signature"]
        with self.assertRaises(ChildTimeout):
            slow.call(lambda child: child.read(b"R" + raw))
        assert slow.call(lambda child: child.read(b"R" + mail()))

    def test_a_mail_that_nobody_came_to_read_is_read_with_the_next_pass(self) -> None:
        row = store_mail(mail(to=self.address), Way.PIPE)
        assert file_stored() == 1
        row.refresh_from_db()
        assert row.state == InboundState.MATCHED
        assert file_stored() == 0
