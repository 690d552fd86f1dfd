#!/usr/bin/env python3
"""Checks the files of an Optout record or pack: python3 verify.py DIRECTORY.

The directory holds the embedded files of a record, or an unpacked pack. Needs nothing but Python's standard library.
Prints a line for each check, and exits with 1 at the first thing wrong. It checks what is inside of a record; that the
PDFs and the manifest of a pack are signed is for other programs to say: pdfsig, and openssl cms.
The format is described in docs/event-log.md and docs/records.md of Optout.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Files = Mapping[str, bytes]
NO_HASH = "0" * 64
UNLISTED = frozenset({"manifest.json"})
SIGNATURE = "manifest.json.p7s"
PACK = "optout-pack"


class Wrong(Exception):
    """The first thing that is wrong."""


def checks_of(files: Files) -> Iterator[str]:
    """Yield a line for each check that the files passed. Raises Wrong at the first that they did not."""
    try:
        yield check_manifest(files)
        record, proof = json.loads(files["record.json"]), json.loads(files["checkpoint.json"])
        yield check_listed(record, files)
        yield check_chain(record)
        yield check_personal(record)
        yield check_inclusion(record, proof)
        yield check_checkpoint(record, proof)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise Wrong(f"The record is not built as records are: {type(error).__name__} {error}.") from error


def checks_of_pack(
    manifest: Any, found: Mapping[str, tuple[int, str]], checkpoint: Callable[[], bytes]
) -> Iterator[str]:
    """Yield a line for each check that a pack passed; `found` gives size and SHA-256 of every file that is there.

    Raises Wrong at the first check that it did not pass.
    """
    try:
        yield check_pack_files(manifest, found)
        proof = json.loads(checkpoint())
        yield check_proofs(proof)
        yield check_checkpoint(manifest, proof)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise Wrong(f"The pack is not built as packs are: {type(error).__name__} {error}.") from error


def check_pack_files(manifest: Any, found: Mapping[str, tuple[int, str]]) -> str:
    """Hold every file of a pack against its manifest, both ways, and the records against the list of requests."""
    if manifest["format"] != 1 or manifest["kind"] != PACK:
        raise Wrong("The manifest is none of a pack of format 1.")
    listed = {entry["name"]: (entry["size"], entry["sha256"]) for entry in manifest["files"]}
    unlisted = {*UNLISTED, SIGNATURE, *manifest["index"]}
    for name in sorted(set(found) - unlisted - set(listed)):
        raise Wrong(f"{name} is not in the manifest.")
    for name in sorted({*listed, *unlisted} - set(found)):
        raise Wrong(f"{name} belongs to the pack, but is missing.")
    for name, expected in listed.items():
        if found[name] != expected:
            raise Wrong(f"{name} was changed: its SHA-256 is not the one in the manifest.")
    if {f"records/{reference}.pdf" for reference in manifest["requests"]} != set(_in_folder("records/", listed)):
        raise Wrong("The records are not those of the requests that the manifest lists.")
    return f"Manifest: {len(listed)} files have the size and SHA-256 that it gives; nothing is missing or additional."


def check_proofs(proof: Any) -> str:
    """Follow the path of every event that a pack names to the root of its checkpoint."""
    checkpoint = json.loads(proof["checkpoint"])
    for number, entry in enumerate(proof["proofs"], 1):
        if not is_included(entry, checkpoint["size"], checkpoint["root"]):
            raise Wrong(f"Proof {number} of checkpoint.json does not lead to the checkpoint.")
    return (
        f"Checkpoint: {len(proof['proofs'])} events are in the tree of {checkpoint['size']} events "
        f"with the root {checkpoint['root']}."
    )


def _in_folder(folder: str, names: Mapping[str, Any]) -> list[str]:
    return [name for name in names if name.startswith(folder)]


def check_manifest(files: Files) -> str:
    """Hold every file against manifest.json."""
    listed = {entry["name"]: entry for entry in json.loads(files["manifest.json"])["files"]}
    for name in sorted(set(files) - UNLISTED - set(listed)):
        raise Wrong(f"{name} is not in the manifest.")
    for name, entry in listed.items():
        if name not in files:
            raise Wrong(f"{name} is in the manifest, but is missing.")
        if len(files[name]) != entry["size"] or hashlib.sha256(files[name]).hexdigest() != entry["sha256"]:
            raise Wrong(f"{name} was changed: its SHA-256 is not the one in the manifest.")
    return f"Manifest: {len(listed)} files have the size and SHA-256 that it gives."


def check_listed(record: Any, files: Files) -> str:
    """Hold every original against what record.json says about it."""
    rows = [*record["messages"], *record["evidence"]]
    for row in rows:
        if row["file"] not in files or hashlib.sha256(files[row["file"]]).hexdigest() != row["sha256"]:
            raise Wrong(f"{row['file']} is not the file that the record speaks of.")
    return f"Originals: {len(rows)} messages and files of evidence are those that the record speaks of."


def check_chain(record: Any) -> str:
    """Recompute the hash of every event, from the first on."""
    last, stream = NO_HASH, None
    for number, event in enumerate(record["events"], 1):
        document = event["document"]
        stream = stream or document["stream"]
        if document["sequence"] != number:
            raise Wrong(f"Event {number} is missing.")
        if document["stream"] != stream or stream["organisation"] != record["organisation"]["id"]:
            raise Wrong(f"Event {number} belongs to another history.")
        if hashlib.sha256(canonical(document)).hexdigest() != event["hash"]:
            raise Wrong(f"Event {number} was changed: its content is not what its hash was made of.")
        if document["previous_hash"] != last:
            raise Wrong(f"Event {number} does not follow from the one before it.")
        last = event["hash"]
    if stream is None:
        raise Wrong("The record has no events.")
    return f"History: {len(record['events'])} events, each linked to the one before it, from the first on."


def check_personal(record: Any) -> str:
    """Hold each personal value against the commitment in its event."""
    count = 0
    for number, event in enumerate(record["events"], 1):
        for name, kept in event["personal"].items():
            salted = bytes.fromhex(kept["salt"]) + canonical(kept["value"])
            if hashlib.sha256(salted).hexdigest() != event["document"]["detail"]["personal"][name]:
                raise Wrong(f"Event {number}: {name} is not the value that was recorded.")
            count += 1
    return f"Personal values: {count} are those that the events commit to."


def check_inclusion(record: Any, proof: Any) -> str:
    """Follow the path of each event to the root of the checkpoint (RFC 9162 section 2.1.3.2)."""
    checkpoint = json.loads(proof["checkpoint"])
    proofs = {entry["hash"]: entry for entry in proof["proofs"]}
    for number, event in enumerate(record["events"], 1):
        entry = proofs.get(event["hash"])
        if entry is None or not is_included(entry, checkpoint["size"], checkpoint["root"]):
            raise Wrong(f"Event {number} is not in the checkpoint.")
    return f"Checkpoint: all events are in the tree of {checkpoint['size']} events with the root {checkpoint['root']}."


def check_checkpoint(record: Any, proof: Any) -> str:
    """Verify the signature of the checkpoint, and that it is the organisation's."""
    checkpoint, public = json.loads(proof["checkpoint"]), bytes.fromhex(proof["public_key"])
    if checkpoint["kind"] != "optout-checkpoint" or checkpoint["organisation"] != record["organisation"]["id"]:
        raise Wrong("The checkpoint is another organisation's.")
    if hashlib.sha256(public).hexdigest() != checkpoint["key"]:
        raise Wrong("The checkpoint names another key than the one that is given.")
    if not is_signed(proof["checkpoint"].encode(), bytes.fromhex(proof["signature"]), public):
        raise Wrong("The checkpoint's signature does not fit what it says.")
    return f"Checkpoint: signed on {checkpoint['made_at']} with the key {checkpoint['key']}."


