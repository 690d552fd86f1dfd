"""Processes that live and die together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from requests_app.management import guardian

POLL = 0.1  # seconds


class PartDied(Exception):
    """One of the parts has ended by itself."""


class Supervisor:
    """Starts parts, waits for a signal or for the first of them to end, and stops all of them."""

    def __init__(self, folder: Path, cwd: Path, environment: Mapping[str, str]) -> None:
        self.cwd = cwd
        self.environment = dict(environment)
        self.stop_asked = threading.Event()
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.guardian = subprocess.Popen(
            [sys.executable, guardian.__file__, str(folder)], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start one part in a process group of its own, so that Ctrl-C in the terminal reaches us alone."""
        part = subprocess.Popen(command, cwd=self.cwd, env=self.environment, stdin=subprocess.DEVNULL, process_group=0)
        self.parts[name] = part
        self.tell_guardian(str(part.pid))

    def tell_guardian(self, line: str) -> None:
        """Send the guardian a line; it may be dead, which wait_once() reports."""
        assert self.guardian.stdin is not None  # noqa: S101 (it was made with a pipe)
        try:
            self.guardian.stdin.write(f"{line}\n")
            self.guardian.stdin.flush()
        except BrokenPipeError:
            return

    def wait_once(self) -> bool:
        """Wait for a moment; return whether to go on, and raise PartDied when a part has ended."""
        if self.stop_asked.wait(POLL):
            return False
        parts: dict[str, subprocess.Popen[bytes] | subprocess.Popen[str]] = {**self.parts, "guardian": self.guardian}
        for name, part in parts.items():
            if part.poll() is not None:
                raise PartDied(f"{name} has ended with status {part.returncode}")
        return True

    def stop(self, grace: float = guardian.GRACE) -> None:
        """Ask all parts to end, and make those end that have not done so after `grace` seconds.

        The one that was started first stays until the others are gone: it may be the broker, where they still
        report what they did.
        """
        names = list(self.parts)
        for some in (names[1:], names[:1]):
            self._stop_some([self.parts[name] for name in some], grace)
        self.tell_guardian("done")
        self.guardian.communicate()

    def _stop_some(self, parts: Sequence["subprocess.Popen[bytes]"], grace: float) -> None:
        deadline = time.monotonic() + grace
        for part in parts:
            guardian.send(part.pid, signal.SIGTERM)
        while any(part.poll() is None for part in parts) and time.monotonic() < deadline:
            time.sleep(POLL)
        for part in parts:
            guardian.send(part.pid, signal.SIGKILL)
            part.wait()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop, also where a shell had them ignored."""

        def ask(number: int, frame: FrameType | None) -> None:
            self.stop_asked.set()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, ask) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
