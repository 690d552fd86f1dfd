"""Where a command leaves bytes: in a file, or on standard output unchanged."""

import os
import sys
from pathlib import Path

from django.core.management.base import CommandError

# What a shell reports for a program that ended because nobody reads its output any more: 128 + SIGPIPE.
READER_LEFT = 141


def write_bytes(content: bytes, out: Path | None) -> None:
    """Write the content to the file, or to standard output where there is none or it is called "-".

    Raises CommandError (exit 1) where it cannot be written. Ends the program in silence where the reader has left,
    as `| head -1` does.
    """
    if out is None or str(out) == "-":
        _write_standard_output(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise CommandError(f"Cannot write {out}: {error.strerror}.", returncode=1) from error


def _write_standard_output(content: bytes) -> None:
    if sys.stdout is None:
        raise CommandError("Standard output is closed. Name a file with --out.", returncode=1)
    try:
        # Bytes, not text: a settings file or a PDF has to arrive unchanged.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _forget_standard_output()
        sys.exit(READER_LEFT)
    except OSError as error:
        _forget_standard_output()
        raise CommandError(f"Cannot write to standard output: {error.strerror}.", returncode=1) from error


def _forget_standard_output() -> None:
    """Let what is still in the buffer go nowhere, or Python would complain about it once more at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
