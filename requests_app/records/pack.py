"""The evidence pack: sealed records, originals, index and manifest of a list in one ZIP, written as it is made.

One record is in memory at a time, and one more while it is drawn: while this process embeds and signs, the process that
renders is at work on the next one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO

import rfc8785
from django.conf import settings
from django.utils import translation

from requests_app.drafting.rendering.child import RenderError
from requests_app.models import OptOutRequest
from requests_app.models.event_format import utc_text
from requests_app.records.checkpoints import Proofs, make_checkpoint
from requests_app.records.embedding import MANIFEST, SUMS, Embedded, embed
from requests_app.records.pack_index import Index, index_names
from requests_app.records.pack_order import Order, PackRefused, requests_of
from requests_app.records.pack_signature import sign_manifest
from requests_app.records.pack_words import Line, late_words, left_out_words, line_of
from requests_app.records.pack_zip import ZipOut
from requests_app.records.pages import draw
from requests_app.records.record import Record, record_of
from requests_app.records.record_files import RecordBroken
from requests_app.records.sealing import VERIFIER, SealRefused, parts_of, seal
from requests_app.records.signed_data import SELF_ASSERTED, TIME_STAMPED
from requests_app.records.signer import Signing, signing_of
from requests_app.records.verify import PACK, SIGNATURE

FORMAT = 1
_AT_ONCE = 500  # events whose proofs are in memory at a time
Note = Callable[[int, int], None]  # is told how many records are written, of how many


@dataclass(frozen=True)
class Made:
    """What became of an order: how many requests are in the pack, what it leaves out in words, and its checkpoint."""

    requests: int
    left_out: int
    remarks: tuple[str, ...]
    checkpoint: str


@dataclass(frozen=True)
class _Drawn:
    """A request whose record is drawn, or is being drawn."""

    found: OptOutRequest
    record: Record
    files: list[Embedded]
    pages: "Future[bytes]"


def write_pack(order: Order, file: BinaryIO, note: Note) -> Made:
    """Write the pack into the file, which can be sought in, and return what it holds.

    `note` is called after each record and each part of the index; whatever it raises ends the work. Raises PackRefused
    where the list is empty or a record cannot be made; what was written by then is worth nothing.
    """
    with translation.override(order.language):
        keys, left_out = order.keys()
        signing = signing_of(order.organisation)
        proofs = Proofs(make_checkpoint(order.organisation, order.now))
        return _Pack(order, file, signing, proofs).write(keys, left_out, note)


class _Pack:
    def __init__(self, order: Order, file: BinaryIO, signing: Signing, proofs: Proofs) -> None:
        self.order, self.signing, self.proofs = order, signing, proofs
        self.zip = ZipOut(file, order.now)
        self.listed: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.lines: list[Line] = []

    def write(self, keys: list[int], left_out: int, note: Note) -> Made:
        note(0, len(keys))
        for drawn in self._drawn(keys):
            self._add_record(drawn)
            note(len(self.lines), len(keys))
        checkpoint = self.proofs.checkpoint
        index = Index(self.order, self.lines, left_out, json.loads(checkpoint.document), self.signing)
        self._add_rest(index)
        manifest = self._manifest(left_out)
        self.zip.add(MANIFEST, [manifest])
        self.zip.add(SIGNATURE, [sign_manifest(manifest, self.signing, self.order.now)])
        try:
            for name, pdf in index.sealed(manifest):
                self.zip.add(name, [pdf])
                note(len(self.lines), len(keys))
        except (RenderError, SealRefused) as error:
            raise PackRefused(str(error)) from error
        self.zip.finish()
        remarks = tuple(text for text in (left_out_words(left_out), late_words(self.lines)) if text)
        return Made(len(self.lines), left_out, remarks, checkpoint.root)

    def _drawn(self, keys: list[int]) -> Iterator[_Drawn]:
        """Yield each request once the next one is on its way to the process that renders."""
        waiting: _Drawn | None = None
        with ThreadPoolExecutor(1) as pool:
            for found in requests_of(keys):
                following = self._begun(found, pool)
                if waiting:
                    yield waiting
                waiting = following
            if waiting:
                yield waiting

    def _begun(self, found: OptOutRequest, pool: ThreadPoolExecutor) -> _Drawn:
        order, is_stamped = self.order, bool(settings.TSA_URL)
        try:
            record = record_of(found, self.proofs, order.now, is_time_stamped=is_stamped, language=order.language)
            page, files = parts_of(record, self.signing)
        except (RecordBroken, RenderError) as error:
            raise PackRefused(f"{found.reference}: {error}") from error
        return _Drawn(found, record, files, pool.submit(draw, page))

    def _add_record(self, drawn: _Drawn) -> None:
        found, record = drawn.found, drawn.record
        try:
            pages = embed(drawn.pages.result(), drawn.files, record.made_at)
            pdf = seal(pages, self.signing, record.reference)
        except (RenderError, SealRefused) as error:
            raise PackRefused(f"{found.reference}: {error}") from error
        self._add(f"records/{record.reference}.pdf", [pdf])
        for file in record.files:
            self._add(f"originals/{record.reference}/{file.name}", [file.content])
        hashes = [event["hash"] for event in record.document["events"]]
        self.events += hashes
        is_late = found.stream.head_sequence > len(hashes)
        self.lines.append(line_of(found, hashlib.sha256(pdf).hexdigest(), is_late=is_late))

    def _add_rest(self, index: Index) -> None:
        self._add("checkpoint.json", self._checkpoint())
        self._add("index.html", [index.html()])
        self._add("signer.pem", [self.signing.pem])
        self._add("verify.py", [VERIFIER.read_bytes()])
        sums = sorted((row["name"], row["sha256"]) for row in self.listed)
        self._add(SUMS, ["".join(f"{digest}  {name}\n" for name, digest in sums).encode()])

    def _add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file that the manifest lists."""
        digest, size = hashlib.sha256(), 0

        def measured() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        self.zip.add(name, measured())
        self.listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})

    def _checkpoint(self) -> Iterator[bytes]:
        """Yield checkpoint.json in canonical JSON, as a record has it, with the proofs of all events of the pack."""
        checkpoint = self.proofs.checkpoint
        yield b'{"checkpoint":' + rfc8785.dumps(checkpoint.document) + b',"proofs":['
        for start in range(0, len(self.events), _AT_ONCE):
            proofs: Any = self.proofs.of(self.events[start : start + _AT_ONCE])
            yield (b"," if start else b"") + b",".join(rfc8785.dumps(proof) for proof in proofs)
        key, signature = rfc8785.dumps(checkpoint.public_key), rfc8785.dumps(checkpoint.signature)
        yield b'],"public_key":' + key + b',"signature":' + signature + b"}"

    def _manifest(self, left_out: int) -> bytes:
        organisation, rows = self.order.organisation, sorted(self.listed, key=lambda row: str(row["name"]))
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "kind": PACK,
            "made_at": utc_text(self.order.now),
            "time_is": TIME_STAMPED if settings.TSA_URL else SELF_ASSERTED,
            "organisation": {"id": str(organisation.pk), "name": organisation.name},
            "query": self.order.filters.query,
            "requests": [line.reference for line in self.lines],
            "left_out": left_out,
            "index": index_names(len(self.lines)),
            "files": rows,
        }
        return rfc8785.dumps(manifest)
