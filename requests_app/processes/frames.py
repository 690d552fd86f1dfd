"""Length-prefixed messages over a pipe: 8 bytes big-endian, then the message."""

from typing import BinaryIO

_PREFIX = 8
LARGEST = 256 * 1024 * 1024  # bytes; a longer prefix means that the stream is not ours

# What a process says first.
READY = b"R"


class BrokenFrame(Exception):
    """The stream ended inside a message, or holds something that is no message."""


def write_frame(stream: BinaryIO, message: bytes) -> None:
    """Write one message, also to an unbuffered stream that takes it in pieces."""
    rest = memoryview(len(message).to_bytes(_PREFIX, "big") + message)
    while rest:
        rest = rest[stream.write(rest) :]


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next message, or None at the end of the stream. Raises BrokenFrame."""
    prefix = _read(stream, _PREFIX)
    if not prefix:
        return None
    length = int.from_bytes(prefix, "big")
    if len(prefix) < _PREFIX or length > LARGEST:
        raise BrokenFrame(f"no length of a message: {prefix!r}")
    message = _read(stream, length)
    if len(message) < length:
        raise BrokenFrame(f"expected {length} bytes, got {len(message)}")
    return message


def _read(stream: BinaryIO, length: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        piece = stream.read(length - len(pieces))
        if not piece:
            break
        pieces += piece
    return bytes(pieces)
