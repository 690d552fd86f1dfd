import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.test import TestCase, override_settings

from requests_app.models import Checkpoint, Event, EventStream, Organisation, RecordSigner, TreeLeaf
from requests_app.models.event_format import NO_HASH
from requests_app.records.chain import verify_organisation, verify_stream
from requests_app.records.checkpoints import Proofs, make_checkpoint, make_checkpoints, verify_checkpoints
from requests_app.records.merkle import verify_inclusion
from requests_app.records.signer import signing_of
from requests_app.records.signing_key import fingerprint, is_signed, public_key
from tests.database import triggers_off
from tests.models.events import make_stream, write_event

NOW = datetime(2026, 11, 24, 7, 15, tzinfo=UTC)
EVENT, LEAF, CHECKPOINT = (model._meta.db_table for model in (Event, TreeLeaf, Checkpoint))
OTHER_KEY = "A" * 43 + "="


class CheckpointTestCase(TestCase):
    def setUp(self) -> None:
        self.stream = make_stream()
        self.organisation = Organisation.objects.get(pk=self.stream.organisation_id)
        self.events = [write_event(self.stream) for _ in range(5)]

    def make(self, minutes: int = 0) -> Checkpoint:
        return make_checkpoint(self.organisation, NOW + timedelta(minutes=minutes))


class MakingTests(CheckpointTestCase):
    def test_it_signs_the_root_over_every_event(self) -> None:
        checkpoint = self.make()
        document = json.loads(checkpoint.document)
        assert document == {
            "format": 1,
            "kind": "optout-checkpoint",
            "organisation": str(self.organisation.pk),
            "size": 5,
            "root": checkpoint.root,
            "made_at": "2026-11-24T07:15:00.000000Z",
            "key": fingerprint(public_key()),
        }
        assert is_signed(checkpoint.document.encode(), checkpoint.signature, public_key())

    def test_nothing_new_gives_the_last_one_again(self) -> None:
        assert self.make() == self.make(60)
        assert Checkpoint.objects.count() == 1

    def test_what_is_new_is_appended_and_nothing_moves(self) -> None:
        self.make()
        before = list(TreeLeaf.objects.order_by("position").values_list("event_id", flat=True))
        other = make_stream(name="OPT-2026-000002")
        write_event(other)
        write_event(self.stream)
        assert self.make(60).size == 7
        assert list(TreeLeaf.objects.order_by("position").values_list("event_id", flat=True))[:5] == before

    def test_no_history_makes_no_checkpoint(self) -> None:
        empty = Organisation.objects.create(name="Example Inc.", slug="example-inc")
        with self.assertRaisesMessage(ValueError, "example-inc has no history yet"):
            make_checkpoint(empty, NOW)

    def test_the_clock_makes_one_only_where_something_happened(self) -> None:
        other = make_stream(slug="example")
        assert [row.organisation_id for row in make_checkpoints(NOW)] == [self.organisation.pk]
        write_event(other)
        assert [row.organisation_id for row in make_checkpoints(NOW)] == [other.organisation_id]
        assert make_checkpoints(NOW) == []

    def test_the_first_one_comes_with_the_certificate_of_records_and_covers_its_event(self) -> None:
        [checkpoint] = make_checkpoints(NOW)
        signer = RecordSigner.objects.get(organisation=self.organisation)
        assert checkpoint.size == 6
        assert signing_of(self.organisation).fingerprint == signer.fingerprint
        write_event(self.stream)
        assert make_checkpoints(NOW)[0].size == 7

    def test_it_takes_few_queries_however_many_events_there_are(self) -> None:
        with self.assertNumQueries(12):
            self.make()
        for _ in range(30):
            write_event(self.stream)
        with self.assertNumQueries(12):
            self.make(60)

    def test_another_organisation_has_a_tree_of_its_own(self) -> None:
        write_event(make_stream(slug="example"))
        assert self.make().size == 5


