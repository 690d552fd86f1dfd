import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import dns.flags
import dns.message
import dns.rrset
import pytest
from django.test import SimpleTestCase
from dns.resolver import Resolver

from requests_app.intake.resolver import NoAnswerInTime, TextRecords

LONG = "v=DKIM1; p=" + "a" * 300


@contextmanager
def name_server() -> Iterator[Resolver]:
    """Give a resolver that asks a server of this test: it knows long.example, and never answers about slow.example."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server,))
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        yield resolver
        server.sendto(b"", server.getsockname())
        thread.join()


def _serve(server: socket.socket) -> None:
    while True:
        octets, address = server.recvfrom(4096)
        if not octets:
            return
        question = dns.message.from_wire(octets)
        name = question.question[0].name
        if name.to_text() == "slow.example.":
            continue
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name.to_text() == "long.example.":
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{LONG[:200]}" "{LONG[200:]}"'))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        server.sendto(answer.to_wire(), address)


class TextRecordsTests(SimpleTestCase):
    def test_it_joins_the_pieces_of_a_record(self) -> None:
        with name_server() as resolver:
            assert TextRecords(2, resolver)("long.example") == [LONG]

    def test_a_name_that_is_not_there_has_none(self) -> None:
        with name_server() as resolver:
            assert TextRecords(2, resolver)("none.example") == []

    def test_all_look_ups_together_end_in_time(self) -> None:
        with name_server() as resolver:
            lookup = TextRecords(0.5, resolver)
            before = time.monotonic()
            for _ in range(3):
                with pytest.raises(NoAnswerInTime):
                    lookup("slow.example")
            assert time.monotonic() - before < 2

    def test_names_that_are_none_are_no_error(self) -> None:
        with name_server() as resolver:
            for name in ("a..b", "x" * 70 + ".example", "\u2028.example"):
                with self.subTest(name), pytest.raises(NoAnswerInTime):
                    TextRecords(1, resolver)(name)
