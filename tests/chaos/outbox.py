"""Kill workers with SIGKILL while they send, restart the broker, and count what arrived, by Message-ID.

    .venv/bin/python -m tests.chaos.outbox [--mails 1000] [--kills 50] [--restarts 2] [--workers 2]

With `--restarts 0` there is no broker: the workers are `manage.py deliver_due`, which ends when nothing is due and is
started again. Otherwise they are Celery workers with two processes each, woken through a Valkey of this run's own.
Afterwards each mail that arrived lies in the Sent folder of a Dovecot, and the reconciler looks up what is in doubt.
Prints one JSON object; exit 1 unless no mail arrived twice, none is lost, no more are in doubt than attempts were
killed, and each of these that arrived is known to have been sent in the end. The database is SQLite, or the one that
DATABASE_URL names (tools/with_postgresql.py sets it).
"""

import argparse
import contextlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Seconds that the server takes for a mail, at most, before and after it has kept it: kills fall into both.
DELAY = 0.2
CONCURRENCY = 2  # of a Celery worker
COMMAND = [sys.executable, "manage.py", "deliver_due"]
CELERY = [sys.executable, "-m", "celery", "--app", "optout", "worker", "--concurrency", str(CONCURRENCY)]


def main() -> int:
    """Run it in a data folder of its own and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("mails", 1000), ("kills", 50), ("restarts", 2), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    plan = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="optout-chaos-", ignore_cleanup_errors=True) as folder:
        os.environ.update(DATA_DIR=folder, TMPDIR=folder, HTTPS="off", DJANGO_SETTINGS_MODULE="optout.settings")
        os.environ["REDIS_URL"] = f"unix://{folder}/valkey.sock"
        report = run(plan, Path(folder))
    sys.stdout.write(json.dumps(report) + "\n")
    good = not report["twice"] and not report["lost"] and report["unknown"] <= report["attempts_killed_at_most"]
    good = good and report["resolved"] == report["unknown_that_arrived"]
    return 0 if good else 1


def run(plan: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Queue the mails, send them under fire, and return what became of them."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from tests.chaos.mails import queue_mails, reconciled, states_by_id  # noqa: PLC0415
    from tests.delivery.smtp_server import smtp_server  # noqa: PLC0415

    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells each command
    call_command("migrate", verbosity=0)
    with smtp_server(delay=DELAY) as (port, mailbox):
        queue_mails(plan.mails, port)
        before = time.monotonic()
        with contextlib.ExitStack() as stack:
            broker = stack.enter_context(Broker.running(folder)) if plan.restarts else None
            crew = stack.enter_context(Crew.working(CELERY if broker else COMMAND, plan.workers, folder))
            under_fire(crew, broker, plan)
        taken = Counter(mailbox.ids)
        seconds = time.monotonic() - before
    states = states_by_id()
    resolved, left = reconciled([content for _sender, _recipients, content in mailbox.taken])
    return {
        "mails": plan.mails,
        "kills": crew.kills,
        "broker_restarts": broker.restarts if broker else 0,
        "seconds": round(seconds),
        "states": dict(Counter(states.values())),
        "twice": sum(number > 1 for number in taken.values()),
        "lost": sum(
            state not in ("sent", "unknown") or (state == "sent" and not taken[key]) for key, state in states.items()
        ),
        "unknown": sum(state == "unknown" for state in states.values()),
        "unknown_that_arrived": sum(state == "unknown" and taken[key] > 0 for key, state in states.items()),
        "resolved": resolved,
        "left_to_a_person": left,
        "attempts_killed_at_most": crew.kills * (CONCURRENCY if broker else 1),
    }


def under_fire(crew: "Crew", broker: "Broker | None", plan: argparse.Namespace) -> None:
    """Kill and restart at random moments until nothing is left to send."""
    from tests.chaos.mails import remaining  # noqa: PLC0415

    restarts_at = [plan.kills * (number + 1) // (plan.restarts + 1) for number in range(plan.restarts)]
    next_kill = time.monotonic() + random.uniform(2, 4)
    while remaining():
        crew.fill_up()
        if broker:
            broker.wake()
        if crew.kills < plan.kills and time.monotonic() > next_kill:
            crew.kill_one()
            next_kill = time.monotonic() + (random.uniform(1, 4) if broker else random.uniform(0.5, 1.5))
            if broker and restarts_at and crew.kills >= restarts_at[0]:
                restarts_at.pop(0)
                broker.restart()
        time.sleep(0.2)


@dataclass
class Crew:
    """The workers, each a process group of its own."""

    command: list[str]
    size: int
    output: Path
    kills: int = 0
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @classmethod
    @contextlib.contextmanager
    def working(cls, command: list[str], size: int, folder: Path) -> "Iterator[Crew]":
        """Yield the crew and kill what is left of it at the end."""
        crew = cls(command, size, folder / "output")
        try:
            yield crew
        finally:
            for worker in crew.workers:
                crew._kill(worker)

    def fill_up(self) -> None:
        """Start workers until there are as many as there should be."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self.size:
            names = [f"--hostname=worker{time.monotonic_ns()}@%h"] if "celery" in self.command else []
            with self.output.open("ab") as output:
                self.workers.append(
                    subprocess.Popen(
                        [*self.command, *names], cwd=ROOT, stdout=output, stderr=output, start_new_session=True
                    )
                )

    def kill_one(self) -> None:
        """Kill a worker with all its processes."""
        self._kill(random.choice(self.workers))
        self.kills += 1

    def _kill(self, worker: "subprocess.Popen[bytes]") -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@dataclass
class Broker:
    """A Valkey whose restart loses every wake-up in it."""

    folder: Path
    sender: Any
    restarts: int = -1
    server: "subprocess.Popen[bytes] | None" = None

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path) -> "Iterator[Broker]":
        """Yield the broker, and kill it at the end."""
        from optout.celery import app  # noqa: PLC0415

        broker = cls(folder, app)
        broker.restart()
        try:
            yield broker
        finally:
            broker._kill()

    def restart(self) -> None:
        """Kill it and start it again, empty."""
        from requests_app.management import valkey  # noqa: PLC0415

        self._kill()
        self.server = subprocess.Popen(valkey.command(self.folder), stdout=subprocess.DEVNULL)
        while not valkey.answers(self.folder):
            time.sleep(0.05)
        self.restarts += 1

    def wake(self) -> None:
        """Tick, as beat does every ten seconds, but faster."""
        from kombu.exceptions import OperationalError  # noqa: PLC0415

        with contextlib.suppress(OperationalError):
            self.sender.send_task("requests_app.tasks.deliver_due", expires=5, retry=False)

    def _kill(self) -> None:
        if self.server:
            self.server.kill()
            self.server.wait()


if __name__ == "__main__":
    sys.exit(main())
