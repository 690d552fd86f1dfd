import inspect
import signal
import subprocess
import time
from pathlib import Path
from typing import get_type_hints
from uuid import UUID

from celery import Celery
from django.conf import settings
from django.test import SimpleTestCase, TestCase
from kombu.exceptions import OperationalError

from optout.celery import app
from requests_app.management import valkey
from requests_app.models import Heartbeat
from requests_app.tasks import heartbeat
from tests.processes import ProcessTestCase, free_port, page, wait_for


class TaskTests(SimpleTestCase):
    def test_every_argument_of_every_task_is_the_id_of_a_row(self) -> None:
        app.loader.import_default_modules()
        tasks = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
        assert heartbeat.name in {task.name for task in tasks}
        for task in tasks:
            hints = get_type_hints(task.run)
            for name in inspect.signature(task.run).parameters:
                assert name.endswith("_id"), (task.name, name)
                assert hints[name] in (int, UUID), (task.name, name)

    def test_everything_on_the_schedule_is_a_task(self) -> None:
        app.loader.import_default_modules()
        assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)

    def test_only_json_is_sent_and_taken(self) -> None:
        assert (app.conf.task_serializer, app.conf.accept_content) == ("json", ["json"])
        assert not app.conf.task_always_eager


class HeartbeatTaskTests(TestCase):
    def test_it_leaves_a_row(self) -> None:
        heartbeat.run()
        assert Heartbeat.objects.count() == 1


class WorkerTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.start_server()
        self.environment["REDIS_URL"] = f"unix://{self.data_dir}/valkey.sock"
        self.sender = Celery(broker=f"redis+socket://{self.data_dir}/valkey.sock")
        self.addCleanup(self.sender.close)

    def start_server(self) -> "subprocess.Popen[bytes]":
        """Start a Valkey in the data folder and wait until it answers."""
        server = subprocess.Popen(valkey.command(self.data_dir), env=self.environment, stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_for(lambda: valkey.answers(self.data_dir))
        return server

    def test_it_refuses_pickle_and_goes_on_with_json(self) -> None:
        worker = self.start("-m", "celery", "--app", "optout", "worker", "--pool", "solo")
        evidence = self.data_dir / "unpickled"
        self.sender.send_task(heartbeat.name, args=[Bomb(evidence)], serializer="pickle")
        wait_for(lambda: "Refusing to deserialize" in self.output.read_text())
        assert self.beats() == 0
        self.sender.send_task(heartbeat.name, serializer="json")
        wait_for(lambda: self.beats() == 1)
        assert not evidence.exists()
        assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0

    def test_it_works_again_when_the_broker_is_back(self) -> None:
        worker = self.start("-m", "celery", "--app", "optout", "worker", "--pool", "solo")
        wait_for(lambda: "ready." in self.output.read_text())
        self.server.kill()
        self.server.wait()
        wait_for(lambda: "onnection to broker lost" in self.output.read_text())
        self.start_server()
        self.sender.send_task(heartbeat.name)
        wait_for(lambda: self.beats() == 1)
        assert worker.poll() is None


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(self.path), "w"))


class NoBrokerTests(ProcessTestCase):
    def test_pages_answer_while_the_broker_is_down(self) -> None:
        self.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
        web = self.start("-m", "gunicorn", "--config", "python:optout.gunicorn_conf", "optout.wsgi")
        wait_for(lambda: page(self.port, "/healthz") == "ok\n")
        assert "</html>" in page(self.port)
        web.terminate()
        assert web.wait(20) == 0

    def test_a_wake_up_that_finds_no_broker_fails_within_two_seconds(self) -> None:
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        sender = Celery(broker=f"redis://127.0.0.1:{free_port()}/0", broker_transport_options=options)
        self.addCleanup(sender.close)
        before = time.monotonic()
        with self.assertRaises(OperationalError):
            sender.send_task(heartbeat.name, retry=False)
        assert time.monotonic() - before < 2
