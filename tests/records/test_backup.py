import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import Max
from django.test import SimpleTestCase, override_settings

from requests_app.models import (
    Event,
    EventPersonalValue,
    EventStream,
    Heartbeat,
    MailSettings,
    Message,
    OptOutRequest,
    User,
    Workspace,
)
from requests_app.records.backups import backup, sealed
from requests_app.records.backups.entries import entries_in
from requests_app.records.backups.restore import restore, verified
from requests_app.records.backups.rows import MADE_BY_MIGRATE, last_keys, rows_of, tables
from requests_app.records.backups.sealed import BackupRefused, SealedWriter, opened
from requests_app.records.chain import verify_everything
from tests.database import HistoryTransactionTestCase, triggers_off
from tests.world import write_acme

PASSPHRASE = "correct horse battery"


class SealedTests(SimpleTestCase):
    def setUp(self) -> None:
        self.enterContext(patch.object(sealed, "COST", 2**4))
        self.plain = os.urandom(3 * sealed.CHUNK + 17)
        self.made = self.seal(self.plain)

    def seal(self, plain: bytes) -> bytes:
        file = io.BytesIO()
        with SealedWriter(file, b"pass") as writer:
            writer.write(plain)
        return file.getvalue()

    def read(self, content: bytes, passphrase: bytes = b"pass") -> bytes:
        return b"".join(opened(io.BytesIO(content), passphrase))

    def test_what_went_in_comes_out(self) -> None:
        assert self.read(self.made) == self.plain
        for plain in (b"", b"x", bytes(10_000_000)):
            assert self.read(self.seal(plain)) == plain

    def test_nothing_of_it_can_be_read(self) -> None:
        assert b"Acme GmbH" not in self.seal(b"Acme GmbH" * 9)

    def test_another_passphrase_is_refused(self) -> None:
        with pytest.raises(BackupRefused, match="passphrase"):
            self.read(self.made, b"other")

    def test_a_file_that_was_cut_off_anywhere_is_refused(self) -> None:
        whole = sealed.CHUNK + 16
        head = len(self.made) - 3 * whole - (len(self.made) % whole)
        ends = {0, 5, 20, 300, len(self.made) - 1, *range(max(head, 0), len(self.made), whole // 7)}
        ends |= {self.start() + number * whole for number in range(4)}
        for end in sorted(ends - {len(self.made)}):
            with self.subTest(end), pytest.raises(BackupRefused):
                self.read(self.made[:end])

    def test_one_changed_bit_anywhere_is_refused(self) -> None:
        for place in [*range(self.start()), *range(self.start(), len(self.made), 9973), len(self.made) - 1]:
            changed = bytearray(self.made)
            changed[place] ^= 1
            with self.subTest(place), pytest.raises(BackupRefused):
                self.read(bytes(changed))

    def test_swapped_pieces_and_what_was_appended_are_refused(self) -> None:
        start, whole = self.start(), sealed.CHUNK + 16
        first, second = self.made[start : start + whole], self.made[start + whole : start + 2 * whole]
        for content in (self.made[:start] + second + first + self.made[start + 2 * whole :], self.made + b"x"):
            with pytest.raises(BackupRefused):
                self.read(content)

    def start(self) -> int:
        """Return where the first piece begins."""
        place = len(sealed.MAGIC)
        return place + 4 + int.from_bytes(self.made[place : place + 4], "big")

    def test_a_header_that_asks_for_all_memory_is_refused(self) -> None:
        head = json.loads(self.made[len(sealed.MAGIC) + 4 : self.start()]) | {"n": 2**30}
        raw = json.dumps(head).encode()
        with pytest.raises(BackupRefused, match="no backup says"):
            self.read(sealed.MAGIC + len(raw).to_bytes(4, "big") + raw + self.made[self.start() :])


class DrillTests(HistoryTransactionTestCase):
    """A whole organisation, backed up, lost and brought back: on whichever database the suite runs on."""

    def setUp(self) -> None:
        self.enterContext(patch.object(sealed, "COST", 2**4))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=self.folder / "media"))
        self.enterContext(patch.dict(os.environ, {"BACKUP_PASSPHRASE": PASSPHRASE}))
        self.file = self.folder / "optout.backup"
        write_acme()

    def back_up(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("backup", str(self.file), *arguments, stdout=out, stderr=out)
        return out.getvalue()

    def lose(self) -> None:
        """Make the installation an empty one."""
        with triggers_off():
            call_command("flush", interactive=False, verbosity=0)
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)

    def put_back(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("restore", str(self.file), *arguments, stdout=out, stderr=out)
        return out.getvalue()

    def everything(self) -> dict[str, list[bytes]]:
        return {model._meta.db_table: sorted(rows_of(model)) for model in tables()}

    def files(self) -> dict[str, str]:
        return {
            name: hashlib.sha256(Path(default_storage.path(name)).read_bytes()).hexdigest()
            for name in backup.media_files()
        }

    def test_everything_comes_back_as_it_was(self) -> None:
        Heartbeat.objects.create(worker="worker@here", seen_at="2026-11-24T12:00:00Z")
        rows, files = self.everything(), self.files()
        heads = dict(EventStream.objects.values_list("pk", "head_hash"))
        assert files
        assert len(rows["requests_app_event"]) > 5
        self.back_up()
        self.lose()
        assert not Event.objects.exists()
        assert "Restored and verified" in self.put_back()
        assert self.everything() == rows
        assert self.files() == files
        assert dict(EventStream.objects.values_list("pk", "head_hash")) == heads
        assert verify_everything().fault is None
        assert not Heartbeat.objects.exists()
        self.goes_on()

    def goes_on(self) -> None:
        """See that new rows get keys of their own and that the chain is written on."""
        workspace = Workspace.objects.first()
        assert workspace
        before = Workspace.objects.count()
        Workspace.objects.create(organisation=workspace.organisation, vendor=workspace.vendor, name="A new one")
        assert Workspace.objects.count() == before + 1
        with pytest.raises(Exception, match="append-only"):
            Event.objects.update(actor="somebody")

    def test_no_key_is_given_twice_not_even_that_of_a_row_that_was_gone(self) -> None:
        person = User.objects.create_user("gone@example.org", None)
        gone = person.pk
        person.delete()
        self.back_up()
        self.lose()
        self.put_back()
        assert User.objects.create_user("new@example.org", None).pk == gone + 1
        kept = last_keys()
        for model in tables():
            if model._meta.auto_field and (highest := model._base_manager.aggregate(found=Max("pk"))["found"]):
                assert kept[model._meta.db_table] >= highest, model

    def test_the_bytes_of_messages_and_events_are_the_same(self) -> None:
        raw = {pk: bytes(content) for pk, content in Message.objects.values_list("pk", "raw")}
        events = sorted(Event.objects.values_list("hash", "detail_json", "recorded_at"))
        salts = sorted(EventPersonalValue.objects.values_list("salt", "value_json"))
        self.back_up()
        self.lose()
        self.put_back()
        assert {pk: bytes(content) for pk, content in Message.objects.values_list("pk", "raw")} == raw
        assert sorted(Event.objects.values_list("hash", "detail_json", "recorded_at")) == events
        assert sorted(EventPersonalValue.objects.values_list("salt", "value_json")) == salts

    def test_a_damaged_or_short_file_is_refused_before_anything_is_written(self) -> None:
        self.back_up()
        self.lose()
        whole = self.file.read_bytes()
        for content in (whole[:-1], whole[: len(whole) // 2], whole[:-40] + b"x" + whole[-39:], b"", b"nothing"):
            self.file.write_bytes(content)
            with pytest.raises(CommandError, match="Nothing was changed"):
                self.put_back()
            assert not OptOutRequest.objects.exists()
            assert not self.files()

    def test_a_restore_does_not_say_that_a_backup_was_made_here(self) -> None:
        self.back_up()
        assert backup.last_backup()
        (settings.DATA_DIR / backup.STAMP).unlink()
        self.lose()
        self.put_back()
        assert backup.last_backup() is None

    def test_an_installation_with_anything_in_it_is_left_alone(self) -> None:
        self.back_up()
        rows = self.everything()
        with pytest.raises(CommandError, match="is not empty"):
            self.put_back()
        assert self.everything() == rows

    def test_where_it_fails_on_the_way_all_is_as_before(self) -> None:
        self.back_up()
        self.lose()
        contents = verified(self.file, PASSPHRASE.encode())
        contents.tables["requests_app_event"] += 1
        with pytest.raises(BackupRefused, match="rows instead of"):
            restore(self.file, PASSPHRASE.encode(), contents)
        assert not Event.objects.exists()
        assert not self.files()

    def test_check_reads_all_and_changes_nothing(self) -> None:
        self.back_up()
        assert "Verified" in self.put_back("--check")

    def test_keys_are_in_it_only_when_they_are_asked_for(self) -> None:
        assert "keys are not in it" in self.back_up()
        assert verified(self.file, PASSPHRASE.encode()).keys == {}
        self.file.unlink()
        self.back_up("--with-keys")
        contents = verified(self.file, PASSPHRASE.encode())
        assert contents.keys["signing_key"] == settings.SIGNING_KEY
        assert contents.foreign_keys == []

    def test_other_keys_are_named_after_a_restore(self) -> None:
        MailSettings.objects.update(smtp_password="a canary of a password")
        self.back_up()
        with self.file.open("rb") as file:
            assert b"canary" not in b"".join(opened(file, PASSPHRASE.encode()))
        self.lose()
        with override_settings(FIELD_KEYS=[Fernet.generate_key().decode()]):
            assert "field_keys" in self.put_back()
        assert str(MailSettings.objects.get().smtp_password) == "a canary of a password"

    def test_the_file_is_for_its_owner_alone_and_never_overwritten(self) -> None:
        self.back_up()
        assert stat.S_IMODE(self.file.stat().st_mode) == 0o600
        assert list(self.folder.glob(".*")) == []
        with pytest.raises(CommandError, match="already"):
            self.back_up()

    def test_its_age_is_known(self) -> None:
        with override_settings(DATA_DIR=self.folder):
            assert backup.last_backup() is None
            self.back_up()
            assert backup.last_backup()

    def test_a_disk_that_takes_no_more_leaves_no_file(self) -> None:
        full = patch.object(os, "fsync", side_effect=OSError(28, "No space left on device"))
        with full, pytest.raises(CommandError, match="No space left"):
            self.back_up()
        assert [path.name for path in self.folder.iterdir() if path.is_file()] == []

    def test_evidence_whose_file_is_gone_is_named(self) -> None:
        shutil.rmtree(Path(settings.MEDIA_ROOT) / "evidence")
        assert "has no file any more" in self.back_up()

    def test_without_a_passphrase_nothing_is_made(self) -> None:
        for value in ("", "short"):
            with patch.dict(os.environ, {"BACKUP_PASSPHRASE": value}), pytest.raises(CommandError, match="passphrase"):
                self.back_up()

    def test_it_holds_every_table_that_is_kept(self) -> None:
        self.back_up()
        heads: list[dict[str, Any]] = []
        with self.file.open("rb") as file:
            heads += [entry.head for entry in entries_in(opened(file, PASSPHRASE.encode()))]
        assert {head["table"] for head in heads if "table" in head} >= {"requests_app_event", *MADE_BY_MIGRATE}
