"""A file in which every bit is encrypted and checked: docs/backup.md has the format.

scrypt (RFC 7914) makes the key of a passphrase; AES-256-GCM seals chunks after the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár, 2015): each nonce counts its chunk and says whether it is the last, so that chunks which
were cut off, left out or swapped are noticed. The header is bound to every chunk.
"""

import json
import os
import secrets
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"OPTOUT-BACKUP\n"
VERSION = 1
CHUNK = 64 * 1024
_TAG = 16
# 128 MB of memory for each guess of the passphrase; a file that asks for more than 1 GB is none of ours.
COST = 2**17
_MOST_COST = 2**20
_LONGEST_HEADER = 4096


class BackupRefused(ValueError):
    """A backup that cannot be made or read; says why."""


class SealedWriter:
    """Takes plain bytes, compresses them and writes them sealed; complete only once it was closed without an error."""

    def __init__(self, file: BinaryIO, passphrase: bytes) -> None:
        salt, prefix = secrets.token_bytes(16), secrets.token_bytes(7)
        header = {"version": VERSION, "kdf": "scrypt", "n": COST, "r": 8, "p": 1, "cipher": "aes-256-gcm-stream"}
        self.header = json.dumps(header | {"salt": salt.hex(), "nonce": prefix.hex(), "chunk": CHUNK}).encode()
        self.file, self.prefix, self.number = file, prefix, 0
        self.cipher = AESGCM(_key(passphrase, salt, COST))
        self.packer, self.waiting = zlib.compressobj(6), bytearray()
        file.write(MAGIC + len(self.header).to_bytes(4, "big") + self.header)

    def write(self, content: bytes) -> None:
        self.waiting += self.packer.compress(content)
        while len(self.waiting) > CHUNK:
            self._seal(bytes(self.waiting[:CHUNK]), last=False)
            del self.waiting[:CHUNK]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.waiting += self.packer.flush()
            while len(self.waiting) > CHUNK:
                self._seal(bytes(self.waiting[:CHUNK]), last=False)
                del self.waiting[:CHUNK]
            self._seal(bytes(self.waiting), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self.file.write(self.cipher.encrypt(_nonce(self.prefix, self.number, last=last), chunk, self.header))
        self.number += 1


def opened(file: BinaryIO, passphrase: bytes) -> Iterator[bytes]:
    """Yield the plain bytes in pieces. Raises BackupRefused at the first sealed chunk that is not as it was written.

    What was yielded before the end is checked as far as it goes; only the end says that nothing is missing.
    """
    head, raw = _header(file)
    cipher = AESGCM(_key(passphrase, bytes.fromhex(head["salt"]), head["n"]))
    unpacker = zlib.decompressobj()
    for number, (chunk, last) in enumerate(_chunks(file, head["chunk"] + _TAG)):
        try:
            plain = cipher.decrypt(_nonce(bytes.fromhex(head["nonce"]), number, last=last), chunk, raw)
        except InvalidTag as error:
            raise BackupRefused(_what_is_wrong(number)) from error
        yield from _unpacked(unpacker, plain)
    if not unpacker.eof:
        raise BackupRefused("The backup ends too early: it is not complete.")


def _unpacked(unpacker: Any, plain: bytes) -> Iterator[bytes]:
    while plain:
        yield unpacker.decompress(plain, 4 * CHUNK)
        plain = unpacker.unconsumed_tail
    while piece := unpacker.decompress(b"", 4 * CHUNK):
        yield piece


def _what_is_wrong(number: int) -> str:
    if number == 0:
        return "The passphrase is not the one of this backup, or the file is damaged at its beginning."
    return f"The backup is damaged or cut off: piece {number + 1} is not as it was written."


def _chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    chunk = file.read(size)
    if not chunk:
        raise BackupRefused("The backup is cut off: nothing follows its header.")
    while chunk:
        following = file.read(size)
        yield chunk, not following
        chunk = following


def _header(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupRefused("This file is no backup of Optout.")
    length = int.from_bytes(file.read(4), "big")
    raw = file.read(min(length, _LONGEST_HEADER))
    try:
        head: dict[str, Any] = json.loads(raw)
        version = head["version"]
        known = (bytes.fromhex(head["salt"]), bytes.fromhex(head["nonce"]), int(head["n"]), int(head["chunk"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BackupRefused("The backup is damaged: its header cannot be read.") from error
    if version != VERSION:
        raise BackupRefused(f"The backup has format {version}; this version of Optout reads format {VERSION}.")
    salt, nonce, cost, chunk = known
    is_cost = 2 <= cost <= _MOST_COST and cost & (cost - 1) == 0
    if len(salt) != 16 or len(nonce) != 7 or not is_cost or not 0 < chunk <= 16 * CHUNK:
        raise BackupRefused("The backup is damaged: its header says what no backup says.")
    return head, raw


def _key(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def sync_folder(folder: str) -> None:
    """Have the disk keep the names in a folder, so that a renamed file is there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
