import datetime
import hashlib
import json
from typing import Any

from django.db import transaction
from django.test import TestCase

from requests_app import __version__
from requests_app.models import (
    Action,
    Event,
    EventPersonalValue,
    EventStream,
    EventValueError,
    Source,
    Subject,
    erase_personal_values,
    record_event,
)
from requests_app.models.event_format import NO_HASH, canonical_json, commitment, utc_text
from requests_app.models.event_words import StreamKind
from tests.database import HistoryTransactionTestCase
from tests.models.events import make_stream, write_event


class RecordEventTests(TestCase):
    def setUp(self) -> None:
        self.stream = make_stream()

    def test_it_chains_events_from_one(self) -> None:
        first, second = write_event(self.stream), write_event(self.stream)
        assert (first.sequence, first.previous_hash) == (1, NO_HASH)
        assert (second.sequence, second.previous_hash) == (2, first.hash)
        kept = EventStream.objects.get(pk=self.stream.pk)
        assert (kept.head_sequence, kept.head_hash) == (2, second.hash)
        assert (self.stream.head_sequence, self.stream.head_hash) == (2, second.hash)

    def test_it_keeps_each_stream_apart(self) -> None:
        other = make_stream(name="OPT-2026-000124")
        write_event(self.stream)
        assert write_event(other).sequence == 1

    def test_it_keeps_what_it_was_given(self) -> None:
        occurred = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
        digest = hashlib.sha256(b"file").hexdigest()
        detail = {"z": 1, "a": ["é", None, True], "ﬀ": {"deep": "x"}}
        made = write_event(self.stream, detail=detail, evidence=[digest], occurred_at=occurred)
        event = Event.objects.get(pk=made.pk)
        assert (event.detail, event.evidence, event.occurred_at) == (detail, [digest], occurred)
        assert (event.actor, event.action, event.source) == ("user:17", Action.NOTE_ADDED, Source.WEB)
        assert (event.subject_type, event.subject_id) == ("optoutrequest", "123")
        assert event.software_version == __version__
        assert event.recorded_at > occurred

    def test_the_hash_is_the_documented_one_after_a_round_trip(self) -> None:
        event = Event.objects.select_related("stream").get(pk=write_event(self.stream).pk)
        document = {
            "action": "note_added",
            "actor": "user:17",
            "detail": {"channel": "email", "count": 3},
            "evidence": [],
            "format": 1,
            "occurred_at": utc_text(event.occurred_at),
            "previous_hash": "0" * 64,
            "recorded_at": utc_text(event.recorded_at),
            "sequence": 1,
            "software_version": __version__,
            "source": "web",
            "stream": {
                "id": str(self.stream.id),
                "kind": "request",
                "name": "OPT-2026-000123",
                "organisation": str(self.stream.organisation_id),
            },
            "subject": {"id": "123", "type": "optoutrequest"},
        }
        written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(written.encode()).hexdigest() == event.hash
        assert event.document == document

    def test_it_refuses_what_it_cannot_write(self) -> None:
        refused: list[tuple[str, Any]] = [
            ("actor", "jane.doe@example.org"),
            ("actor", "Jane Doe"),
            ("actor", "user:17\n"),
            ("subject", Subject("request", "")),
            ("subject", Subject("Request", "1")),
            ("evidence", ["A" * 64]),
            ("evidence", ["ab"]),
            ("detail", {"personal": {}}),
            ("detail", {"x": 1.5}),
            ("personal", {"Name": "x"}),
            ("personal", {"name": "\0"}),
            ("action", "something_else"),
            ("source", "elsewhere"),
            ("occurred_at", datetime.datetime(2026, 11, 24)),  # noqa: DTZ001  # the fault under test
        ]
        for name, value in refused:
            with self.subTest(name, value=value), self.assertRaises(ValueError):
                write_event(self.stream, **{name: value})
        assert not Event.objects.exists()

    def test_a_row_names_itself_as_a_subject(self) -> None:
        organisation = self.stream.organisation
        assert Subject.of(organisation) == ("organisation", str(organisation.pk))

    def test_an_organisation_has_one_stream_of_its_own(self) -> None:
        organisation = self.stream.organisation
        stream = EventStream.of_organisation(organisation)
        assert EventStream.of_organisation(organisation) == stream
        assert (stream.kind, stream.name) == (StreamKind.ORGANISATION, "organisation")


class OutsideATransactionTests(HistoryTransactionTestCase):
    def test_it_is_refused(self) -> None:
        stream = make_stream()
        values: dict[str, Any] = {"actor": "clock", "source": Source.CLOCK, "subject": Subject("request", "1")}
        message = "must be called inside transaction.atomic()"
        with self.assertRaisesMessage(transaction.TransactionManagementError, message):
            record_event(stream, Action.NOTE_ADDED, **values)
        assert not Event.objects.exists()

    def test_a_rolled_back_change_leaves_no_event(self) -> None:
        stream = make_stream()
        with self.assertRaises(RuntimeError), transaction.atomic():
            write_event(stream)
            raise RuntimeError
        assert not Event.objects.exists()
        assert write_event(EventStream.objects.get(pk=stream.pk)).sequence == 1

    def test_a_stream_in_memory_that_was_rolled_back_does_no_harm(self) -> None:
        stream = make_stream()
        with self.assertRaises(RuntimeError), transaction.atomic():
            write_event(stream)
            raise RuntimeError
        assert write_event(stream).sequence == 1


class PersonalValueTests(TestCase):
    def setUp(self) -> None:
        self.stream = make_stream()

    def test_the_chain_holds_a_commitment_only(self) -> None:
        event = write_event(self.stream, personal={"signatory_name": "Jane Doe"})
        row = EventPersonalValue.objects.get(event=event)
        assert "Jane" not in event.detail_json
        assert len(bytes.fromhex(row.salt)) == 32
        assert event.detail["personal"] == {"signatory_name": commitment(row.salt, canonical_json("Jane Doe"))}
        assert event.detail["channel"] == "email"
        assert event.personal == {"signatory_name": "Jane Doe"}

    def test_equal_values_have_different_commitments(self) -> None:
        event = write_event(self.stream, personal={"a": "Jane", "b": "Jane"})
        assert event.detail["personal"]["a"] != event.detail["personal"]["b"]

    def test_erasing_deletes_the_values_and_says_so(self) -> None:
        event = write_event(self.stream, personal={"b": "Jane", "a": ["Doe"]})
        erased = erase_personal_values(event, actor="user:1", source=Source.WEB)
        assert event.personal == {}
        assert erased.action == Action.PERSONAL_DATA_ERASED
        assert erased.detail == {"sequence": 1, "names": ["a", "b"]}
        assert (erased.subject_type, erased.subject_id) == ("event", event.hash)

    def test_erasing_twice_is_an_error(self) -> None:
        event = write_event(self.stream, personal={"a": "Jane"})
        erase_personal_values(event, actor="user:1", source=Source.WEB)
        with self.assertRaisesMessage(EventValueError, "holds no personal data any more"):
            erase_personal_values(event, actor="user:1", source=Source.WEB)
