"""One child process as its parent sees it: started, asked, ended when it takes too long."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from requests_app.processes.frames import READY, BrokenFrame, read_frame, write_frame

_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LANG", "LC_ALL")


class ChildError(Exception):
    """There is no result; the message says why."""


class ChildUnavailable(ChildError):
    """The process does not start."""


class ChildTimeout(ChildError):
    """The work took too long and was ended."""


class ChildFailed(ChildError):
    """The work could not be done, or the process ended over it."""


@dataclass(frozen=True)
class Limits:
    """Limits of a process: wall seconds to start and per call, CPU seconds per call, memory, calls in its life."""

    start_seconds: float = 60
    seconds: float = 20
    cpu_seconds: int = 20
    megabytes: int = 1024
    calls: int = 500


class Child:
    """A running process. Its environment holds none of our settings, so no secret is in it.

    It is run as `python -m MODULE MEGABYTES CPU_SECONDS FOLDER`; serving.py is its side of this.
    """

    module: ClassVar[str]
    name: ClassVar[str]  # The render process
    work: ClassVar[str]  # Rendering
    thing: ClassVar[str]  # document

    def __init__(self, limits: Limits, command: tuple[str, ...] | None = None) -> None:
        self.calls = 0
        self._limits = limits
        self._folder = tempfile.mkdtemp(prefix="optout-child-")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._process = self._start(command or self._command())
        try:
            with self._deadline(limits.start_seconds):
                started = self._receive() == READY
        except (BrokenFrame, ChildTimeout):
            started = False
        if not started:
            self.close()
            raise ChildUnavailable(f"{self.name} does not start: {self._last_words} {self._what_to_do()}".rstrip())

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        # Unbuffered, so that nothing is left in a buffer that a forked process would flush into our pipe.
        return subprocess.Popen(  # noqa: S603 the command is ours
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=_ROOT,
            env=self._environment(),
        )

    def _command(self) -> tuple[str, ...]:
        limits = self._limits
        return (sys.executable, "-m", self.module, str(limits.megabytes), str(limits.cpu_seconds), self._folder)

    def _environment(self) -> dict[str, str]:
        """Return the child's environment: temporary files in its own folder, the same hashes each time."""
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        own = {"TMPDIR": self._folder, "HOME": self._folder}
        return {**kept, **own, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}

    def _what_to_do(self) -> str:
        """Return what helps where the process does not start."""
        return ""

    def ask(self, message: bytes) -> bytes:
        """Return the reply to one message. Raises ChildTimeout or ChildFailed; then this child is to be closed."""
        self.calls += 1
        with self._deadline(self._limits.seconds):
            return self._exchange(message)

    def _exchange(self, message: bytes) -> bytes:
        try:
            write_frame(cast(BinaryIO, self._process.stdin), message)
            reply = self._receive()
        except (BrokenPipeError, BrokenFrame):
            reply = b""
        if reply:
            return reply
        self._end()
        if self._process.returncode == -signal.SIGXCPU:
            raise ChildTimeout(f"{self.work} took more than {self._limits.cpu_seconds} s of CPU time and was ended.")
        raise ChildFailed(
            f"{self.name} ended over this {self.thing} (code {self._process.returncode}, memory limit "
            f"{self._limits.megabytes} MB). {self._words()}"
        )

    def _receive(self) -> bytes:
        return read_frame(cast(BinaryIO, self._process.stdout)) or b""

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the process if the block takes longer; ChildTimeout then replaces the error this causes."""
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (ChildFailed, BrokenFrame) as error:
            if late.is_set():
                raise ChildTimeout(f"{self.work} took more than {seconds:g} s and was ended.") from error
            raise
        finally:
            timer.cancel()

    def _words(self) -> str:
        """Return the last line that the process wrote to its error output."""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _end(self) -> None:
        """Wait for a process that has closed its pipe to end by itself, so that its own code is known; else kill it."""
        try:
            self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End the process and remove what it left."""
        cast(BinaryIO, self._process.stdin).close()  # which lets an idle process end by itself
        self._end()
        self._last_words = self._words() or f"It ended with code {self._process.returncode}."
        self._close_pipes()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def leave(self) -> None:
        """Let go of a process that belongs to the process we were forked from."""
        self._close_pipes()
        self._log.close()
        self._process.returncode = 0  # Popen would else warn that it is still running, and wait for it.

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            cast(BinaryIO, pipe).close()
