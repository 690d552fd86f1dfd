import time
from unittest import mock

from django.test import SimpleTestCase

from requests_app.intake.checking import check_sender
from requests_app.intake.reading import signatures
from requests_app.intake.reading.client import read_mail
from tests.intake.mails import mail
from tests.intake.signing import KEY, POLICY, Records, key_pair, records, signed


def checked(raw: bytes, lookup: Records | None = None) -> dict[str, str]:
    """Return what is found; without `lookup`, slack.com publishes its key and its policy."""
    return check_sender(raw, read_mail(raw), lookup or Records(records()))


class CheckingTests(SimpleTestCase):
    def test_a_signature_of_the_senders_domain_passes(self) -> None:
        found = checked(signed(mail()))
        assert found == {"dmarc": "pass", "dkim": "pass", "spf": "not checked", "by": "optout", "domain": "slack.com"}

    def test_a_changed_mail_fails(self) -> None:
        raw = signed(mail(text="We cannot do it.")).replace(b"cannot", b"did")
        assert (checked(raw)["dkim"], checked(raw)["dmarc"]) == ("fail", "not checked")

    def test_another_key_fails(self) -> None:
        assert checked(signed(mail(), key="somebody"))["dkim"] == "fail"

    def test_a_withdrawn_key_fails(self) -> None:
        assert checked(signed(mail()), Records({POLICY: "v=DMARC1; p=reject"}))["dkim"] == "fail"

    def test_a_short_key_fails(self) -> None:
        with mock.patch.object(signatures, "_SHORTEST_KEY", 4096):
            assert signatures.verified(signed(mail()), records()) == ["fail"]

    def test_a_mail_without_signature_is_not_looked_up(self) -> None:
        known = Records({})
        found = checked(mail(), known)
        assert (found["dkim"], found["dmarc"], known.asked) == ("none", "not checked", [])

    def test_a_signature_of_another_domain_is_not_the_senders(self) -> None:
        known = Records(records() | {"s1._domainkey.evil.example": key_pair("evil")[1]})
        found = checked(signed(mail(), "evil.example", key="evil"), known)
        assert (found["dkim"], found["dmarc"], found["why"]) == ("pass", "not checked", "unaligned")

    def test_a_domain_below_the_senders_is_the_senders_unless_its_policy_is_strict(self) -> None:
        below = {"s1._domainkey.mail.slack.com": key_pair("slack")[1]}
        raw = signed(mail(), "mail.slack.com")
        assert checked(raw, Records(records() | below))["dmarc"] == "pass"
        strict = {POLICY: "v=DMARC1; p=reject; adkim=s"}
        assert checked(raw, Records(records() | below | strict))["why"] == "unaligned"

    def test_domains_that_share_only_a_public_suffix_are_not_the_same(self) -> None:
        known = {"s1._domainkey.evil.co.uk": key_pair("evil")[1], "_dmarc.acme.co.uk": "v=DMARC1; p=none"}
        raw = signed(mail(sender="a@acme.co.uk"), "evil.co.uk", key="evil")
        assert checked(raw, Records(known))["why"] == "unaligned"

    def test_the_policy_of_the_organisational_domain_counts(self) -> None:
        raw = signed(mail(sender="a@mail.slack.com"))
        assert checked(raw)["dmarc"] == "pass"

    def test_without_policy_it_does_not_pass(self) -> None:
        for policy in ({}, {POLICY: "v=DMARC1"}, {POLICY: "v=DMARC1; broken"}, {POLICY: "something else"}):
            with self.subTest(policy):
                found = checked(signed(mail()), Records({KEY: key_pair("slack")[1]} | policy))
                assert (found["dmarc"], found["why"]) == ("not checked", "no policy")

    def test_where_nobody_answers_it_could_not_be_checked(self) -> None:
        found = checked(signed(mail()), Records({}, is_down=True))
        assert (found["dmarc"], found["by"], found["trouble"]) == ("not checked", "", "dns")

    def test_a_signature_over_the_beginning_alone_lets_others_write_more(self) -> None:
        raw = signed(mail(text="We cannot do it."), length=True) + b"But we did.\r\n"
        assert checked(raw)["dkim"] == "fail"

    def test_a_second_header_above_the_signed_one_fails(self) -> None:
        for line in (b"Subject: It is done\r\n", b"From: Boss <boss@slack.com>\r\n", b"X: y\rSubject: It is done\r\n"):
            with self.subTest(line):
                assert checked(line + signed(mail())).get("dmarc") != "pass"

    def test_one_good_signature_among_others_is_enough_and_few_keys_are_looked_up(self) -> None:
        raw = signed(mail())
        for number in range(8):
            raw = (
                b"DKIM-Signature: v=1; a=rsa-sha256; d=evil%d.example; s=x; h=from; bh=eA==; b=eA==\r\n" % number + raw
            )
        known = Records(records())
        assert checked(raw, known)["dmarc"] == "pass"
        assert len([name for name in known.asked if "_domainkey" in name]) == 3

    def test_broken_signatures_fail(self) -> None:
        for value in (
            b"",
            b";;;=",
            b"v=1",
            b"v=1; d=slack.com; s=s1",
            b"d=; s=",
            b"v=1; a=rsa-sha256; d=\xff; s=s1; h=x",
        ):
            with self.subTest(value):
                assert checked(b"DKIM-Signature: " + value + b"\r\n" + mail())["dkim"] == "fail"

    def test_what_takes_long_is_given_up_in_time(self) -> None:
        raw = signed(mail(text="x"))
        raw = raw[: raw.rindex(b"x")] + b" " * 5_000_000 + b"y\r\n"
        before = time.monotonic()
        found = checked(raw)
        assert time.monotonic() - before < 10
        assert found["trouble"] == "size"

    def test_nobody_is_asked_about_a_mail_that_names_no_sender(self) -> None:
        known = Records(records())
        assert checked(signed(mail(sender="a@slack.com, b@slack.com")), known)["by"] == ""
        assert known.asked == []