def plain(line: str) -> str:
    """Return one line of what can be shown: a name in a file must not write another line, nor steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def canonical(value: Any) -> bytes:
    """Return the value in canonical JSON (RFC 8785); events hold no number with a decimal point."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError("a number with a decimal point")
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def is_included(entry: Any, size: int, root: str) -> bool:
    """Return whether the path leads from the event's hash to the root of a tree of that size."""
    here, last = entry["index"], size - 1
    if not 0 <= here < size:
        return False
    found = hashlib.sha256(b"\x00" + bytes.fromhex(entry["hash"])).digest()
    for node in map(bytes.fromhex, entry["path"]):
        if last == 0:
            return False
        if here & 1 or here == last:
            found = hashlib.sha256(b"\x01" + node + found).digest()
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + node).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and found.hex() == root


# Ed25519 (RFC 8032 section 5.1), for verification only: what is public needs no care for timing.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def is_signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Return whether the 64 bytes are the signature of the content under the 32 bytes of the public key."""
    if len(signature) != 64 or len(public) != 32:
        return False
    key, nonce = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= L:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + content).digest(), "little") % L
    return _equal(_times(scalar, _BASE), _add(nonce, _times(digest, key)))


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(octets: bytes) -> Point | None:
    number = int.from_bytes(octets, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _equal(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def main(arguments: list[str]) -> int:
    """Check the directory that is named, print what was found, and return the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write(
            "Usage: python3 verify.py DIRECTORY (into which `pdfdetach -saveall` wrote the files of a record,"
            " or `unzip` those of a pack)\n"
        )
        return 2
    try:
        for line in _checks_of_folder(Path(arguments[0])):
            sys.stdout.write(f"ok     {plain(line)}\n")
    except Wrong as wrong:
        sys.stdout.write(f"WRONG  {plain(str(wrong))}\n")
        return 1
    return 0


def _checks_of_folder(folder: Path) -> Iterator[str]:
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        is_pack = manifest.get("kind") == PACK
    except (OSError, ValueError, AttributeError, RecursionError):
        is_pack = False
    if not is_pack:
        return checks_of({path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()})
    found = {path.relative_to(folder).as_posix(): _measured(path) for path in folder.rglob("*") if not path.is_dir()}
    return checks_of_pack(manifest, found, (folder / "checkpoint.json").read_bytes)


def _measured(path: Path) -> tuple[int, str]:
    """Return the size of a file and its SHA-256, without having all of it in memory."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
