import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from kombu import Connection

from requests_app.management import valkey
from tests.delivery.smtp_server import smtp_server
from tests.processes import ProcessTestCase, page, wait_for

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
QUEUE = "import django; django.setup(); from tests.chaos.mails import queue_mails; queue_mails(1, {port})"


class BrokerDownTests(ProcessTestCase):
    """Web server, worker and beat run; the broker is a Valkey of the test's own."""

    def start_valkey(self) -> "subprocess.Popen[bytes]":
        server = subprocess.Popen(valkey.command(self.data_dir), stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_for(lambda: valkey.answers(self.data_dir))
        return server

    def queue(self, port: int) -> None:
        environment = {**os.environ, **self.environment, "DJANGO_SETTINGS_MODULE": "optout.settings"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-c", QUEUE.format(port=port)]
        subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True, timeout=60)

    def test_a_closed_channel_raises_what_a_worker_takes_for_a_lost_connection(self) -> None:
        self.start_valkey()
        link = Connection(f"redis+socket://{self.data_dir / 'valkey.sock'}")
        channel: Any = link.default_channel
        link.close()
        # With any other error the worker would end.
        with self.assertRaises(link.connection_errors), channel.conn_or_acquire():
            pass

    def test_pages_answer_while_it_is_down_and_mail_leaves_once_it_is_back(self) -> None:
        self.environment["REDIS_URL"] = f"unix://{self.data_dir / 'valkey.sock'}"
        broker = self.start_valkey()
        process = self.start("manage.py", "run")
        wait_for(lambda: page(self.port, "/healthz") == "ok\n" and self.beats() == 1, 60)
        broker.kill()
        broker.wait()
        with contextlib.suppress(FileNotFoundError):
            (self.data_dir / "valkey.sock").unlink()
        with smtp_server() as (port, mailbox):
            self.queue(port)
            until = time.monotonic() + 12  # longer than a tick of beat
            while time.monotonic() < until:
                wait_for(lambda: "Sign in" in page(self.port, "/accounts/login/"), 30)
                time.sleep(1)
            assert mailbox.taken == []
            assert process.poll() is None, self.output.read_text()[-3000:]
            self.start_valkey()
            wait_for(lambda: mailbox.taken, 120)
            time.sleep(1)
        assert len(mailbox.taken) == 1
        process.terminate()
        process.wait(30)
