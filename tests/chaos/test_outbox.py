import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import SimpleTestCase


@pytest.mark.own_database
class KilledWorkersTests(SimpleTestCase):
    def test_no_mail_arrives_twice_and_none_is_lost(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.outbox", "--mails=60", "--kills=5", "--restarts=0"]
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(
            command,
            cwd=Path(settings.BASE_DIR),
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
        report = json.loads(done.stdout)
        assert (report["twice"], report["lost"]) == (0, 0)
        assert report["kills"] >= 3
        assert report["unknown"] <= 5
        assert report["resolved"] == report["unknown_that_arrived"]
        assert report["resolved"] + report["left_to_a_person"] == report["unknown"]
