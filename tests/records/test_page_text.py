"""Very long mail is drawn in part: it must not keep a record from being made."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.intake.reading.texts import LONGEST_TEXT
from requests_app.records.page_text import LINE, MOST_OF_ALL, MOST_OF_ONE, beginning_of, drawn_messages
from requests_app.records.pages import draw, page_of
from tests.records.records import RecordTestCase


def mail(text: str) -> dict[str, Any]:
    return {"file": "message-001-reply.eml", "received": {"from": "a", "subject": "b", "at": "c", "text": text}}


class BeginningTests(SimpleTestCase):
    @given(st.text(alphabet="a\n\r\u2028é", max_size=400), st.integers(0, 3 * LINE))
    def test_it_is_the_beginning_and_takes_hardly_more_than_there_is_room_for(self, text: str, most: int) -> None:
        start, used = beginning_of(text, most)
        assert text.startswith(start)
        assert len(start) <= used < most + LINE or not text
        assert len(start) == len(text) or used >= most

    def test_what_is_short_stays_as_it_is(self) -> None:
        row = mail("Done.\n\nRegards")
        assert drawn_messages([row])[0]["received"] == row["received"] | {"is_cut": False}

    def test_what_was_cut_before_is_said_to_be_cut(self) -> None:
        row = mail("Short")
        row["received"]["is_cut"] = True
        assert drawn_messages([row])[0]["received"]["is_cut"]

    def test_one_and_all_are_cut_and_the_document_is_not(self) -> None:
        rows = [mail("w " * 100_000) for _ in range(20)]
        before = deepcopy(rows)
        drawn = drawn_messages(rows)
        texts = [row["received"]["text"] for row in drawn]
        assert len(texts[0]) == MOST_OF_ONE
        assert sum(map(len, texts)) <= MOST_OF_ALL
        assert all(row["received"]["is_cut"] for row in drawn)
        assert rows == before


class RecordOfLongMailTests(RecordTestCase):
    def test_the_longest_mail_there_can_be_is_drawn_in_time(self) -> None:
        record = self.record()
        row = record.document["messages"][0] | mail("\n" * LONGEST_TEXT)
        words = row | mail("word " * (LONGEST_TEXT // 5))
        long = replace(record, document=record.document | {"messages": [row, *[words] * 10]})
        page = page_of(long, self.signing(), "0" * 64)
        assert "The text goes on: all of it is in the file." in page.html
        assert draw(page).startswith(b"%PDF-")
