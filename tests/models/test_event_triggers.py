import re
import uuid
from importlib import import_module
from unittest import skipUnless

from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from requests_app.models import Event, EventStream
from requests_app.models.event_format import NO_HASH
from tests.database import HistoryTransactionTestCase
from tests.models.events import make_stream, write_event

EVENT_COLUMNS = ", ".join(str(field.column) for field in Event._meta.concrete_fields)
EVENT, STREAM = Event._meta.db_table, EventStream._meta.db_table
RULES = import_module("requests_app.migrations.0002_event_triggers")


class TriggerTestCase(TestCase):
    def setUp(self) -> None:
        self.stream = make_stream()
        self.events = [write_event(self.stream) for _ in range(3)]

    def refused(self, sql: str, words: str, *parameters: str | int) -> None:
        with self.assertRaisesMessage(IntegrityError, words), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def copy(self, *, sequence: int, hash: str, previous_hash: str, verb: str = "INSERT", rowid: str = "") -> str:
        """Return SQL that inserts the last event again with these columns changed."""
        changed = {"sequence": str(sequence), "hash": f"'{hash}'", "previous_hash": f"'{previous_hash}'"}
        selected = ", ".join(changed.get(column, column) for column in EVENT_COLUMNS.split(", "))
        columns = f"rowid, {EVENT_COLUMNS}" if rowid else EVENT_COLUMNS
        values = f"{rowid}, {selected}" if rowid else selected
        return f"{verb} INTO {EVENT} ({columns}) SELECT {values} FROM {EVENT} WHERE sequence = 3"

    def uuid(self, value: object) -> str:
        """Return the id as this database stores it."""
        return str(value).replace("-", "") if connection.vendor == "sqlite" else str(value)


class TriggerTests(TriggerTestCase):
    def test_every_trigger_is_there_after_all_migrations(self) -> None:
        # A later migration that rebuilds a table on SQLite would drop them without a word.
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            else:
                cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
            found = {row[0] for row in cursor.fetchall()}
        wanted = {re.findall(r"CREATE TRIGGER (\w+)", sql)[0] for sql in self.statements() if "CREATE TRIGGER" in sql}
        assert len(wanted) >= 10
        assert wanted <= found

    def statements(self) -> list[str]:
        return list(RULES.STATEMENTS[connection.vendor]())

    def test_update_is_refused_for_each_column(self) -> None:
        for column in EVENT_COLUMNS.split(", "):
            with self.subTest(column):
                self.refused(f"UPDATE {EVENT} SET {column} = {column}", "UPDATE refused")

    def test_delete_is_refused(self) -> None:
        self.refused(f"DELETE FROM {EVENT} WHERE sequence = 3", "DELETE refused")
        self.refused(f"DELETE FROM {EVENT}", "DELETE refused")
        self.refused(f"DELETE FROM {STREAM}", "DELETE refused")

    def test_the_orm_is_refused_too(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            Event.objects.update(actor="clock")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Event.objects.all().delete()
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.events[0].save()

    def test_an_event_over_an_existing_one_is_refused(self) -> None:
        first, second, third = (event.hash for event in self.events)
        taken = "an event with this hash or sequence exists"
        verbs = ["INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"]
        for verb in verbs if connection.vendor == "sqlite" else verbs[:1]:
            with self.subTest(verb):
                self.refused(self.copy(sequence=3, hash="a" * 64, previous_hash=second, verb=verb), taken)
                self.refused(self.copy(sequence=4, hash=first, previous_hash=third, verb=verb), taken)

    def test_an_upsert_is_refused(self) -> None:
        sql = self.copy(sequence=3, hash="a" * 64, previous_hash=self.events[1].hash)
        self.refused(f"{sql} ON CONFLICT DO NOTHING", "exists")
        self.refused(f"{sql} ON CONFLICT (stream_id, sequence) DO UPDATE SET actor = 'clock'", "exists")

    def test_only_the_next_link_may_be_added(self) -> None:
        second, third = self.events[1].hash, self.events[2].hash
        for sequence, previous in [(5, third), (4, second), (4, "0" * 64), (0, "0" * 64)]:
            with self.subTest(sequence, previous=previous):
                sql = self.copy(sequence=sequence, hash="a" * 64, previous_hash=previous)
                self.refused(sql, "not the next link")

    def test_a_stream_keeps_its_name(self) -> None:
        other = make_stream(slug="example", name="OPT-2026-000001")
        for column, value in [
            ("name", "OPT-2026-000999"),
            ("kind", "organisation"),
            ("organisation_id", self.uuid(other.organisation_id)),
            ("id", self.uuid("00000000-0000-4000-8000-000000000000")),
        ]:
            with self.subTest(column):
                self.refused(f"UPDATE {STREAM} SET {column} = %s WHERE name = 'OPT-2026-000123'", "keeps its", value)

    def test_the_head_only_moves_on(self) -> None:
        for sequence, digest in [(2, self.events[1].hash), (4, "a" * 64), (3, "a" * 64), (2, self.events[2].hash)]:
            with self.subTest(sequence, digest=digest):
                sql = f"UPDATE {STREAM} SET head_sequence = %s, head_hash = %s"
                self.refused(sql, "only moves on to a later event", sequence, digest)

    def test_a_stream_starts_empty(self) -> None:
        with self.assertRaisesMessage(IntegrityError, "starts empty"), transaction.atomic():
            EventStream.objects.create(
                organisation=self.stream.organisation, kind="request", name="new", head_sequence=1, head_hash="a" * 64
            )


class FlushTests(HistoryTransactionTestCase):
    def test_flush_is_refused(self) -> None:
        write_event(make_stream())
        with self.assertRaises(CommandError) as caught:
            call_command("flush", interactive=False, verbosity=0)
        assert "refused" in str(caught.exception.__cause__)
        assert Event.objects.count() == 1


@skipUnless(connection.vendor == "sqlite", "PostgreSQL finds no row by a hidden number")
class HiddenRowTests(TriggerTestCase):
    """SQLite finds a row by its rowid too, and OR REPLACE deletes whichever row has it."""

    def test_an_event_over_a_rowid_is_refused(self) -> None:
        sql = self.copy(sequence=4, hash="a" * 64, previous_hash=self.events[2].hash, verb="REPLACE", rowid="1")
        self.refused(sql, "an event with this rowid exists")

    def test_a_stream_over_another_is_refused(self) -> None:
        organisation = self.uuid(self.stream.organisation_id)
        columns = "id, organisation_id, kind, name, head_sequence, head_hash"
        for values in [
            (self.uuid(self.stream.id), organisation, "request", "new"),
            (self.uuid(uuid.uuid4()), organisation, "request", self.stream.name),
        ]:
            sql = f"REPLACE INTO {STREAM} ({columns}) VALUES (%s, %s, %s, %s, 0, '{NO_HASH}')"
            self.refused(sql, "only once", *values)
        sql = f"REPLACE INTO {STREAM} (rowid, {columns}) VALUES (1, %s, %s, 'request', 'new', 0, '{NO_HASH}')"
        self.refused(sql, "only once", self.uuid(uuid.uuid4()), organisation)

    def test_a_stream_cannot_take_the_place_of_another(self) -> None:
        make_stream(name="OPT-2026-000124")
        self.refused(f"UPDATE OR REPLACE {STREAM} SET rowid = 1 WHERE rowid = 2", "keeps its rowid")
