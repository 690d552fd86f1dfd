"""Mails out of files and standard input. One that cannot be read is said so, and the next is read all the same."""

import mailbox
import sys
from collections.abc import Iterator
from pathlib import Path

from requests_app.intake.reading.caps import MOST_BYTES

# sysexits.h, which mail servers know: data that will never be taken, no such input, try again later.
NOT_TAKEN, NO_INPUT, TEMPORARY = 65, 66, 75


class NotRead(Exception):
    """A mail that is not taken: says which and why; `status` is the exit status that tells programs so."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def mails_of(files: list[str], boxes: list[str]) -> Iterator[bytes | NotRead]:
    """Yield each mail of the files and then of the mbox files, or why it cannot be read."""
    for file in files:
        try:
            yield mail_of(file)
        except NotRead as trouble:
            yield trouble
    for name in boxes:
        yield from _of_mbox(name)


def mail_of(file: str) -> bytes:
    """Return the mail in a file; - is standard input. Raises NotRead."""
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise NotRead(f"There is no file {file}.", NO_INPUT) from error
    except OSError as error:
        raise NotRead(f"{file} cannot be read: {error.strerror}.", TEMPORARY) from error
    return _checked(raw, "" if file == "-" else f"{file}: ")


def _of_mbox(name: str) -> Iterator[bytes | NotRead]:
    if not Path(name).is_file():
        yield NotRead(f"There is no file {name}.", NO_INPUT)
        return
    try:
        box = mailbox.mbox(name, create=False)
        try:
            keys = box.keys()  # its own iterator parses each mail, here and without limits
            for number, key in enumerate(keys, 1):
                yield _or_why(box, key, f"{name}, mail {number}: ")
        finally:
            box.close()
    except OSError as error:
        yield NotRead(f"{name} cannot be read: {error.strerror}.", TEMPORARY)


def _or_why(box: mailbox.mbox, key: str, where: str) -> bytes | NotRead:
    try:
        return _checked(box.get_bytes(key), where)
    except NotRead as trouble:
        return trouble


def _checked(raw: bytes, where: str) -> bytes:
    if len(raw) > MOST_BYTES:
        raise NotRead(f"{where}The mail is larger than 25 MB.", NOT_TAKEN)
    if not raw:
        raise NotRead(f"{where}There is no mail in it.", NO_INPUT)
    return raw
