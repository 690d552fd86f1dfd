"""What is in a backup, in its order: about it, each table with its rows, each file with its bytes, and the counts."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from requests_app.records.backups.sealed import BackupRefused

# One letter, the length in 4 bytes, the content.
HEAD, DATA, END, COUNTS = b"H", b"D", b"E", b"C"
TOGETHER = 500  # rows after which it is told how far it has come
_LONGEST = 256 * 1024 * 1024


@dataclass
class Entry:
    """A part of a backup as it is read: what it is, and its data, to be taken before the next entry."""

    head: dict[str, Any]
    data: Iterator[bytes]


@dataclass
class Counts:
    """What a backup holds: rows by table, files and their bytes."""

    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0

    def add(self, head: dict[str, Any], pieces: int, size: int) -> None:
        """Count an entry that has ended."""
        if "table" in head:
            self.tables[head["table"]] = pieces
        elif "file" in head:
            self.files += 1
            self.size += size

    @property
    def document(self) -> dict[str, Any]:
        return {"tables": self.tables, "files": self.files, "size": self.size}


def tell_nobody(_done: int) -> None:
    """Take the news of how many rows and files are done."""


class EntryWriter:
    """Writes entries one after the other, and at last how many there were; tells how many rows and files are done."""

    def __init__(self, write: Callable[[bytes], None], advance: Callable[[int], object] = tell_nobody) -> None:
        self.write, self.counts, self.advance = write, Counts(), advance

    def add(self, head: dict[str, Any], pieces: Iterable[bytes]) -> None:
        """Write one entry; a row is one piece."""
        self._record(HEAD, _json(head))
        digest, number, size = hashlib.sha256(), 0, 0
        for piece in pieces:
            self._record(DATA, piece)
            digest.update(piece)
            number, size = number + 1, size + len(piece)
            if "table" in head and number % TOGETHER == 0:
                self.advance(TOGETHER)
        self._record(END, _json({"pieces": number, "sha256": digest.hexdigest()}))
        self.counts.add(head, number, size)
        self.advance(number % TOGETHER if "table" in head else 1)

    def finish(self) -> None:
        self._record(COUNTS, _json(self.counts.document))

    def _record(self, kind: bytes, content: bytes) -> None:
        self.write(kind + len(content).to_bytes(4, "big") + content)


def entries_in(plain: Iterator[bytes]) -> Iterator[Entry]:
    """Yield the entries; raises BackupRefused where one, or the whole, is not complete."""
    records, counts = _records(plain), Counts()
    for kind, content in records:
        if kind == COUNTS:
            if json.loads(content) != counts.document or next(records, None) is not None:
                raise BackupRefused("The backup is damaged: it does not hold what it says.")
            return
        if kind != HEAD:
            raise BackupRefused("The backup is damaged: its parts do not follow each other.")
        head = json.loads(content)
        data = _data(records, head, counts)
        yield Entry(head, data)
        for _ in data:  # what nobody took
            pass
    raise BackupRefused("The backup ends too early: it is not complete.")


def _data(records: Iterator[tuple[bytes, bytes]], head: dict[str, Any], counts: Counts) -> Iterator[bytes]:
    digest, number, size = hashlib.sha256(), 0, 0
    for kind, content in records:
        if kind == END:
            if json.loads(content) != {"pieces": number, "sha256": digest.hexdigest()}:
                raise BackupRefused(f"The backup is damaged: {head} is not as it was written.")
            counts.add(head, number, size)
            return
        digest.update(content)
        number, size = number + 1, size + len(content)
        yield content
    raise BackupRefused("The backup ends too early: it is not complete.")


def _records(plain: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    waiting = bytearray()
    for piece in plain:
        waiting += piece
        while len(waiting) >= 5:
            length = int.from_bytes(waiting[1:5], "big")
            if length > _LONGEST:
                raise BackupRefused("The backup is damaged: a part of it is longer than any is.")
            if len(waiting) < 5 + length:
                break
            yield bytes(waiting[:1]), bytes(waiting[5 : 5 + length])
            del waiting[: 5 + length]
    if waiting:
        raise BackupRefused("The backup ends too early: it is not complete.")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
