import hashlib
import json
import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase

from requests_app.models import Event, EventPersonalValue, EventStream, Source, erase_personal_values
from requests_app.records.chain import (
    ChainReport,
    Fault,
    FaultKind,
    verify_everything,
    verify_organisation,
    verify_stream,
)
from tests.database import triggers_off
from tests.models.events import make_stream, write_event

EVENT, STREAM = Event._meta.db_table, EventStream._meta.db_table
PERSONAL = EventPersonalValue._meta.db_table
NAME = "OPT-2026-000123"
ANOTHER_DIGEST = "f" * 64


class TamperingTestCase(TestCase):
    """Five events in one stream, the third with a personal value and evidence."""

    def setUp(self) -> None:
        self.stream = make_stream()
        for number in range(1, 6):
            third: dict[str, Any] = {"personal": {"name": "Jane"}, "evidence": [hashlib.sha256(b"x").hexdigest()]}
            write_event(self.stream, **(third if number == 3 else {}))

    def tamper(self, *statements: str) -> None:
        """Run SQL with the triggers and foreign keys out of the way."""
        with triggers_off(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def found(self, sequence: int, kind: FaultKind, *statements: str, stream: str = NAME) -> None:
        """Tamper and see that exactly this row is named."""
        self.tamper(*statements)
        fault = verify_stream(EventStream.objects.get(pk=self.stream.pk)).fault
        assert isinstance(fault, Fault)
        assert (fault.organisation, fault.stream, fault.sequence, fault.kind) == ("acme", stream, sequence, kind)


class UntouchedTests(TamperingTestCase):
    def test_it_counts_what_it_checked(self) -> None:
        assert verify_stream(self.stream) == ChainReport(streams=1, events=5, personal_values=1)

    def test_an_empty_stream_holds(self) -> None:
        assert verify_stream(make_stream(slug="example")) == ChainReport(streams=1)

    def test_erased_personal_data_leaves_the_chain_valid(self) -> None:
        erase_personal_values(self.stream.events.get(sequence=3), actor="user:1", source=Source.WEB)
        assert verify_stream(self.stream) == ChainReport(streams=1, events=6, personal_values=0)

    def test_a_moment_without_a_fraction_holds(self) -> None:
        moment = Event.objects.earliest("sequence").recorded_at.replace(microsecond=0)
        write_event(self.stream, occurred_at=moment)
        assert verify_stream(self.stream) == ChainReport(streams=1, events=6, personal_values=1)

    def test_a_long_stream_takes_few_queries(self) -> None:
        for _ in range(50):
            write_event(self.stream, personal={"name": "Jane"})
        with self.assertNumQueries(2):
            assert verify_stream(self.stream).events == 55


class ChangedContentTests(TamperingTestCase):
    def test_one_changed_byte_in_a_column_names_the_row(self) -> None:
        changes = {
            "hash": f"'{ANOTHER_DIGEST}'",
            "previous_hash": "'0' || substr(previous_hash, 2, 62) || 'x'",
            "format": "2",
            "actor": "'user:18'",
            "action": "'note_addee'",
            "source": "'wec'",
            "subject_type": "'optoutrequesu'",
            "subject_id": "'124'",
            "detail": "replace(detail, 'email', 'emaim')",
            "evidence": "replace(evidence, '2', '3')",
            "software_version": "'0.1.9'",
            "occurred_at": self.a_microsecond_later("occurred_at"),
            "recorded_at": self.a_microsecond_later("recorded_at"),
        }
        elsewhere = {"stream_id", "sequence"}  # the tests of moved and missing rows
        assert {str(field.column) for field in Event._meta.concrete_fields} == set(changes) | elsewhere
        for column, value in changes.items():
            with self.subTest(column):
                self.tamper(f"CREATE TABLE kept AS SELECT * FROM {EVENT} WHERE sequence = 3")
                self.found(3, FaultKind.CHANGED, f"UPDATE {EVENT} SET {column} = {value} WHERE sequence = 3")
                self.tamper(
                    f"UPDATE {EVENT} SET {column} = (SELECT {column} FROM kept) WHERE sequence = 3", "DROP TABLE kept"
                )
                assert not verify_stream(self.stream).fault

    def a_microsecond_later(self, column: str) -> str:
        if connection.vendor == "postgresql":
            return f"{column} + interval '1 microsecond'"
        return f"substr({column}, 1, 25) || CASE substr({column}, 26) WHEN '9' THEN '0' ELSE '9' END"

    def test_detail_in_another_spelling_names_the_row(self) -> None:
        for sequence, spelling in [
            (5, """replace(detail, ':3', ':3.0')"""),
            (4, """replace(detail, ',', ', ')"""),
            (3, """replace(detail, '"count":3', '"count":4,"count":3')"""),
            (2, "'['"),
            (1, "''"),
        ]:
            with self.subTest(spelling):
                sql = f"UPDATE {EVENT} SET detail = {spelling} WHERE sequence = {sequence}"
                self.found(sequence, FaultKind.CHANGED, sql)

    def test_deep_nesting_put_into_detail_names_the_row(self) -> None:
        self.found(2, FaultKind.CHANGED, f"UPDATE {EVENT} SET detail = '{'[' * 100_000}' WHERE sequence = 2")

    def test_another_name_of_the_stream_names_its_first_event(self) -> None:
        self.found(1, FaultKind.CHANGED, f"UPDATE {STREAM} SET name = 'OPT-2026-000999'", stream="OPT-2026-000999")

    def test_another_kind_of_stream_names_its_first_event(self) -> None:
        self.found(1, FaultKind.CHANGED, f"UPDATE {STREAM} SET kind = 'organisation'")

    def test_a_stream_given_to_another_organisation_is_noticed(self) -> None:
        other = make_stream(slug="example", name="OPT-2026-000001").organisation
        with triggers_off():
            EventStream.objects.filter(pk=self.stream.pk).update(organisation=other)
        fault = verify_everything().fault
        assert isinstance(fault, Fault)
        assert (fault.organisation, fault.stream, fault.sequence) == ("example", NAME, 1)


class MovedRowTests(TamperingTestCase):
    def test_two_events_in_each_other_s_place_name_the_first(self) -> None:
        statement = f"UPDATE {EVENT} SET sequence = %s WHERE sequence = %s"
        swap = [statement % pair for pair in [(99, 2), (2, 4), (4, 99)]]
        self.found(2, FaultKind.CHANGED, *swap)

    def test_a_removed_event_names_its_place(self) -> None:
        self.found(2, FaultKind.GAP, f"DELETE FROM {EVENT} WHERE sequence = 2")

    def test_a_removed_first_event_names_its_place(self) -> None:
        self.found(1, FaultKind.GAP, f"DELETE FROM {EVENT} WHERE sequence = 1")

    def test_another_sequence_names_the_place_left(self) -> None:
        self.found(2, FaultKind.GAP, f"UPDATE {EVENT} SET sequence = 22 WHERE sequence = 2")

    def test_a_removed_tail_names_the_first_that_is_missing(self) -> None:
        self.found(4, FaultKind.MISSING_TAIL, f"DELETE FROM {EVENT} WHERE sequence > 3")

    def test_a_stream_without_its_events_names_the_first(self) -> None:
        self.found(1, FaultKind.MISSING_TAIL, f"DELETE FROM {PERSONAL}", f"DELETE FROM {EVENT}")

    def test_an_event_moved_to_another_stream_leaves_a_gap(self) -> None:
        other = make_stream(name="OPT-2026-000124")
        with triggers_off():
            Event.objects.filter(sequence=2).update(stream=other, sequence=1)
        self.found(2, FaultKind.GAP)
        fault = verify_stream(other).fault
        assert isinstance(fault, Fault)
        assert (fault.sequence, fault.kind) == (1, FaultKind.CHANGED)

    def test_a_head_set_back_is_noticed(self) -> None:
        self.found(5, FaultKind.HEAD, f"UPDATE {STREAM} SET head_sequence = 4")

    def test_another_hash_of_the_head_is_noticed(self) -> None:
        self.found(5, FaultKind.HEAD, f"UPDATE {STREAM} SET head_hash = '{ANOTHER_DIGEST}'")

    def test_an_event_written_anew_with_its_right_hash_breaks_the_next_link(self) -> None:
        event = Event.objects.select_related("stream").get(sequence=4)
        old, event.actor = event.hash, "user:99"
        text = json.dumps(event.document, sort_keys=True, separators=(",", ":"))
        new = hashlib.sha256(text.encode()).hexdigest()
        statement = f"UPDATE {EVENT} SET actor = 'user:99', hash = '{new}' WHERE hash = '{old}'"
        self.found(5, FaultKind.BROKEN_LINK, statement)


class PersonalValueTests(TamperingTestCase):
    def test_each_changed_column_names_its_event(self) -> None:
        for column, value in [
            ("value", "'\"June\"'"),
            ("salt", f"'{ANOTHER_DIGEST}'"),
            ("salt", "'x'"),
            ("name", "'nam'"),
        ]:
            with self.subTest(column, value=value):
                self.found(3, FaultKind.COMMITMENT, f"UPDATE {PERSONAL} SET {column} = {value}")

    def test_a_value_beside_another_event_names_that_event(self) -> None:
        event = self.stream.events.get(sequence=1)
        self.found(1, FaultKind.COMMITMENT, f"UPDATE {PERSONAL} SET event_id = '{event.hash}'")

    def test_the_earlier_of_two_faults_is_named(self) -> None:
        changed = f"UPDATE {EVENT} SET actor = 'user:18' WHERE sequence = 4"
        self.found(3, FaultKind.COMMITMENT, f"UPDATE {PERSONAL} SET value = '1'", changed)
        self.found(2, FaultKind.CHANGED, f"UPDATE {EVENT} SET actor = 'user:18' WHERE sequence = 2")


class WrittenPastDjangoTests(TamperingTestCase):
    """What only SQLite stores: any bytes in any column."""

    def setUp(self) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL checks types and encoding itself")
        super().setUp()

    def test_bytes_that_are_no_text_name_the_row(self) -> None:
        for sequence, column in [(5, "actor"), (4, "detail"), (2, "occurred_at"), (1, "hash")]:
            with self.subTest(column):
                sql = f"UPDATE {EVENT} SET {column} = CAST(x'ff' AS TEXT) WHERE sequence = {sequence}"
                self.found(sequence, FaultKind.CHANGED, sql)

    def test_binary_values_name_the_row(self) -> None:
        for sequence, column in [(5, "actor"), (4, "detail"), (3, "evidence"), (2, "recorded_at")]:
            with self.subTest(column):
                sql = f"UPDATE {EVENT} SET {column} = CAST({column} AS BLOB) WHERE sequence = {sequence}"
                self.found(sequence, FaultKind.CHANGED, sql)

    def test_an_impossible_moment_names_the_row(self) -> None:
        for sequence, change in [(5, "' ', 'T'"), (4, "'2', '9'"), (3, "'.', 'x'"), (2, "' ', '  '")]:
            with self.subTest(change):
                sql = f"UPDATE {EVENT} SET recorded_at = replace(recorded_at, {change}) WHERE sequence = {sequence}"
                self.found(sequence, FaultKind.CHANGED, sql)

    def test_text_for_a_number_names_the_row(self) -> None:
        self.found(2, FaultKind.GAP, f"UPDATE {EVENT} SET sequence = 'x' WHERE sequence = 2")

    def test_text_for_the_head_names_the_last_event(self) -> None:
        self.found(5, FaultKind.HEAD, f"UPDATE {STREAM} SET head_sequence = 'x'")

    def test_the_usual_reading_of_text_comes_back(self) -> None:
        verify_everything()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'é'")
            assert cursor.fetchone() == ("é",)
        assert connection.connection.text_factory is str


class ManyStreamsTestCase(TamperingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = make_stream(slug="example", name="OPT-2026-000001")
        write_event(self.other)
        write_event(EventStream.of_organisation(self.stream.organisation))


class OrganisationTests(ManyStreamsTestCase):
    def test_it_checks_all_streams_of_the_organisation_and_no_other(self) -> None:
        assert verify_organisation(self.stream.organisation) == ChainReport(streams=2, events=6, personal_values=1)
        self.tamper(f"UPDATE {EVENT} SET actor = 'user:18' WHERE sequence = 5")
        assert not verify_organisation(self.other.organisation).fault
        assert verify_organisation(self.stream.organisation).fault

    def test_it_checks_everything(self) -> None:
        assert verify_everything() == ChainReport(streams=3, events=7, personal_values=1)

    def test_it_finds_an_event_whose_stream_is_gone(self) -> None:
        nowhere = uuid.uuid4()
        with triggers_off():
            Event.objects.filter(sequence=5).update(stream=nowhere)
        fault = verify_everything().fault
        with triggers_off():
            Event.objects.filter(sequence=5).update(stream=self.stream)
        assert isinstance(fault, Fault)
        assert (fault.sequence, fault.kind) == (5, FaultKind.NO_STREAM)


class CommandTests(ManyStreamsTestCase):
    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("verify_chain", *arguments, stdout=out)
        return out.getvalue().strip()

    def failure(self, *arguments: str) -> CommandError:
        with self.assertRaises(CommandError) as caught:
            call_command("verify_chain", *arguments, stdout=StringIO())
        return caught.exception

    def test_it_counts_and_succeeds(self) -> None:
        assert self.run_command() == (
            "7 events in 3 streams hold together; 1 personal values match their commitments,"
            " 0 checkpoints fit the events."
        )
        assert self.run_command("--organisation", "example").startswith("1 events in 1 streams")

    def test_it_names_the_first_bad_row_and_exits_with_1(self) -> None:
        self.tamper(f"UPDATE {EVENT} SET actor = 'user:18' WHERE sequence = 4")
        failure = self.failure("--organisation", "acme")
        assert failure.returncode == 1
        assert str(failure).startswith(f"acme, stream {NAME}, event 4: its content")

    def test_an_unknown_organisation_exits_with_2_and_says_which_there_are(self) -> None:
        failure = self.failure("--organisation", "nobody")
        assert failure.returncode == 2
        assert "No organisation has the slug 'nobody'. Known: acme, example." in str(failure)

    def test_it_prints_json(self) -> None:
        assert json.loads(self.run_command("--json")) == {
            "ok": True,
            "streams": 3,
            "events": 7,
            "personal_values": 1,
            "checkpoints": 0,
            "fault": None,
        }

    def test_it_prints_json_for_a_fault(self) -> None:
        self.tamper(f"DELETE FROM {EVENT} WHERE sequence = 4")
        out = StringIO()
        with self.assertRaises(CommandError):
            call_command("verify_chain", "--json", stdout=out)
        result = json.loads(out.getvalue())
        assert result["ok"] is False
        assert result["fault"]["kind"] == "gap"
        assert (result["fault"]["stream"], result["fault"]["sequence"]) == (NAME, 4)
        assert result["fault"]["message"].startswith("acme, stream")
