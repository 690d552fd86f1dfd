from requests_app.catalogue.email_address import AddressError
from requests_app.delivery.reply_address import (
    TOKEN_BYTES,
    reply_address_of,
    request_of,
    token_in,
    token_of,
    with_token,
)
from requests_app.models import MailSettings
from tests.drafting.requests import RequestsTestCase


class ReplyAddressTests(RequestsTestCase):
    def setUp(self) -> None:
        self.mail = MailSettings.objects.create(organisation=self.acme, reply_address="replies@example.org")

    def test_each_request_has_its_own_address(self) -> None:
        first, second = self.draft(), self.draft()
        address = reply_address_of(first)
        local, _, domain = address.partition("@")
        assert (local[:8], len(local), domain) == ("replies+", 40, "example.org")
        assert address == reply_address_of(first)
        assert token_of(first) != token_of(second)
        assert TOKEN_BYTES * 8 >= 128

    def test_without_a_mailbox_there_is_none(self) -> None:
        self.mail.reply_address = ""
        self.mail.save()
        assert reply_address_of(self.draft()) == ""

    def test_the_token_is_found_in_whatever_case_the_address_comes_back(self) -> None:
        draft = self.draft()
        draft.reply_token = token_of(draft)
        draft.save()
        for address in (reply_address_of(draft), reply_address_of(draft).upper()):
            token = token_in(address)
            assert token
            assert request_of(token) == draft

    def test_other_addresses_have_no_token(self) -> None:
        for address in (
            "replies@example.org",
            "replies+short@example.org",
            f"replies+{'1' * 32}@example.org",
            "",
            "+@",
        ):
            assert token_in(address) is None, address

    def test_a_token_of_nobody_leads_nowhere(self) -> None:
        self.draft()
        assert request_of("a" * 32) is None
        assert request_of("") is None

    def test_a_mailbox_whose_name_is_too_long_is_refused(self) -> None:
        with self.assertRaises(AddressError):
            with_token(f"{'x' * 40}@example.org", "a" * 32)
