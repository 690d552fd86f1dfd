"""A disk that takes no more: nothing half-written stays, and whoever is concerned is told so in words.

The system itself refuses: no file may grow beyond a limit that is set for the process (RLIMIT_FSIZE). To whoever
writes, that is as a full disk.
"""

import contextlib
import errno
import gc
import hashlib
import logging
import os
import resource
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import SimpleTestCase

from optout.server_error import is_full_disk
from requests_app.delivery.evidence import EvidenceRefused, add_evidence
from requests_app.models import Event, Evidence, Export, ExportFormat, ExportState
from requests_app.records.exports import run_export, start_export
from tests.delivery.test_evidence import MediaTestCase
from tests.intake.mails import mail
from tests.processes import ProcessTestCase

MEGABYTE = 1024 * 1024


@contextlib.contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Have the system refuse whatever would make a file larger than that many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python itself would leave half-written bytecode behind.
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = bytecode


class FilesTests(MediaTestCase):
    def post(self, size: int) -> Any:
        self.client.raise_request_exception = False
        upload = SimpleUploadedFile("screen.txt", b"x" * size)
        return self.client.post(f"/o/acme/requests/{self.request_row.pk}/evidence/", {"upload": upload})

    def nothing_is_there(self) -> None:
        assert self.files() == []
        assert not Evidence.objects.exists()
        assert not Event.objects.filter(action="evidence_added").exists()

    def test_evidence_is_refused_and_nothing_of_it_stays(self) -> None:
        upload = SimpleUploadedFile("screen.txt", b"x" * MEGABYTE)
        with no_file_above(MEGABYTE // 2), self.assertRaisesMessage(EvidenceRefused, "Nothing was recorded"):
            add_evidence(self.by(), self.request_row, upload, "")
        self.nothing_is_there()

    def test_the_form_says_so(self) -> None:
        with no_file_above(MEGABYTE // 2):
            self.assertContains(self.post(MEGABYTE), "The file could not be kept", status_code=422)
        self.nothing_is_there()

    def test_a_file_that_does_not_even_fit_on_the_way_in_is_told_too(self) -> None:
        """Above 2.5 MB it is kept in a file of its own before anybody looks at the form."""
        with no_file_above(MEGABYTE // 2), warnings.catch_warnings():
            # Django leaves closing the file to Python, which then says so; it is gone from the disk in any case. What
            # is logged would hold on to it beyond the end of the test.
            warnings.simplefilter("ignore", ResourceWarning)
            logging.disable(logging.CRITICAL)
            self.addCleanup(logging.disable, logging.NOTSET)
            self.assertContains(self.post(3 * MEGABYTE), "The disk of this server is full", status_code=507)
            gc.collect()
        self.nothing_is_there()
        assert self.post(3 * MEGABYTE).status_code == 302

    def test_an_export_fails_with_the_reason_and_leaves_no_file(self) -> None:
        export = start_export(self.by(), ExportFormat.CSV, "")
        with no_file_above(100):
            assert not run_export(export.pk)
        export = Export.objects.get(pk=export.pk)
        assert export.state == ExportState.FAILED
        assert "could not be written: File too large" in export.log
        assert export.path == ""
        assert self.files() == []


class WordsTests(SimpleTestCase):
    def test_a_full_disk_is_known_by_what_led_to_the_error(self) -> None:
        for error in (
            OSError(errno.ENOSPC, "No space left on device"),
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            OperationalError("database or disk is full"),
            OperationalError('could not extend file "base/1/2": No space left on device'),
        ):
            assert is_full_disk(error)
        outer = ValueError("x")
        outer.__cause__ = OSError(errno.ENOSPC, "No space left on device")
        assert is_full_disk(outer)
        assert not is_full_disk(OSError(errno.ENOENT, "No such file"))
        assert not is_full_disk(None)


@pytest.mark.own_database
class CommandTests(ProcessTestCase):
    """On SQLite, whose file grows within the limit of the process that writes."""

    def limited(self, *arguments: str, given: bytes = b"", size: int = 0) -> "subprocess.CompletedProcess[bytes]":
        """Run a command that may make no file larger than the database is, or than `size`."""
        most = size or self.database.stat().st_size
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            # Python itself would leave half-written bytecode behind.
            env=self.environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            input=given,
            capture_output=True,
            timeout=180,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )

    @property
    def database(self) -> Path:
        return self.data_dir / "optout.sqlite3"

    def rows(self, query: str = "SELECT count(*) FROM requests_app_inboundmail") -> Any:
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute(query).fetchone()[0]

    def test_a_mail_stays_with_the_mail_server_until_there_is_room(self) -> None:
        raw = mail() + b"x" * (8 * MEGABYTE)
        done = self.limited("intake", given=raw)
        assert done.returncode == 75, done.stderr
        assert b"Try again later" in done.stderr
        assert b"Traceback" not in done.stderr
        assert self.rows() == 0
        assert self.rows("PRAGMA integrity_check") == "ok"
        again = subprocess.run(
            [sys.executable, "manage.py", "intake"], input=raw, env=self.environment, check=True, capture_output=True
        )
        assert b"held" in again.stdout
        digest = self.rows("SELECT sha256 FROM requests_app_inboundmail")
        assert digest == hashlib.sha256(raw).hexdigest()

    def test_a_backup_leaves_no_file(self) -> None:
        self.environment["BACKUP_PASSPHRASE"] = "correct horse battery staple"
        target = self.data_dir / "backup"
        evidence = self.data_dir / "media" / "evidence" / "ab" / "abc"
        evidence.parent.mkdir(parents=True)
        evidence.write_bytes(os.urandom(MEGABYTE))
        done = self.limited("backup", str(target), size=MEGABYTE // 2)
        assert done.returncode == 1, done.stderr
        assert b"No file is left" in done.stderr
        assert b"Traceback" not in done.stderr
        assert not [path.name for path in self.data_dir.iterdir() if "backup" in path.name]
        whole = self.manage("backup", str(target))
        assert whole.returncode == 0, whole.stderr
        assert target.stat().st_size > MEGABYTE // 2
