"""The ZIP around a pack, in exactly one form: the same files in the same order give the same bytes.

Every file is stored as it is, in whole bytes that its header counts, so that a reader needs no decompression and no
byte of a pack is left that means nothing. PKWARE APPNOTE 6.3.10; sections 4.3.7 (header of a file), 4.3.12 (directory),
4.3.14 to 4.3.16 (its end), 4.5.3 (numbers beyond 4 GB).
"""

import datetime
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from requests_app.records.verify import Wrong

LOCAL, CENTRAL, END, END_64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_HEADER = struct.Struct("<4s5H3L2H")
_DIRECTORY = struct.Struct("<4s6H3L5H2L")
_PLAIN, _WITH_64 = 20, 45  # versions that a reader needs
_UNIX = 3 << 8
_READABLE = 0o100644 << 16
_LARGE, _MANY = 0xFFFFFFFF, 0xFFFF  # what stands where a number of 64 bits is meant
FAR, MOST_ENTRIES = _LARGE, _MANY  # from these on
_CHUNK = 1024 * 1024
_LONGEST_NAME = 250
# Folders of plain names: nothing that leads out of where they are unpacked, or that a system takes for something else.
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/){0,3}[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Entry:
    """A file in the ZIP: its name, the CRC-32 of its bytes, how many, and where its header stands."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def start(self) -> int:
        """Where its bytes begin."""
        return self.offset + _HEADER.size + len(self.name)


class ZipOut:
    """Writes the files one after the other into a file that can be sought in; `finish` writes the directory."""

    def __init__(self, file: BinaryIO, made_at: datetime.datetime) -> None:
        self.file, self.entries, self.at = file, list[Entry](), dos_time(made_at)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file. Raises ValueError for a name that is not safe, or is there already."""
        if not is_safe(name):
            raise ValueError(f"{name!r} is no name for a file in a pack.")
        offset, crc, size = self.file.tell(), 0, 0
        self.file.write(_header(Entry(name, 0, 0, offset), self.at))
        for chunk in chunks:
            self.file.write(chunk)
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        entry = Entry(name, crc, size, offset)
        self.file.seek(offset)
        self.file.write(_header(entry, self.at))
        self.file.seek(entry.start + size)
        self.entries.append(entry)

    def finish(self) -> None:
        """Write the directory. Raises ValueError where two files have one name."""
        if len({entry.name for entry in self.entries}) != len(self.entries):
            raise ValueError("Two files of the pack have one name.")
        self.file.write(b"".join(_directory(self.entries, self.at, self.file.tell())))


class ZipIn:
    """Reads such a ZIP, and refuses every other: Wrong says in a sentence what is not as it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        self.at = 0
        self.entries: dict[str, Entry] = {}
        for entry in self._headers():
            if entry.name in self.entries:
                raise Wrong(f"The ZIP has two files called {entry.name}.")
            self.entries[entry.name] = entry
        self._check_directory()

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file, a megabyte at a time. Raises Wrong where they do not have their CRC-32."""
        entry = self.entries[name]
        self.file.seek(entry.start)
        left, crc = entry.size, 0
        while left:
            chunk = self.file.read(min(left, _CHUNK))
            if not chunk:
                raise Wrong("The ZIP became shorter while it was read.")
            left, crc = left - len(chunk), zlib.crc32(chunk, crc)
            yield chunk
        if crc != entry.crc:
            raise Wrong(f"{name} was changed: its CRC-32 is not the one in the ZIP.")

    def read(self, name: str, most: int) -> bytes:
        """Return the bytes of a file. Raises Wrong where it is missing, or larger than `most`."""
        if name not in self.entries:
            raise Wrong(f"{name} is missing.")
        if self.entries[name].size > most:
            raise Wrong(f"{name} is larger than such a file may be.")
        return b"".join(self.chunks(name))

    def _headers(self) -> Iterator[Entry]:
        position = 0
        while self._read(position, len(LOCAL)) == LOCAL:
            entry = self._entry(position)
            yield entry
            position = entry.start + entry.size
        self.end = position
        if not position:
            raise Wrong("Something stands before the pack, or the file is no ZIP.")

    def _entry(self, offset: int) -> Entry:
        """Return what the header says; each bit of it must be what a pack has there."""
        head = self._read(offset, _HEADER.size)
        if len(head) < _HEADER.size:
            raise Wrong("The ZIP is cut off.")
        _mark, _version, flags, method, time, day, crc, size, _size, length, _more = _HEADER.unpack(head)
        name = self._read(offset + _HEADER.size, min(length, _LONGEST_NAME)).decode("latin-1")
        if len(name) < min(length, _LONGEST_NAME):
            raise Wrong("The ZIP is cut off.")
        if flags & 1:
            raise Wrong("A file in the ZIP is encrypted: no pack has such files.")
        if method:
            raise Wrong("The ZIP was packed anew: a pack’s files are stored as they are. Unpack it and use verify.py.")
        if not is_safe(name):
            raise Wrong(f"The ZIP has a file with a name that no pack has: {name[:80]!r}.")
        self.at = self.at or (day << 16 | time)
        entry = Entry(name, crc, size, offset)
        if head + name.encode() != _header(entry, self.at):
            raise Wrong(f"The ZIP was changed where it speaks of {name}.")
        if entry.start + size > self.size:
            raise Wrong(f"The ZIP is cut off, or says that {name} is larger than the whole.")
        return entry

    def _check_directory(self) -> None:
        position = self.end
        for piece in _directory(list(self.entries.values()), self.at, self.end):
            found = self._read(position, len(piece))
            if len(found) < len(piece):
                raise Wrong("The ZIP is cut off.")
            if found != piece:
                raise Wrong("The directory at the end of the ZIP is not that of the files in it.")
            position += len(piece)
        if position != self.size:
            raise Wrong("Something was appended to the ZIP.")

    def _read(self, position: int, length: int) -> bytes:
        self.file.seek(position)
        return self.file.read(length)


def is_safe(name: str) -> bool:
    """Return whether a file in a pack may be called so."""
    return len(name) < _LONGEST_NAME and bool(_NAME.fullmatch(name))


def dos_time(moment: datetime.datetime) -> int:
    """Return the moment as a ZIP has it: the day in the upper 16 bits, the time in steps of two seconds below them."""
    at = moment.astimezone(datetime.UTC)
    day = (at.year - 1980) << 9 | at.month << 5 | at.day
    return day << 16 | at.hour << 11 | at.minute << 5 | at.second // 2


def _header(entry: Entry, at: int) -> bytes:
    time, day = at & _MANY, at >> 16
    name = entry.name.encode()
    return _HEADER.pack(LOCAL, _PLAIN, 0, 0, time, day, entry.crc, entry.size, entry.size, len(name), 0) + name


def _directory(entries: list[Entry], at: int, start: int) -> Iterator[bytes]:
    """Yield the directory that begins there, line by line, then its end."""
    length = 0
    for entry in entries:
        line = _line(entry, at)
        length += len(line)
        yield line
    yield _end(len(entries), length, start)


def _line(entry: Entry, at: int) -> bytes:
    name, time, day = entry.name.encode(), at & _MANY, at >> 16
    is_far = entry.offset >= FAR
    more = struct.pack("<2HQ", 1, 8, entry.offset) if is_far else b""
    version = _WITH_64 if is_far else _PLAIN
    offset = _LARGE if is_far else entry.offset
    fixed = (CENTRAL, _UNIX | version, version, 0, 0, time, day, entry.crc, entry.size, entry.size)
    return _DIRECTORY.pack(*fixed, len(name), len(more), 0, 0, 0, _READABLE, offset) + name + more


def _end(number: int, length: int, start: int) -> bytes:
    """Return the end of the directory, with the numbers of 64 bits before it where it needs them."""
    large = b""
    if number >= MOST_ENTRIES or start >= FAR or length >= FAR:
        large = struct.pack("<4sQ2H2L4Q", END_64, 44, _UNIX | _WITH_64, _WITH_64, 0, 0, number, number, length, start)
        large += struct.pack("<4sLQL", b"PK\x06\x07", 0, start + length, 1)
        number, length, start = _MANY, _LARGE, _LARGE
    return large + struct.pack("<4s4H2LH", END, 0, 0, number, number, length, start, 0)
