from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from requests_app.catalogue.email_address import AddressError
from requests_app.delivery.mailto import is_too_long, mailto_of
from requests_app.drafting.draft import Draft
from requests_app.drafting.mail import body_text
from requests_app.drafting.requests import draft_of
from tests.drafting.people import AWKWARD
from tests.drafting.requests import RequestsTestCase

NASTY = ("a & b", "100 % + 1 # 2", "?bcc=x@example.org", "&cc=x@example.org", "x\r\nBcc: y@example.org", "%0D%0ABcc:")


def opened(link: str) -> tuple[str, dict[str, str]]:
    """Return the recipient and the headers that a mail program reads in the link."""
    parts = urlsplit(link)
    assert parts.scheme == "mailto"
    # A plus sign stands for itself in mailto links (RFC 6068 section 5), so none may be there.
    assert "+" not in link
    headers = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in headers.values())
    return unquote(parts.path), {name: values[0] for name, values in headers.items()}


class MailtoTests(RequestsTestCase):
    def drafted(self, **changes: Any) -> Draft:
        return replace(draft_of(self.draft()), **changes)

    def test_a_mail_program_gets_recipient_subject_and_text(self) -> None:
        draft = self.drafted()
        recipient, headers = opened(mailto_of(draft))
        assert recipient == "feedback@slack.com"
        assert headers == {"subject": draft.subject, "body": body_text(draft).strip().replace("\n", "\r\n")}
        assert "%0D%0A" in mailto_of(draft)

    def test_no_text_adds_a_header_or_a_recipient(self) -> None:
        for text in (*AWKWARD, *NASTY):
            with self.subTest(text):
                recipient, headers = opened(mailto_of(self.drafted(subject=text, body=text)))
                assert recipient == "feedback@slack.com"
                assert set(headers) == {"subject", "body"}
                assert headers["subject"] == text.replace("\r\n", " ")
                assert headers["body"].startswith(text)

    def test_a_recipient_is_one_address(self) -> None:
        for address in (
            "a@b.com,x@y.z",
            "a@b.com;x@y.z",
            "a@b.com?bcc=x@y.z",
            "a@b.com\r\nBcc: x@y.z",
            "a b@c.org",
            "",
        ):
            with self.subTest(address), self.assertRaises(AddressError):
                mailto_of(self.drafted(recipient_email=address))

    def test_signs_that_an_address_may_have_stay_in_it(self) -> None:
        recipient, headers = opened(mailto_of(self.drafted(recipient_email="a+b&c?d%e#f@example.org")))
        assert recipient == "a+b&c?d%e#f@example.org"
        assert set(headers) == {"subject", "body"}

    def test_a_long_one_is_told(self) -> None:
        assert not is_too_long(mailto_of(self.drafted()))
        assert is_too_long(mailto_of(self.drafted(body="ä" * 400)))
