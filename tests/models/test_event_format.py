import datetime
import hashlib
import json
import re
from pathlib import Path

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.models import EventValueError
from requests_app.models.event_format import MAX_DEPTH, canonical_json, commitment, utc_text

DOCS = Path(__file__).parents[2] / "docs" / "event-log.md"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


class CanonicalJsonTests(SimpleTestCase):
    @given(values)
    def test_what_is_written_reads_back_and_writes_the_same(self, value: object) -> None:
        written = canonical_json(value)
        assert json.loads(written) == value
        assert canonical_json(json.loads(written)) == written

    @given(st.dictionaries(texts, scalars))
    def test_it_does_not_depend_on_the_order_of_keys(self, value: dict[str, object]) -> None:
        assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)

    def test_it_sorts_keys_by_utf_16(self) -> None:
        # RFC 8785, 3.2.3: U+1F600 is D83D DE00 there and comes before U+FB33.
        assert canonical_json({"\ufb33": 1, "\U0001f600": 2, "\r": 3}) == '{"\\r":3,"\U0001f600":2,"\ufb33":1}'

    def test_it_names_the_place_of_what_it_refuses(self) -> None:
        for value, words in [
            ({"a": [1, 1.0]}, "detail.a[1]: 1.0 is a number with a decimal point"),
            ({"a": float("nan")}, "detail.a: nan is a number"),
            ({"a": 2**53}, "detail.a: 9007199254740992 is beyond"),
            ({"a": -(2**53)}, "detail.a: -9007199254740992 is beyond"),
            ({"a": "x\0"}, "detail.a: holds a NUL character"),
            ({"a": "\ud83d"}, "detail.a: holds a lone surrogate"),
            ({"\udc00": 1}, "key '\\udc00': holds a lone surrogate"),
            ({"a\0": 1}, "holds a NUL character"),
            ({1: 1}, "detail: the key 1 is not text"),
            ({"a": (1,)}, "detail.a: tuple is not a JSON value"),
            ({"a": datetime.date(2026, 11, 24)}, "detail.a: date is not a JSON value"),
        ]:
            with self.subTest(words), self.assertRaisesMessage(EventValueError, words):
                canonical_json(value, "detail")

    def test_it_refuses_deep_nesting(self) -> None:
        value: object = "x"
        for _ in range(MAX_DEPTH):
            value = [value]
        canonical_json(value)
        for deeper in [[value], {"a": value}]:
            with self.assertRaisesMessage(EventValueError, "nested deeper"):
                canonical_json(deeper)


class UtcTextTests(SimpleTestCase):
    def test_it_is_fixed_in_width_and_in_utc(self) -> None:
        berlin = datetime.timezone(datetime.timedelta(hours=1))
        assert utc_text(datetime.datetime(2026, 11, 24, 8, 15, tzinfo=berlin)) == "2026-11-24T07:15:00.000000Z"
        assert (
            utc_text(datetime.datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=datetime.UTC)) == "2026-01-02T03:04:05.000060Z"
        )

    def test_it_refuses_a_time_without_a_zone(self) -> None:
        with self.assertRaisesMessage(EventValueError, "has no time zone"):
            utc_text(datetime.datetime(2026, 11, 24, 7, 15))  # noqa: DTZ001  # the fault under test


class DocumentationTests(SimpleTestCase):
    def test_the_worked_example_has_the_hash_that_the_page_says(self) -> None:
        page = DOCS.read_text(encoding="utf-8")
        example = re.findall(r"```json\n(.+)\n```", page)[0]
        assert canonical_json(json.loads(example)) == example
        assert f"\n    {hashlib.sha256(example.encode()).hexdigest()}\n" in page

    def test_the_example_of_a_commitment_is_the_one_in_the_event(self) -> None:
        page = DOCS.read_text(encoding="utf-8")
        salt, value = re.findall(r'^    ([0-9a-f]{64})\n    ("Jane Doe")$', page, re.MULTILINE)[0]
        assert f'"personal":{{"signatory_name":"{commitment(salt, value)}"}}' in page
        assert commitment(salt, value) == hashlib.sha256(bytes(range(32)) + b'"Jane Doe"').hexdigest()
