import json
import subprocess
import sys
from typing import Any

from django.conf import settings

from requests_app.management import valkey
from tests.delivery.smtp_server import smtp_server
from tests.processes import ProcessTestCase, wait_for


class FromSendingToReminderTests(ProcessTestCase):
    """A real worker, a real beat, a real Valkey and a real SMTP server."""

    def setUp(self) -> None:
        super().setUp()
        self.environment["DJANGO_SETTINGS_MODULE"] = "tests.tracking.fast_settings"
        server = subprocess.Popen(valkey.command(self.data_dir), env=self.environment, stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_for(lambda: valkey.answers(self.data_dir))
        self.environment["REDIS_URL"] = f"unix://{self.data_dir}/valkey.sock"

    def step(self, *arguments: object) -> Any:
        """Run a step to its end, and return what it tells."""
        command = [sys.executable, "-m", "tests.tracking.worker_steps", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def test_what_was_sent_is_followed_up_by_itself_and_only_once(self) -> None:
        with smtp_server() as (port, mailbox):
            self.step("send", port)
            self.start("-m", "celery", "--app", "optout", "worker", "--concurrency", "2")
            for number in (1, 2):  # two schedulers at once
                self.start("-m", "celery", "--app", "optout", "beat", "--schedule", f"{self.data_dir}/beat-{number}")
            wait_for(lambda: self.step("tell")["started"] == 1, 60)
            assert len(mailbox.taken) == 1
            self.step("go_on", 40)
            wait_for(lambda: self.step("tell")["kinds"] == ["overdue"], 60)
            self.step("go_on", 7)
            wait_for(lambda: len(mailbox.taken) > 1, 60)
            told = self.step("tell")
        assert told["kinds"] == ["overdue", "first_follow_up"]
        assert [is_automatic for _state, is_automatic in told["mails"]] == [False, True]
        first, second = mailbox.mails
        assert second["In-Reply-To"] == first["Message-ID"]
        assert second["Auto-Submitted"] == "auto-generated"
        assert str(second["Subject"]).startswith("Re: ")
