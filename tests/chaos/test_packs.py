import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import SimpleTestCase


def killed(times: int) -> dict[str, Any]:
    """Return what becomes of the export of a pack whose workers were killed so often."""
    command = [sys.executable, "-m", "tests.chaos.packs", f"--kills={times}"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    folder = Path(settings.BASE_DIR)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.own_database
class KilledExportTests(SimpleTestCase):
    def test_a_pack_is_begun_anew_and_nothing_half_written_is_left(self) -> None:
        report = killed(1)
        assert (report["state"], report["attempts"], report["fault"]) == ("done", 2, ""), report
        assert (report["files_before"], report["files_after"]) == (1, 1)
        assert "Begun anew." in report["log"]

    def test_after_three_attempts_it_is_given_up_and_no_file_is_left(self) -> None:
        report = killed(3)
        assert (report["state"], report["files_before"], report["files_after"]) == ("failed", 1, 0), report
        assert "Given up" in report["log"]
