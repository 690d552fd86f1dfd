import datetime
from typing import Any

import time_machine
from django.db import connection, transaction
from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from requests_app.models import (
    Action,
    EventStream,
    EventValueError,
    NewEvent,
    Source,
    Subject,
    record_event,
    record_events,
)
from requests_app.models.event_format import canonical_json
from requests_app.models.event_text import document_text
from requests_app.records.chain import verify_stream
from tests.database import HistoryTransactionTestCase
from tests.models.events import make_stream, write_event

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DETAILS = st.dictionaries(TEXT.filter(lambda key: key != "personal"), JSON, max_size=4)
MOMENT = datetime.datetime(2026, 3, 29, 1, 30, tzinfo=datetime.UTC)


def entry(stream: EventStream, **values: Any) -> NewEvent:
    known: dict[str, Any] = {
        "action": Action.REMINDER_SENT,
        "actor": "clock",
        "source": Source.CLOCK,
        "subject": Subject("optoutrequest", "17"),
    }
    return NewEvent(stream_id=stream.pk, **known | values)


class SameChainTests(HypothesisTestCase):
    @settings(max_examples=30)
    @given(st.lists(st.tuples(st.integers(0, 2), DETAILS), min_size=1, max_size=6))
    def test_many_events_at_once_make_the_chain_that_single_ones_make(self, wanted: list[tuple[int, Any]]) -> None:
        streams = [make_stream(name=f"stream {number}") for number in range(3)]
        entries = [entry(streams[number], detail=detail) for number, detail in wanted]
        with time_machine.travel(MOMENT, tick=False):
            single = one_by_one(streams, wanted)
            with transaction.atomic():
                many = record_events(entries)
        assert [event.hash for event in many] == single
        for stream in streams:
            stream.refresh_from_db()
            report = verify_stream(stream)
            assert (report.fault, report.events) == (None, sum(streams[number] == stream for number, _ in wanted))

    @settings(max_examples=30)
    @given(DETAILS, TEXT)
    def test_the_text_that_is_hashed_is_the_canonical_one(self, detail: Any, name: str) -> None:
        stream = make_stream(name=name or "x")
        event = write_event(stream, detail=detail)
        assert document_text(event, canonical_json(stream.document)) == canonical_json(event.document)


def one_by_one(streams: list[EventStream], wanted: list[tuple[int, Any]]) -> list[str]:
    """Return the hashes that record_event gives the same events, and undo it all."""
    with transaction.atomic():  # a savepoint
        hashes = [
            record_event(
                streams[number],
                Action.REMINDER_SENT,
                actor="clock",
                source=Source.CLOCK,
                subject=Subject("optoutrequest", "17"),
                detail=detail,
            ).hash
            for number, detail in wanted
        ]
        transaction.set_rollback(True)
    for stream in streams:
        stream.refresh_from_db()
    return hashes


class RecordEventsTests(TestCase):
    def test_it_follows_on_what_is_there_and_is_followed(self) -> None:
        stream, other = make_stream(), make_stream(name="OPT-2026-000124")
        write_event(stream)
        with transaction.atomic():
            record_events([entry(stream), entry(other), entry(stream, occurred_at=MOMENT)])
        stream.refresh_from_db()
        write_event(stream)
        assert [event.sequence for event in stream.events.all()] == [1, 2, 3, 4]
        assert stream.events.get(sequence=3).occurred_at == MOMENT
        assert verify_stream(stream).fault is None
        assert verify_stream(other).events == 1

    def test_personal_values_stand_beside_their_event(self) -> None:
        stream = make_stream()
        with transaction.atomic():
            [event] = record_events([entry(stream, personal={"note": "Jane says no"})])
        assert event.personal == {"note": "Jane says no"}
        report = verify_stream(stream)
        assert (report.fault, report.personal_values) == (None, 1)

    def test_a_value_that_cannot_be_written_stops_all_of_them(self) -> None:
        stream = make_stream()
        with transaction.atomic(), self.assertRaises(EventValueError):
            record_events([entry(stream), entry(stream, detail={"share": 0.5})])
        assert not stream.events.exists()

    def test_the_number_of_queries_does_not_grow_with_the_number_of_streams(self) -> None:
        few = [entry(make_stream(name=f"few-{number}")) for number in range(3)]
        many = [entry(make_stream(name=f"many-{number}")) for number in range(50)]
        with transaction.atomic():
            record_events(few)
            with self.assertNumQueries(self.queries(50)):
                record_events(many)

    @staticmethod
    def queries(streams: int) -> int:
        return 3 if connection.vendor == "postgresql" else 2 + streams


class OutsideTests(HistoryTransactionTestCase):
    def test_it_refuses_to_write_outside_a_transaction(self) -> None:
        with self.assertRaises(transaction.TransactionManagementError):
            record_events([])
