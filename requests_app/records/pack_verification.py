"""Whether an evidence pack is what was sealed: its form, its manifest, its index, then every record in it.

It needs no database and no network, and has one record in memory at a time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from requests_app.records.embedding import MANIFEST
from requests_app.records.pack_signature import signer_of
from requests_app.records.pack_zip import LOCAL, ZipIn
from requests_app.records.signed_data import Certificates
from requests_app.records.verification import (
    LARGEST_RECORD,
    Signed,
    Verdict,
    broken_is_wrong,
    check_signature,
    check_signer,
    check_time,
    embedded_files,
    verdict_over,
    verify_record,
)
from requests_app.records.verify import SIGNATURE, Wrong, checks_of, checks_of_pack

_MOST_TABLE = 1024 * 1024 * 1024  # of manifest.json and of checkpoint.json
_MOST_SIGNATURE = 100_000
_PDF = b"%PDF-"


def verify_file(file: BinaryIO, trusted: bytes | None = None, most_records: int | None = None) -> Verdict:
    """Return the verdict over a record (PDF) or a pack (ZIP), whichever it is; see verify_record.

    A pack with more than `most_records` is refused.
    """
    start = file.read(len(LOCAL))
    file.seek(0)
    if start == LOCAL:
        return verdict_over(_checks(file, trusted, most_records))
    if start.startswith(_PDF[: len(LOCAL)]):
        return verify_record(file.read(LARGEST_RECORD + 1), trusted)
    return Verdict(fault="The file is no PDF and no ZIP, or something stands before its beginning.")


def _checks(file: BinaryIO, trusted: bytes | None, most_records: int | None) -> Iterator[str]:
    found = ZipIn(file)
    yield f"ZIP: {len(found.entries)} files, each stored as it is; nothing stands before, between or after them."
    content = found.read(MANIFEST, _MOST_TABLE)
    signed = signer_of(content, found.read(SIGNATURE, _MOST_SIGNATURE))
    signer = signed.certificates
    yield f"Manifest: signed at {signed.signed_at:%Y-%m-%d %H:%M:%S} UTC, as its signer says."
    manifest = json.loads(content)
    _check_number(manifest, most_records)
    lines = checks_of_pack(manifest, _measured(found), lambda: found.read("checkpoint.json", _MOST_TABLE))
    yield from lines
    yield check_signer(signer, found.read("signer.pem", _MOST_SIGNATURE))
    yield _check_index(found, manifest, content, trusted, signer)
    yield _check_records(found, manifest, trusted, signer)


def _check_number(manifest: Any, most: int | None) -> None:
    number = len(manifest["requests"])
    if most is not None and number > most:
        raise Wrong(
            f"The pack has {number} records, and this page verifies up to {most}. Run: manage.py verify_record FILE"
        )


def _measured(found: ZipIn) -> dict[str, tuple[int, str]]:
    """Return size and SHA-256 of every file."""
    measured: dict[str, tuple[int, str]] = {}
    for name, entry in found.entries.items():
        digest = hashlib.sha256()
        for chunk in found.chunks(name):
            digest.update(chunk)
        measured[name] = entry.size, digest.hexdigest()
    return measured


def _check_index(found: ZipIn, manifest: Any, content: bytes, trusted: bytes | None, signer: Certificates) -> str:
    """Verify the PDFs of the index, each with its signature, and that each holds this manifest."""
    line = ""
    for name in manifest["index"]:
        pdf = found.read(name, LARGEST_RECORD)
        with _named(name):
            signed = _check_signed(pdf, trusted, signer)
            check_time(signed, manifest)
            line = signed.line
            if embedded_files(pdf) != {MANIFEST: content}:
                raise Wrong("it holds another manifest than this pack.")
    if not line:
        raise Wrong("The pack has no index.")
    return f"Index: {len(manifest['index'])} PDF, with this manifest in it. {line}"


def _check_records(found: ZipIn, manifest: Any, trusted: bytes | None, signer: Certificates) -> str:
    """Verify every record as it is verified alone, and that it belongs to this pack."""
    proof = json.loads(found.read("checkpoint.json", _MOST_TABLE))
    checkpoint, folders = _without_proofs(proof), _folders(manifest)
    events: list[str] = []
    for reference in manifest["requests"]:
        name = f"records/{reference}.pdf"
        pdf = found.read(name, LARGEST_RECORD)
        with _named(name):
            signed = _check_signed(pdf, trusted, signer)
            files = embedded_files(pdf)
            check_signer(signed.certificates, files.get("signer.pem"))
            for _line in checks_of(files):
                pass
            record = json.loads(files["record.json"])
            check_time(signed, record)
            if record["organisation"]["id"] != manifest["organisation"]["id"]:
                raise Wrong("it is another organisation's.")
            if record["request"]["reference"] != reference:
                raise Wrong("it is the record of another request.")
            if _without_proofs(json.loads(files["checkpoint.json"])) != checkpoint:
                raise Wrong("it rests on another checkpoint than the pack.")
            _check_originals(record, folders.pop(reference, {}))
        events += [event["hash"] for event in record["events"]]
    if folders:
        raise Wrong(f"originals/{min(folders)} belongs to no record of the pack.")
    if [entry["hash"] for entry in proof["proofs"]] != events:
        raise Wrong("checkpoint.json does not have the proofs of exactly the events in the records.")
    return (
        f"Records: {len(manifest['requests'])} sealed by the same signer, with {len(events)} events in the checkpoint "
        f"and their originals, which are also beside them."
    )


def _without_proofs(proof: Any) -> dict[str, Any]:
    return {name: value for name, value in proof.items() if name != "proofs"}


def _folders(manifest: Any) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of each original by its name, for each reference."""
    found: dict[str, dict[str, str]] = {}
    for row in manifest["files"]:
        folder, _slash, rest = row["name"].partition("/")
        if folder == "originals":
            reference, _slash, name = rest.partition("/")
            found.setdefault(reference, {})[name] = row["sha256"]
    return found


def _check_originals(record: Any, kept: Mapping[str, str]) -> None:
    """Hold the originals beside a record against those that it speaks of."""
    if {row["file"]: row["sha256"] for row in (*record["messages"], *record["evidence"])} != kept:
        raise Wrong("the originals beside it are not those that it speaks of.")


def _check_signed(pdf: bytes, trusted: bytes | None, signer: Certificates) -> Signed:
    """Verify the signature of a PDF, and that it is by who signed the manifest."""
    if not pdf.startswith(_PDF):
        raise Wrong("it is no PDF.")
    signed = check_signature(pdf, trusted)
    if [one.dump() for one in signed.certificates] != [one.dump() for one in signer]:
        raise Wrong("it was signed by another than the manifest.")
    return signed


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say, with what is wrong in a file, in which one."""
    try:
        with broken_is_wrong():
            yield
    except Wrong as wrong:
        raise Wrong(f"{name}: {wrong}") from wrong
