"""One render process as its parent sees it."""

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
from typing import BinaryIO, cast

from requests_app.drafting.letters.fonts import FONT_DIR
from requests_app.drafting.rendering.frames import PDF, READY, REFUSED, BrokenFrame, Request, read_frame, write_frame
from requests_app.drafting.rendering.native_libraries import install_command, missing_libraries

_ROOT = Path(__file__).resolve().parents[3]
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LANG", "LC_ALL")
_SHORTEST_PDF = 500  # bytes


class RenderError(Exception):
    """No PDF could be made; the message says why."""


class RendererUnavailable(RenderError):
    """The render process does not start, mostly because a native library is missing."""


class RenderTimeout(RenderError):
    """Rendering took too long and was ended."""


class RenderFailed(RenderError):
    """The document could not be rendered, or the process ended over it."""


class RenderRefused(RenderFailed):
    """The document asks for a file or an address that is not packaged; nothing was opened."""


@dataclass(frozen=True)
class Limits:
    """Limits of a render process: wall seconds to start and per render, CPU seconds per render, memory, life."""

    start_seconds: float = 60
    seconds: float = 20
    cpu_seconds: int = 20
    megabytes: int = 1024
    renders: int = 500


class RenderChild:
    """A running render process. Its environment holds none of our settings, so no secret is in it."""

    def __init__(self, limits: Limits, command: tuple[str, ...] | None = None) -> None:
        self.renders = 0
        self._limits = limits
        self._folder = tempfile.mkdtemp(prefix="optout-render-")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 closed in close()
        self._process = self._start(command or _command(limits, self._folder))
        try:
            with self._deadline(limits.start_seconds):
                started = self._receive() == READY
        except (BrokenFrame, RenderTimeout):
            started = False
        if not started:
            self.close()
            raise RendererUnavailable(f"The render process does not start: {self._last_words} {_what_to_do()}")

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        # Unbuffered, so that nothing is left in a buffer that a forked process would flush into our pipe.
        return subprocess.Popen(  # noqa: S603 the command is ours
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=_ROOT,
            env=_environment(self._folder),
        )

    def render(self, html: str, sheets: tuple[str, ...]) -> bytes:
        """Return the PDF.

        Raises RenderRefused, or RenderTimeout or RenderFailed, after which this child is to be closed.
        """
        self.renders += 1
        with self._deadline(self._limits.seconds):
            reply = self._exchange(Request(html, sheets).to_bytes())
        kind, content = reply[:1], reply[1:]
        if kind == REFUSED:
            raise RenderRefused(content.decode())
        if kind != PDF:
            raise RenderFailed(content.decode())
        if not content.startswith(b"%PDF-") or len(content) < _SHORTEST_PDF:
            raise RenderFailed(f"The render process returned an empty PDF ({len(content)} bytes). {_what_to_do()}")
        return content

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
            raise RenderTimeout(f"Rendering took more than {self._limits.cpu_seconds} s of CPU time and was ended.")
        raise RenderFailed(
            f"The render process ended over this document (code {self._process.returncode}, memory limit "
            f"{self._limits.megabytes} MB). {self._words()}"
        )

    def _receive(self) -> bytes:
        return read_frame(cast(BinaryIO, self._process.stdout)) or b""

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the process if the block takes longer; RenderTimeout then replaces the error this causes."""
        late = threading.Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (RenderFailed, BrokenFrame) as error:
            if late.is_set():
                raise RenderTimeout(f"Rendering took more than {seconds:g} s and was ended.") from error
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


def _what_to_do() -> str:
    missing = missing_libraries()
    return f"Run: {install_command(missing)}" if missing else "Run `python -m weasyprint --info` to see what is wrong."


def _command(limits: Limits, folder: str) -> tuple[str, ...]:
    module = "requests_app.drafting.rendering.process"
    return (sys.executable, "-m", module, str(limits.megabytes), str(limits.cpu_seconds), folder)


def _environment(folder: str) -> dict[str, str]:
    """Return the child's environment: temporary files in its own folder, no system fonts, the same hashes each time."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    fonts = {"FONTCONFIG_FILE": str(FONT_DIR / "fonts.conf"), "XDG_CACHE_HOME": folder, "TMPDIR": folder}
    return {**kept, **fonts, "HOME": folder, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
