import datetime
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import override_settings
from django.utils import timezone

from requests_app.management import valkey
from requests_app.models import Heartbeat, MailSettings, OutgoingMail, SendState, record_heartbeat
from requests_app.tracking import system
from requests_app.tracking.system import Check, State
from requests_app.tracking.system_mail import outbox, reading, sending
from tests.delivery.outbox import OutboxTestCase
from tests.delivery.smtp_server import smtp_server
from tests.processes import free_port

PAGE = "/o/acme/settings/system/"


@contextmanager
def running_valkey() -> Iterator[str]:
    """Serve for the block; give the address as Celery has it."""
    with tempfile.TemporaryDirectory(prefix="optout-valkey-") as folder:
        server = subprocess.Popen(valkey.command(Path(folder)), stdout=subprocess.DEVNULL)
        while not valkey.answers(Path(folder)):
            time.sleep(0.05)
        try:
            yield f"redis+socket://{folder}/valkey.sock"
        finally:
            server.kill()
            server.wait()


class MachineTests(OutboxTestCase):
    def test_the_database_answers_or_not_or_is_of_another_version(self) -> None:
        assert system.database().state is State.OK
        with mock.patch("requests_app.tracking.system.MigrationExecutor", side_effect=DatabaseError):
            assert system.database().state is State.BAD
        with mock.patch.object(MigrationExecutor, "migration_plan", return_value=[1, 2]):
            assert "migrate" in system.database().hint

    def test_a_real_broker_is_seen_and_missed(self) -> None:
        with running_valkey() as address, override_settings(CELERY_BROKER_URL=address):
            assert system.broker().state is State.OK
        with override_settings(CELERY_BROKER_URL=f"redis://:canary-55e1@127.0.0.1:{free_port()}/0"):
            began = time.monotonic()
            check = system.broker()
            assert time.monotonic() - began < 10
        assert check.state is State.BAD
        assert "canary" not in str(check)

    def test_a_worker_is_alive_while_it_beats(self) -> None:
        assert system.worker_and_beat().state is State.BAD
        record_heartbeat("worker@example", timezone.now())
        assert system.worker_and_beat().state is State.OK
        Heartbeat.objects.update(seen_at=timezone.now() - datetime.timedelta(hours=1))
        check = system.worker_and_beat()
        assert (check.state, "manage.py run" in check.hint) == (State.BAD, True)

    def test_a_clock_that_went_back_is_noticed(self) -> None:
        self.queue()
        assert system.clock().state is State.OK
        past = timezone.now() - datetime.timedelta(days=1)
        with mock.patch("requests_app.tracking.system.timezone.now", return_value=past):
            assert system.clock().state is State.BAD

    def test_fonts_and_libraries_are_there_or_named(self) -> None:
        assert system.fonts().state is State.OK
        assert system.native_libraries().state is State.OK
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(system, "FONT_DIR", Path(folder)):
            assert system.fonts().state is State.BAD
            (Path(folder) / "Broken.ttf").write_bytes(b"no font")
            assert system.fonts().text == "Broken.ttf"
        with mock.patch.object(system, "missing_libraries", return_value=["pango-1.0"]):
            assert "libpango-1.0-0" in system.native_libraries().hint

    def test_a_full_disk_is_noticed(self) -> None:
        for free, state in ((10 * 1024**3, State.OK), (1024**3, State.WARN), (1024**2, State.BAD)):
            with mock.patch.object(shutil, "disk_usage", return_value=mock.Mock(free=free)):
                assert system.disk().state is state
        with override_settings(DATA_DIR="/nowhere-at-all"):
            assert system.disk().state is State.BAD


class MailTests(OutboxTestCase):
    def states(self) -> tuple[State, State, State]:
        return sending(self.acme).state, outbox(self.acme).state, reading(self.acme).state

    def test_what_was_never_set_up_is_fine(self) -> None:
        MailSettings.objects.all().delete()
        assert self.states() == (State.OK, State.OK, State.OK)

    def test_the_last_answer_of_the_server_is_told(self) -> None:
        self.queue()
        assert sending(self.acme).state is State.WARN
        with smtp_server() as (port, _mailbox):
            self.use(smtp_port=port)
            self.deliver()
        assert "250 2.0.0 taken as 4711" in sending(self.acme).text
        assert sending(self.acme).state is State.OK
        self.use(sending_paused_at=timezone.now(), sending_paused_reason="535 wrong")
        assert "535 wrong" in sending(self.acme).text
        assert sending(self.acme).state is State.BAD

    def test_what_waits_too_long_or_is_in_doubt_is_told(self) -> None:
        mail = self.queue()
        assert outbox(self.acme).state is State.OK
        OutgoingMail.objects.filter(pk=mail.pk).update(due_at=timezone.now() - datetime.timedelta(hours=1))
        assert outbox(self.acme).state is State.BAD
        OutgoingMail.objects.filter(pk=mail.pk).update(state=SendState.UNKNOWN)
        assert outbox(self.acme).state is State.WARN

    def test_a_mailbox_that_is_not_read_is_told(self) -> None:
        now = timezone.now()
        self.use(imap_host="imap.example.org")
        assert reading(self.acme).state is State.WARN
        self.use(last_polled_at=now)
        assert reading(self.acme).state is State.OK
        self.use(last_polled_at=now - datetime.timedelta(hours=1))
        assert reading(self.acme).state is State.BAD
        self.use(last_polled_at=now, last_poll_error="No such mailbox")
        assert reading(self.acme) == Check("Mail in (IMAP)", State.BAD, "No such mailbox", reading(self.acme).hint)


class PageTests(OutboxTestCase):
    def test_an_owner_sees_every_check_and_nobody_else_does(self) -> None:
        self.client.force_login(self.owner)
        with override_settings(CELERY_BROKER_URL=f"redis://127.0.0.1:{free_port()}/0"):
            page = self.client.get(PAGE)
        of_machine = ("Database", "Broker", "Worker and beat", "Clock", "Fonts", "Libraries", "Disk", "Backup")
        for name in (*of_machine, "SMTP", "IMAP"):
            self.assertContains(page, name)
        self.assertContains(page, "things need a look")
        for user, status in ((self.admin, 403), (self.auditor, 403), (self.outsider, 404)):
            self.client.force_login(user)
            assert self.client.get(PAGE).status_code == status
