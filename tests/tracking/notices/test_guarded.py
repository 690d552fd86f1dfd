"""What people type in as an address of a channel leads nowhere but to public machines."""

import os
import socket
import time
from typing import Any
from unittest import mock

from django.test import SimpleTestCase

from requests_app.tracking.notices.guarded import LONGEST_ANSWER, Poster, Refused, check_url, is_public
from tests.tracking.notices.https_server import AUTHORITY_FILE, receiver

HOSTILE = (
    "http://example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "//example.org/",
    "https://",
    "https:///path",
    "https://user:password@example.org/",
    "https://example.org@127.0.0.1/",
    "https://example.org:0/",
    "https://example.org:99999/",
    "https://example.org/#part",
    "https://example.org\\@127.0.0.1/",
    "https://example.org/a b",
    "https://example.org/\r\nHost: 127.0.0.1",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fec0::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:1::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://192.0.0.170/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
)
# What a C library reads as 127.0.0.1, and names that lead there.
NAMES = ("2130706433", "0x7f000001", "017700000001", "127.1", "localhost", "localhost.", "LOCALHOST")
ADDRESSES_OF_A_NAME = (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "5f00::1",
    "0.0.0.0",
)


def resolving(*addresses: str) -> Any:
    """Let every name lead to these addresses, one for each time it is asked for."""
    found = [
        [(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
        for address in addresses
    ]
    return mock.patch("socket.getaddrinfo", side_effect=found)


class HostileTests(SimpleTestCase):
    def test_these_addresses_are_refused_before_anything_is_opened(self) -> None:
        for url in HOSTILE:
            with self.subTest(url), mock.patch("socket.socket.connect") as connect:
                with self.assertRaises(Refused):
                    check_url(url)
                answer = Poster().post(url, b"{}", {})
                assert answer.code == 0
                assert not answer.in_doubt
                assert not connect.called

    def test_other_spellings_of_loopback_are_refused_when_they_are_resolved(self) -> None:
        for name in NAMES:
            with self.subTest(name), mock.patch("socket.socket.connect") as connect:
                answer = Poster().post(f"https://{name}/", b"{}", {})
                assert (answer.code, answer.in_doubt) == (0, False)
                assert not connect.called

    def test_a_name_that_leads_inside_is_refused(self) -> None:
        for address in ADDRESSES_OF_A_NAME:
            with self.subTest(address), resolving(address), mock.patch("socket.socket.connect") as connect:
                answer = Poster().post("https://inside.example.org/", b"{}", {})
                assert "inside a network" in answer.text
                assert not connect.called

    def test_it_connects_to_the_address_that_was_looked_at_whatever_the_name_server_says_next(self) -> None:
        answers = iter(("93.184.215.14", "127.0.0.1"))

        def resolve(host: str, *_arguments: object, **_named: object) -> object:
            address = host if host[0].isdigit() else next(answers)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

        with (
            mock.patch("socket.getaddrinfo", side_effect=resolve),
            mock.patch("socket.socket.connect", side_effect=OSError) as connect,
        ):
            Poster().post("https://rebinding.example.org/", b"{}", {})
        assert {call.args[-1][0] for call in connect.call_args_list} == {"93.184.215.14"}
        assert next(answers) == "127.0.0.1", "the name was asked for twice"

    def test_public_addresses_pass(self) -> None:
        for address in ("8.8.8.8", "93.184.215.14", "2606:4700::1111", "[2001:4860:4860::8888]"):
            assert is_public(address)
        check_url("https://hooks.slack.com/services/T/B/x")


class PosterTests(SimpleTestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(receiver())
        self.poster = Poster(allow_loopback=True, authority=AUTHORITY_FILE)

    def test_it_posts(self) -> None:
        answer = self.poster.post(self.server.url(), b'{"a": 1}', {"webhook-id": "msg_1"})
        assert (answer.code, answer.text) == (200, "ok ")
        [(_, headers, body)] = self.server.taken
        assert body == b'{"a": 1}'
        assert (headers["webhook-id"], headers["content-type"]) == ("msg_1", "application/json")

    def test_it_follows_no_redirect(self) -> None:
        assert self.poster.post(self.server.url("/302"), b"{}", {}).code == 302
        assert len(self.server.taken) == 1

    def test_it_reads_no_more_of_an_answer_than_it_keeps(self) -> None:
        assert len(self.poster.post(self.server.url("/201"), b"{}", {}).text) == LONGEST_ANSWER

    def test_an_unknown_authority_is_refused(self) -> None:
        answer = Poster(allow_loopback=True).post(self.server.url(), b"{}", {})
        assert (answer.code, answer.in_doubt) == (0, False)
        assert "certificate" in answer.text
        assert not self.server.taken

    def test_it_is_in_doubt_when_the_other_end_hangs_up(self) -> None:
        answer = self.poster.post(self.server.url("/hang-up"), b"{}", {})
        assert (answer.code, answer.in_doubt) == (0, True)
        assert "127.0.0.1" not in answer.text

    def test_an_answer_that_never_ends_is_cut(self) -> None:
        before = time.monotonic()
        answer = Poster(allow_loopback=True, authority=AUTHORITY_FILE, seconds=1).post(
            self.server.url("/drip"), b"{}", {}
        )
        assert (answer.code, answer.in_doubt) == (0, True)
        assert time.monotonic() - before < 5

    def test_it_goes_through_no_proxy_of_the_environment(self) -> None:
        with mock.patch.dict(os.environ, {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}):
            assert self.poster.post(self.server.url(), b"{}", {}).code == 200
