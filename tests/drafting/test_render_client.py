import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from django.test import SimpleTestCase

from requests_app.drafting.rendering.child import (
    Limits,
    RendererUnavailable,
    RenderFailed,
    RenderRefused,
    RenderTimeout,
)
from requests_app.drafting.rendering.client import RenderClient

SLOW = "<table><tr><td colspan=100000>x</td></tr></table>"
GOOD = "<p>Text</p>"


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def _is_gone(pid: int) -> bool:
    """Return whether a process ends within five seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


class RenderClientTests(SimpleTestCase):
    def _client(self, limits: Limits = Limits(), command: tuple[str, ...] | None = None) -> RenderClient:  # noqa: B008
        client = RenderClient(limits, command)
        self.addCleanup(client.close)
        return client

    def _pid(self, client: RenderClient) -> int:
        assert client._child
        return client._child._process.pid

    def test_one_process_renders_many_documents(self) -> None:
        client = self._client()
        pids = set()
        for _ in range(3):
            assert client.render(GOOD).startswith(b"%PDF-1.7")
            pids.add(self._pid(client))
        assert len(pids) == 1

    def test_a_refused_document_does_not_cost_the_process(self) -> None:
        client = self._client()
        client.render(GOOD)
        pid = self._pid(client)
        with pytest.raises(RenderRefused):
            client.render('<img src="http://127.0.0.1/">')
        assert client.render(GOOD)
        assert self._pid(client) == pid

    def test_hostile_documents_end_with_a_clear_error_and_the_next_render_works(self) -> None:
        client = self._client()
        with pytest.raises(RenderFailed, match="RecursionError"):
            client.render("<div>" * 400)
        assert client.render(GOOD)
        client = self._client(Limits(seconds=2))
        with pytest.raises(RenderTimeout, match="more than 2 s and was ended"):
            client.render(SLOW)
        assert client.render(GOOD)

    def test_cpu_time_is_limited_per_document(self) -> None:
        client = self._client(Limits(cpu_seconds=1))
        for _ in range(3):
            client.render(GOOD)
        with pytest.raises(RenderTimeout, match="more than 1 s of CPU time"):
            client.render(SLOW)
        assert client.render(GOOD)

    def test_memory_is_limited(self) -> None:
        client = self._client(Limits(megabytes=400))
        with pytest.raises(RenderFailed, match=r"MemoryError|memory limit 400 MB"):
            client.render("<style>p::before { content: " + '"x"' * 8_000_000 + " }</style><p>")
        assert client.render(GOOD)

    def test_a_process_that_dies_is_reported_and_replaced(self) -> None:
        client = self._client()
        client.render(GOOD)
        pid = self._pid(client)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RenderFailed, match="ended over this document"):
            client.render(GOOD)
        assert client.render(GOOD)
        assert self._pid(client) != pid

    def test_a_process_is_replaced_after_its_last_render(self) -> None:
        client = self._client(Limits(calls=2))
        client.render(GOOD)
        first = self._pid(client)
        client.render(GOOD)
        assert client._child is None
        assert _is_gone(first)
        assert client.render(GOOD)

    def test_a_process_that_does_not_start_says_why(self) -> None:
        client = self._client(command=_python("import sys; sys.exit('cannot load library libpango-1.0-0')"))
        with pytest.raises(RendererUnavailable, match=r"cannot load library libpango-1\.0-0 Run"):
            client.render(GOOD)

    def test_a_process_that_hangs_at_the_start_is_ended(self) -> None:
        client = self._client(Limits(start_seconds=0.3), _python("import time; time.sleep(60)"))
        with pytest.raises(RendererUnavailable, match="code -9"):
            client.render(GOOD)

    def test_an_empty_pdf_is_an_error(self) -> None:
        frame = "sys.stdout.buffer.write(len(m).to_bytes(8, 'big') + m); sys.stdout.flush()"
        code = f"import sys\nfor m in (b'R', b'P%PDF-1.7'): {frame}\nsys.stdin.read()"
        with pytest.raises(RenderFailed, match="empty PDF"):
            self._client(command=_python(code)).render(GOOD)

    def test_half_a_pdf_is_an_error(self) -> None:
        frame = "sys.stdout.buffer.write(len(m).to_bytes(8, 'big') + m); sys.stdout.flush()"
        code = f"import sys\nfor m in (b'R', b'P%PDF-1.7' + b'x' * 1000): {frame}\nsys.stdin.read()"
        with pytest.raises(RenderFailed, match="half a PDF"):
            self._client(command=_python(code)).render(GOOD)

    def test_what_is_not_a_message_is_an_error(self) -> None:
        with pytest.raises(RendererUnavailable):
            self._client(command=_python("print('x' * 100)")).render(GOOD)

    def test_threads_share_the_process_in_turn(self) -> None:
        client = self._client()
        sizes: dict[int, int] = {}

        def render(number: int) -> None:
            sizes[number] = len(client.render("<p>" + "word " * 40 * number))

        threads = [threading.Thread(target=render, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sizes == {number: len(client.render("<p>" + "word " * 40 * number)) for number in range(8)}

    def test_closing_ends_the_process_and_removes_its_folder(self) -> None:
        client = self._client()
        client.render(GOOD)
        assert client._child
        pid, folder = self._pid(client), Path(client._child._folder)
        assert folder.exists()
        client.close()
        assert _is_gone(pid)
        assert not folder.exists()

    def test_the_process_sees_none_of_our_environment(self) -> None:
        client = self._client()
        client.render(GOOD)
        os.environ["OPTOUT_TEST_SECRET"] = "x"
        self.addCleanup(os.environ.pop, "OPTOUT_TEST_SECRET")
        client = self._client(command=_python("import os, sys; sys.exit(' '.join(os.environ))"))
        with pytest.raises(RendererUnavailable) as raised:
            client.render(GOOD)
        assert "FONTCONFIG_FILE" in str(raised.value)
        assert "OPTOUT_TEST_SECRET" not in str(raised.value)
        assert "DJANGO" not in str(raised.value)

    def test_a_forked_process_starts_its_own(self) -> None:
        client = self._client()
        client.render(GOOD)
        mine = self._pid(client)
        reading, writing = os.pipe()
        forked = os.fork()
        if not forked:
            code = 1
            try:
                if client.render(GOOD):
                    os.write(writing, str(self._pid(client)).encode())
                    client.close()
                    code = 0
            finally:
                os._exit(code)
        os.close(writing)
        _, status = os.waitpid(forked, 0)
        theirs = int(os.read(reading, 20))
        os.close(reading)
        assert status == 0
        assert theirs != mine
        assert client.render(GOOD)
        assert self._pid(client) == mine

    def test_it_ends_with_its_parent_even_if_that_is_killed(self) -> None:
        code = (
            "import os, signal\n"
            "from requests_app.drafting.rendering import client as r\n"
            "r.render_pdf('<p>x')\n"
            "print(r._client._child._process.pid, r._client._child._folder, flush=True)\n"
            "{}"
        )
        for end in ("", "os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"):
            reading, writing = os.pipe()
            pid = os.posix_spawn(
                sys.executable,
                (sys.executable, "-c", code.format(end)),
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
            )
            os.close(writing)
            os.waitpid(pid, 0)
            with os.fdopen(reading) as output:
                child, folder = output.read().split()
            assert _is_gone(int(child)), end
            assert not Path(folder).exists(), end