class ProofTests(CheckpointTestCase):
    def test_each_event_is_proved_to_be_in_its_checkpoint(self) -> None:
        checkpoint = self.make()
        write_event(self.stream)
        self.make(60)
        hashes = [event.hash for event in self.events]
        for proof in Proofs(checkpoint).of(hashes):
            path = [bytes.fromhex(node) for node in proof["path"]]
            entry, root = bytes.fromhex(proof["hash"]), bytes.fromhex(checkpoint.root)
            assert verify_inclusion(entry, proof["index"], checkpoint.size, path, root)

    def test_there_is_no_proof_of_a_later_event(self) -> None:
        checkpoint = self.make()
        late = write_event(self.stream)
        self.make(60)
        with self.assertRaises(KeyError):
            Proofs(checkpoint).of([late.hash])


class VerifyingTests(CheckpointTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make()
        write_event(self.stream)
        self.make(60)

    def tamper(self, sql: str, *parameters: Any) -> None:
        with triggers_off(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def fault(self) -> str:
        return str(verify_checkpoints(self.organisation)[1])

    def test_untouched_ones_hold(self) -> None:
        assert verify_checkpoints(self.organisation) == (2, None)

    def test_two_events_that_changed_places_show(self) -> None:
        for position, new in ((1, 90), (2, 1), (90, 2)):
            self.tamper(f"UPDATE {LEAF} SET position = %s WHERE position = %s", new, position)
        assert "checkpoint over 5 events: the events that are there now are not those" in self.fault()

    def test_a_leaf_that_was_taken_away_shows(self) -> None:
        self.tamper(f"DELETE FROM {LEAF} WHERE position = 5")
        assert self.fault() == "acme, checkpoint over 6 events: only 5 events are left."

    def test_another_root_shows(self) -> None:
        self.tamper(f"UPDATE {CHECKPOINT} SET root = %s WHERE size = 6", "0" * 64)
        assert "its row says something else than what was signed" in self.fault()

    def test_another_document_shows(self) -> None:
        self.tamper(f"UPDATE {CHECKPOINT} SET document = replace(document, '2026', '2025') WHERE size = 6")
        assert "its signature does not fit" in self.fault()

    def test_a_checkpoint_of_another_key_still_verifies_by_the_key_that_it_names(self) -> None:
        with override_settings(SIGNING_KEY=OTHER_KEY):
            write_event(self.stream)
            checkpoint = self.make(120)
        assert verify_checkpoints(self.organisation) == (3, None)
        assert checkpoint.public_key != public_key()

    def test_history_written_anew_with_every_hash_right_shows(self) -> None:
        self.tamper(f"DELETE FROM {EVENT}")
        self.tamper(f"UPDATE {EventStream._meta.db_table} SET head_sequence = 0, head_hash = %s", NO_HASH)
        for _ in range(6):
            write_event(self.stream, actor="user:18")
        hashes = Event.objects.order_by("sequence").values_list("hash", flat=True)
        for position, entry in enumerate(hashes):
            self.tamper(f"UPDATE {LEAF} SET event_id = %s WHERE position = %s", entry, position)
        assert verify_stream(self.stream).fault is None
        fault = verify_organisation(self.organisation).fault
        assert "the events that are there now are not those that it was made over" in str(fault)

    def test_a_leaf_that_is_no_hash_shows(self) -> None:
        self.tamper(f"UPDATE {LEAF} SET event_id = 'zz' WHERE position = 1")
        assert "a leaf of its tree is no hash" in self.fault()
        self.tamper(f"DELETE FROM {LEAF} WHERE event_id = 'zz'")


class TriggerTests(CheckpointTestCase):
    def refused(self, sql: str) -> None:
        with (
            self.assertRaisesMessage(IntegrityError, "append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

    def test_the_database_refuses_to_change_or_delete_them(self) -> None:
        self.make()
        for sql in (
            f"UPDATE {LEAF} SET position = 99 WHERE position = 1",
            f"DELETE FROM {LEAF}",
            f"UPDATE {CHECKPOINT} SET root = 'x'",
            f"DELETE FROM {CHECKPOINT}",
        ):
            with self.subTest(sql):
                self.refused(sql)
        if connection.vendor == "sqlite":
            self.refused(f"REPLACE INTO {LEAF} SELECT event_id, position, organisation_id FROM {LEAF} LIMIT 1")
        else:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending would be refused for that
            self.refused(f"TRUNCATE {LEAF} CASCADE")
