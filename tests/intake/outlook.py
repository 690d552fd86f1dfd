"""A .msg file written by hand: a compound file (MS-CFB, version 3) that holds what MS-OXMSG asks for."""

import datetime
import struct
from dataclasses import dataclass, field
from typing import Any

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
ROOT, STORAGE, STREAM = 5, 1, 2
EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)

Tree = dict[str, Any]  # a stream's bytes, or the storage below that name


@dataclass
class Entry:
    """One entry of the directory."""

    name: str
    kind: int
    octets: bytes = b""
    left: int = NONE
    right: int = NONE
    child: int = NONE
    start: int = END
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(name), self.kind, 1, self.left, self.right, self.child)
        return name.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", self.start, self.size)


@dataclass
class CompoundFile:
    """Collects entries and sectors."""

    entries: list[Entry] = field(default_factory=list)
    chains: list[tuple[bytes, int]] = field(default_factory=list)

    def add(self, tree: Tree, entry: Entry) -> int:
        number = len(self.entries)
        self.entries.append(entry)
        children = []
        for name, value in tree.items():
            inner = isinstance(value, dict)
            child = Entry(name, STORAGE if inner else STREAM, b"" if inner else value)
            children.append(self.add(value if inner else {}, child))
        children.sort(key=lambda one: (len(self.entries[one].name), self.entries[one].name.upper()))
        entry.child = self._balanced(children)
        return number

    def _balanced(self, numbers: list[int]) -> int:
        if not numbers:
            return NONE
        middle = len(numbers) // 2
        top = self.entries[numbers[middle]]
        top.left, top.right = self._balanced(numbers[:middle]), self._balanced(numbers[middle + 1 :])
        return numbers[middle]


def compound_file(tree: Tree) -> bytes:
    """Return a compound file with these streams and storages."""
    made = CompoundFile()
    root = Entry("Root Entry", ROOT)
    made.add(tree, root)
    minis, mini_fat, big = _placed(made.entries)
    directory_size = -(-len(made.entries) * 128 // SECTOR)
    pieces = [(b"", directory_size), (_fat(mini_fat), 0), (minis, 0), *((octets, 0) for octets in big)]
    lengths = [size or -(-len(octets) // SECTOR) for octets, size in pieces]
    fats = 1
    while fats * (SECTOR // 4) < fats + sum(lengths):
        fats += 1
    starts, at = [], fats
    for length in lengths:
        starts.append(at if length else END)
        at += length
    root.start, root.size = starts[2], len(minis)
    for entry, start in zip((one for one in made.entries if _is_big(one)), starts[3:], strict=True):
        entry.start = start
    directory = b"".join(entry.packed() for entry in made.entries)
    fat = [FAT_SECTOR] * fats + [
        link for length, start in zip(lengths, starts, strict=True) for link in _chain(start, length)
    ]
    body = b"".join(_padded(octets) for octets in (_fat(fat), directory, *(octets for octets, _size in pieces[1:])))
    return _header(fats, starts[0], starts[1], lengths[1]) + body


def _is_big(entry: Entry) -> bool:
    return entry.kind == STREAM and len(entry.octets) >= CUTOFF


def _placed(entries: list[Entry]) -> tuple[bytes, list[int], list[bytes]]:
    """Return the small streams in one, their chains, and the large streams."""
    minis = b""
    links: list[int] = []
    big: list[bytes] = []
    for entry in entries:
        if entry.kind != STREAM:
            continue
        entry.size = len(entry.octets)
        if _is_big(entry):
            big.append(entry.octets)
        elif entry.octets:
            entry.start = len(links)
            links += _chain(entry.start, -(-entry.size // MINI))
            minis += entry.octets.ljust(-(-entry.size // MINI) * MINI, b"\0")
    return minis, links, big


def _chain(start: int, length: int) -> list[int]:
    return [start + number + 1 for number in range(length - 1)] + [END] * bool(length)


def _fat(links: list[int]) -> bytes:
    return struct.pack(f"<{len(links)}I", *links).ljust(-(-len(links) * 4 // SECTOR) * SECTOR, b"\xff")


def _padded(octets: bytes) -> bytes:
    return octets.ljust(-(-len(octets) // SECTOR) * SECTOR, b"\0")


def _header(fats: int, directory: int, mini_fat: int, mini_fats: int) -> bytes:
    head = struct.pack("<8s16sHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, fats, directory, 0, CUTOFF, mini_fat, mini_fats, END, 0)
    return head + struct.pack("<109I", *range(fats), *[FREE] * (109 - fats))


def properties(texts: dict[int, str] | None = None, **more: Any) -> Tree:
    """Return the streams of texts, octets, numbers and times by the ids of their properties, and their list.

    `header` is how many bytes stand before that list: 32 in a message, 24 in one inside it, 8 elsewhere.
    """
    tree: Tree = {}
    rows = []
    for pid, text in (texts or {}).items():
        octets = text.encode("utf-16-le")
        tree[f"__substg1.0_{pid:04X}001F"] = octets
        rows.append(struct.pack("<HHIII", 0x1F, pid, 6, len(octets) + 2, 0))
    for pid, octets in more.get("octets", {}).items():
        tree[f"__substg1.0_{pid:04X}0102"] = octets
        rows.append(struct.pack("<HHIII", 0x0102, pid, 6, len(octets), 0))
    rows += [struct.pack("<HHIII", 3, pid, 6, number, 0) for pid, number in more.get("numbers", {}).items()]
    for pid, moment in more.get("times", {}).items():
        rows.append(struct.pack("<HHIQ", 0x40, pid, 6, int((moment - EPOCH).total_seconds()) * 10**7))
    tree["__properties_version1.0"] = bytes(more.get("header", 8)) + b"".join(rows)
    return tree


HEADERS = """\
Received: from mail.slack.com by mx.example.org
From: Support <support@slack.com>
To: {to}
Subject: =?utf-8?q?Re=3A_=C3=9Cbung?=
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <outlook-1@slack.com>
Content-Type: multipart/mixed; boundary="of-the-original"
MIME-Version: 1.0

"""


def attachment(number: int, name: str, octets: bytes, kind: str = "application/pdf") -> Tree:
    found = properties({0x3707: name, 0x370E: kind}, octets={0x3701: octets}, numbers={0x3705: 1})
    return {f"__attach_version1.0_#{number:08X}": found}


def recipient(number: int, name: str, address: str, kind: int = 1) -> Tree:
    found = properties({0x3001: name, 0x39FE: address}, numbers={0x0C15: kind})
    return {f"__recip_version1.0_#{number:08X}": found}


def message(texts: dict[int, str], *below: Tree, header: int = 32, **more: Any) -> Tree:
    """Return the tree of a message: its properties, and its files and recipients."""
    tree = properties({0x001A: "IPM.Note", **texts}, header=header, **more)
    for one in below:
        tree |= one
    return tree


def outlook_mail(
    to: str = "replies@example.org", text: str = "It is done.", *below: Tree, headers: str = HEADERS
) -> bytes:
    """Return a .msg file as Outlook saves a mail that came."""
    texts = {0x007D: headers.format(to=to).replace("\n", "\r\n"), 0x0037: "Re: Übung", 0x1000: text}
    return compound_file(message(texts, *below))
