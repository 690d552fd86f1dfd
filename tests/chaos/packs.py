"""Kill workers with SIGKILL while they write an evidence pack, and look at what is left.

    .venv/bin/python -m tests.chaos.packs [--requests 40] [--kills 1]

The workers are `manage.py run_jobs`; after each kill the time for which the dead one had the export is over. Prints one
JSON object: the export's state, how often it was begun, its files before and after the last worker, its log, and the
verdict over the pack. The database is SQLite, or the one that DATABASE_URL names (tools/with_postgresql.py sets it).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "manage.py", "run_jobs"]
ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run it in a data folder of its own and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("requests", 40), ("kills", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    plan = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="optout-chaos-", ignore_cleanup_errors=True) as folder:
        os.environ.update(DATA_DIR=folder, TMPDIR=folder, HTTPS="off", DJANGO_SETTINGS_MODULE="optout.settings")
        sys.stdout.write(json.dumps(run(plan)) + "\n")
    return 0


def run(plan: argparse.Namespace) -> dict[str, Any]:
    """Start an export, kill its workers, let the last one end, and return what became of it."""
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from requests_app.models import Export, ExportFormat, Membership  # noqa: PLC0415
    from requests_app.records.exports import start_export  # noqa: PLC0415
    from requests_app.records.pack_verification import verify_file  # noqa: PLC0415
    from tests.chaos.mails import queue_mails  # noqa: PLC0415

    def files() -> list[Path]:
        return [path for path in Path(settings.MEDIA_ROOT, "exports").rglob("*") if path.is_file()]

    call_command("migrate", verbosity=0)
    queue_mails(plan.requests, 25)
    export = start_export(Membership.objects.get(), ExportFormat.ZIP, "")
    for _ in range(plan.kills):
        kill_while_it_writes(export)
        Export.objects.filter(pk=export.pk).update(claimed_until=export.created_at - timedelta(hours=1))
    left = len(files())
    subprocess.run(COMMAND, cwd=ROOT, check=True, capture_output=True)
    export.refresh_from_db()
    report = {"state": export.state, "attempts": export.attempts, "log": export.log}
    report |= {"files_before": left, "files_after": len(files()), "fault": None}
    if export.path:
        with Path(settings.MEDIA_ROOT, export.path).open("rb") as file:
            report["fault"] = verify_file(file).fault
    return report


def kill_while_it_writes(export: Any) -> None:
    """Start a worker and kill it once it has written a part of the records."""
    worker = subprocess.Popen(
        COMMAND, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    ends = time.monotonic() + 60
    begun = export.attempts
    while not (export.attempts == begun + 1 and 2 <= export.written < export.total):
        assert worker.poll() is None, "The worker ended before it was killed."
        assert time.monotonic() < ends, "The worker wrote nothing."
        time.sleep(0.02)
        export.refresh_from_db()
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


if __name__ == "__main__":
    sys.exit(main())
