"""The child's side: limits, and answers over stdin and stdout until stdin is closed. Needs no Django."""

import gc
import io
import math
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, cast

from requests_app.processes.frames import READY, read_frame, write_frame

Answer = Callable[[bytes], bytes]


def limit_memory(megabytes: int) -> None:
    """Limit the address space; macOS does not support this limit and has the time limits only."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1024 * 1024, megabytes * 1024 * 1024))


def limit_cpu(seconds: int) -> None:
    """Let the process be killed (SIGXCPU) when it uses more than `seconds` of CPU time from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(usage.ru_utime + usage.ru_stime) + seconds, hard))


def serve(answer: Answer, source: BinaryIO, sink: BinaryIO, cpu_seconds: int) -> None:
    """Answer messages until the source ends."""
    write_frame(sink, READY)
    while (message := read_frame(source)) is not None:
        limit_cpu(cpu_seconds)
        write_frame(sink, answer(message))


def serve_within_limits(load: Callable[[], Answer], megabytes: int, cpu_seconds: int, folder: str) -> None:
    """Set the limits, load what answers, and serve; at the end remove the folder of temporary files.

    The parent removes it, too, but may itself have been killed.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; this process ends with its stdin.
        limit_memory(megabytes)
        sink = io.FileIO(sys.stdout.fileno(), "wb", closefd=False)
        sys.stdout = sys.stderr  # Whatever prints must not get between the messages.
        answer = load()
        # What lives as long as the process need not be looked through by each collection.
        gc.collect()
        gc.freeze()
        serve(answer, sys.stdin.buffer, cast(BinaryIO, sink), cpu_seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
