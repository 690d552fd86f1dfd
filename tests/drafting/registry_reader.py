"""Reads .reg files with hivex, the registry library of libguestfs: its own parser, a real hive."""

import os
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

_NONE = 0xFFFFFFFF
_EXPORTED = re.compile(r'^"((?:[^"\\]|\\.)*)"=(.*)$')


def _tool() -> str:
    found = shutil.which("hivexregedit")
    assert found, "hivexregedit is missing: apt-get install libwin-hivex-perl"
    return found


def _empty_hive() -> bytes:
    """Return a hive with a root key and nothing else (format: libregf, “Windows NT Registry File format”)."""
    name = b"ROOT"
    key = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C, 0, 0, 0x20, 0, 0, _NONE, _NONE, 0, _NONE, 0x80, _NONE,
                      0, 0, 0, 0, 0, len(name), 0) + name  # fmt: skip
    security = struct.pack("<2sHIIII", b"sk", 0, 0x80, 0x80, 1, 20) + struct.pack("<BBHIIII", 1, 0, 0x8000, 0, 0, 0, 0)
    bin_header = struct.pack("<4sIIQQI", b"hbin", 0, 0x1000, 0, 0, 0)
    cells = _cell(key, 0x60) + _cell(security, 0x40)
    used = len(bin_header) + len(cells)
    page = bin_header + cells + struct.pack("<i", 0x1000 - used).ljust(0x1000 - used, b"\0")
    head = struct.pack("<4sIIQIIIIIII", b"regf", 1, 1, 0, 1, 5, 0, 1, 0x20, 0x1000, 1).ljust(508, b"\0")
    checksum = 0
    for (word,) in struct.iter_unpack("<I", head):
        checksum ^= word
    return head + struct.pack("<I", checksum) + b"\0" * (4096 - 512) + page


def _cell(content: bytes, size: int) -> bytes:
    return struct.pack("<i", -size) + content.ljust(size - 4, b"\0")


def _parents(text: str) -> str:
    """Return a file that makes the keys above those of the text, which hivex, unlike Windows, does not make itself."""
    made: dict[str, None] = {}
    for path in re.findall(r"^\[(.*)\]\s*$", text, re.MULTILINE):
        parts = path.split("\\")
        made.update(dict.fromkeys("\\".join(parts[:end]) for end in range(2, len(parts))))
    return "".join(f"[{path}]\n\n" for path in made)


def _root(text: str) -> str:
    found = re.search(r"^\[(HKEY_[A-Z_]+)\\", text, re.MULTILINE)
    assert found, "the file has no key"
    return found.group(1)


def imported(*contents: bytes) -> dict[str, dict[str, str]]:
    """Import the .reg files one after the other into an empty hive; return the values by key, as hivex exports them."""
    texts = [content.decode("utf-16").replace("\r\n", "\n") for content in contents]
    root = _root(texts[0])
    with tempfile.TemporaryDirectory() as folder:
        hive = Path(folder) / "hive"
        hive.write_bytes(_empty_hive())
        for text in (_parents(texts[0]) + texts[0], *texts[1:]):
            _hivex("--merge", "--prefix", root, str(hive), text=text)
        return _values(_hivex("--export", "--prefix", root, str(hive), "\\", text=""))


def _hivex(*arguments: str, text: str) -> str:
    done = subprocess.run(
        [_tool(), *arguments],
        input=text.encode(),
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PERL_UNICODE": "SD"},  # hivexregedit is in Perl, which else reads Latin-1
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _values(export: str) -> dict[str, dict[str, str]]:
    keys: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in export.splitlines():
        if line.startswith("["):
            current = keys[line[1:-1]] = {}
        elif found := _EXPORTED.match(line):
            current[found.group(1)] = found.group(2)
    return {key: values for key, values in keys.items() if values}


def text_of(exported: str) -> str:
    """Return the text of an exported string value, without its final NUL."""
    data = bytes.fromhex(exported.partition(":")[2].replace(",", ""))
    return data.decode("utf-16-le").removesuffix("\0")
