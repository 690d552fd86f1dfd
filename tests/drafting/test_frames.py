import io

import pytest
from django.test import SimpleTestCase

from requests_app.drafting.rendering.frames import Request
from requests_app.processes.frames import BrokenFrame, read_frame, write_frame


class Trickle(io.BytesIO):
    """Takes and gives three bytes at a time, as a pipe may."""

    def write(self, data: object) -> int:
        return super().write(memoryview(data)[:3])  # type: ignore[arg-type]

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, size) if size and size > 0 else size)


class FrameTests(SimpleTestCase):
    def test_messages_come_back_in_order(self) -> None:
        stream = Trickle()
        for message in (b"one", b"", b"x" * 1000):
            write_frame(stream, message)
        stream.seek(0)
        assert [read_frame(stream) for _ in range(4)] == [b"one", b"", b"x" * 1000, None]

    def test_a_cut_or_foreign_stream_is_an_error(self) -> None:
        for content in (b"\0\0\0", b"\0" * 7 + b"\5abc", b"Traceback (most recent call last)"):
            with pytest.raises(BrokenFrame):
                read_frame(io.BytesIO(content))

    def test_a_request_comes_back_as_it_was(self) -> None:
        request = Request('<p>"שלום"\n\ud800', ("fonts.css", "letter.css"))
        assert Request.from_bytes(request.to_bytes()) == request
