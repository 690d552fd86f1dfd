import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ProcessTestCase, page, processes_with, wait_for

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")


class RunTests(ProcessTestCase):
    def run_optout(self) -> "subprocess.Popen[bytes]":
        """Start `manage.py run`; wait until it serves and a heartbeat came from beat through to the database."""
        process = self.start("manage.py", "run")
        wait_for(lambda: self.is_up() or process.poll() is not None)
        assert process.poll() is None, self.output.read_text()
        return process

    def is_up(self) -> bool:
        """Return whether pages are served and a heartbeat is in the database."""
        return page(self.port, "/healthz") == "ok\n" and self.beats() == 1

    def assert_nothing_is_left(self) -> None:
        """Check that every process is gone, and every socket with its folder."""
        wait_for(lambda: not processes_with(self.data_dir), 15)
        assert list(self.data_dir.glob("optout-*")) == []

    def pid_of(self, words: str) -> int:
        """Return the first process on our data folder with these words in its command line."""
        for pid in sorted(processes_with(self.data_dir)):
            if words in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        raise AssertionError(f"no process of {words}")

    def test_it_serves_beats_and_ends_without_a_trace(self) -> None:
        process = self.run_optout()
        (folder,) = self.data_dir.glob("optout-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        second = self.manage("run")
        assert (second.returncode, "already runs" in second.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        self.assert_nothing_is_left()
        written = self.output.read_text()
        assert f"Optout is at http://127.0.0.1:{self.port}" in written
        assert f"Set up Optout: http://127.0.0.1:{self.port}/setup/" in written
        assert "Optout has stopped." in written

    def test_it_ends_with_a_failure_when_one_part_dies(self) -> None:
        process = self.run_optout()
        os.kill(self.pid_of("celery --quiet --app optout worker"), signal.SIGKILL)
        assert process.wait(30) == 1
        assert "Stopped: worker has ended with status -9." in self.output.read_text()
        self.assert_nothing_is_left()

    def test_nothing_survives_its_own_sudden_death_and_it_starts_again(self) -> None:
        process = self.run_optout()
        process.kill()
        process.wait()
        self.assert_nothing_is_left()
        again = self.run_optout()
        again.terminate()
        assert again.wait(20) == 0


class RefusalTests(ProcessTestCase):
    migrated = False

    def test_it_says_what_to_do_when_the_port_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", self.port)):
            done = self.manage("run")
        assert done.returncode == 1
        assert f"Port {self.port} cannot be had: Address already in use." in done.stderr
        assert f"PORT={self.port + 1} make run" in done.stderr

    def test_it_ends_when_a_broker_of_its_own_does_not_come_up(self) -> None:
        self.environment["REDIS_URL"] = ""
        code = (
            "import sys; sys.argv = ['manage.py', 'run'];"
            "from requests_app.management import valkey; valkey.command = lambda folder: ['false'];"
            "import runpy; runpy.run_path('manage.py', run_name='__main__')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 1
        assert "Stopped: Valkey has ended with status 1." in done.stderr
