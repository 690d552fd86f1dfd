from django.test import SimpleTestCase

from requests_app.intake.authenticity import finding_of

# What was found, whether it is the vendor, the class of the badge, and how the sentence begins or ends.
FINDINGS: tuple[tuple[dict[str, str], bool, str, str], ...] = (
    ({"dmarc": "pass", "by": "mx.acme.example"}, True, "good", "checked by mx.acme.example."),
    ({"dmarc": "pass", "by": "mx.acme.example"}, False, "warn", "It is no domain of the vendor, though."),
    ({"dmarc": "fail", "by": "mx.acme.example"}, False, "bad", "DMARC did not pass for slack.com (fail)"),
    ({"dmarc": "none", "by": "mx.acme.example"}, False, "bad", "DMARC did not pass for slack.com (none)"),
    ({"dmarc": "not checked", "by": ""}, False, "plain", "Nobody whom you trust has checked the sender."),
    ({"by": "", "trouble": "dns"}, False, "plain", "the domain name system did not answer."),
    ({"by": "", "trouble": "size"}, False, "plain", "the mail is too large"),
    ({"by": "optout", "dkim": "none"}, False, "plain", "The mail is not signed"),
    ({"by": "optout", "dkim": "fail"}, False, "bad", "its signature does not hold"),
    ({"by": "optout", "dkim": "pass", "why": "unaligned"}, False, "bad", "not for slack.com."),
    ({"by": "optout", "dkim": "pass", "why": "no policy"}, False, "plain", "publishes no DMARC policy."),
    ({}, False, "plain", "Nobody whom you trust"),
)


class FindingTests(SimpleTestCase):
    def test_each_finding_is_a_badge_and_a_sentence(self) -> None:
        for found, is_vendor, tone, words in FINDINGS:
            with self.subTest(found):
                finding = finding_of({"domain": "slack.com"} | found, is_vendor)
                assert finding.tone == tone
                assert words in finding.sentence

    def test_spf_is_never_said_to_be_checked_by_us(self) -> None:
        assert "SPF was not checked" in finding_of({"by": "optout", "dkim": "none"}, False).sentence
