from unittest import TestCase

from requests_app.catalogue.email_address import AddressError, ascii_address


class AsciiAddressTests(TestCase):
    def test_it_keeps_a_plain_address(self) -> None:
        assert ascii_address("Jane.Doe+optout@Example.org") == "Jane.Doe+optout@example.org"

    def test_it_encodes_an_international_domain(self) -> None:
        assert ascii_address("datenschutz@günstiger-reisen.de") == "datenschutz@xn--gnstiger-reisen-zvb.de"

    def test_it_reads_a_decomposed_domain_like_a_composed_one(self) -> None:
        assert ascii_address("a@gu\u0308nstiger-reisen.de") == "a@xn--gnstiger-reisen-zvb.de"

    def test_it_refuses_everything_but_one_dot_atom_at_a_domain_name(self) -> None:
        refused = [
            "",
            "jane",
            "@example.org",
            "jane@",
            "jane@localhost",
            "jane@example.123",
            "a@b.com,x@y.z",
            "a@b.com;x@y.z",
            "a@b.com x@y.z",
            "Jane <jane@example.org>",
            '"jane doe"@example.org',
            "jane@[127.0.0.1]",
            "-oQ/x@x.com",
            ".jane@example.org",
            "jane..doe@example.org",
            "jane@exam\u00adple.org",
            "jane\u00ad@example.org",
            "jäne@example.org",
            "jane@example.org\nBcc: x@y.z",
            "jane@example.org\x00",
            "jane@example.org\u2028",
            "jane@-example.org",
            "jane@exa_mple.org",
            "jane@example..org",
            "jane@example.org.",
            f"{'a' * 65}@example.org",
            f"a@{'a' * 64}.org",
            f"a@{'.'.join(['a' * 60] * 5)}.org",
            "a@\ud800.org",
        ]
        for address in refused:
            with self.subTest(address=address), self.assertRaises(AddressError):
                ascii_address(address)
