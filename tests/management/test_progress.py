import os
import pty
import subprocess
import sys
from contextlib import suppress

from django.conf import settings
from django.test import SimpleTestCase

WORK = """
from requests_app.management.progress import progress
with progress("Reading [rows]", {total}) as advance:
    advance()
    advance(4)
print("5 rows")
"""


def environment(**more: str) -> dict[str, str]:
    """Return what a shell would give the command."""
    return {"PATH": os.environ["PATH"], "TERM": "xterm", **more}


def piped(**more: str) -> tuple[str, str]:
    """Return what the work says where standard output and error are pipes."""
    command = [sys.executable, "-c", WORK.format(total=5)]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment(**more), capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


def on_a_terminal(total: int | None = 5, **more: str) -> tuple[str, str]:
    """Return what the work says on standard output, which is a pipe, and on standard error, which is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", WORK.format(total=total)]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment(**more), stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # how Linux says that nobody holds the other end any more
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return output, seen.decode()


class ProgressTests(SimpleTestCase):
    def test_a_terminal_shows_how_far_it_has_come(self) -> None:
        output, shown = on_a_terminal()
        assert output == "5 rows\n"
        assert "Reading [rows]" in shown
        assert "5/5" in shown

    def test_a_terminal_shows_work_of_unknown_size(self) -> None:
        _, shown = on_a_terminal(None)
        assert "5/?" in shown

    def test_a_pipe_is_told_nothing(self) -> None:
        assert piped() == ("5 rows\n", "")

    def test_a_pipe_is_told_nothing_though_colours_are_wanted(self) -> None:
        assert piped(FORCE_COLOR="1", TTY_COMPATIBLE="1") == ("5 rows\n", "")

    def test_a_terminal_that_cannot_move_its_cursor_is_told_nothing(self) -> None:
        assert on_a_terminal(TERM="dumb") == ("5 rows\n", "")
