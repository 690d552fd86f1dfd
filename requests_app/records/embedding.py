"""Puts files into a PDF (PDF/A-3, ISO 19005-3 section 6.8), in the same bytes each time."""

import datetime
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
import rfc8785
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


@dataclass(frozen=True)
class Embedded:
    """A file inside of a PDF; relationship is one of Source, Data and Supplement (ISO 32000-2 table 43)."""

    name: str
    content: bytes
    media_type: str
    relationship: str
    description: str


def with_sums(files: Sequence[Embedded]) -> list[Embedded]:
    """Return the files with their SHA-256 for sha256sum -c, and with the manifest of all of them, sorted by name."""
    sums = "".join(f"{_sha256(file.content)}  {file.name}\n" for file in sorted(files, key=lambda file: file.name))
    listed = [
        *files,
        Embedded(SUMS, sums.encode(), "text/plain", "Supplement", "The files’ SHA-256 for sha256sum -c"),
    ]
    listed.sort(key=lambda file: file.name)
    rows: list[Any] = [
        {"name": file.name, "size": len(file.content), "sha256": _sha256(file.content)} for file in listed
    ]
    manifest = rfc8785.dumps({"format": 1, "files": rows})
    listed.append(Embedded(MANIFEST, manifest, "application/json", "Supplement", "Name, size and SHA-256 of each file"))
    return sorted(listed, key=lambda file: file.name)


def embed(pages: bytes, files: Sequence[Embedded], made_at: datetime.datetime) -> bytes:
    """Return the PDF with the files in it, the same bytes for the same input."""
    with Pdf.open(io.BytesIO(pages)) as pdf:
        specifications = [_specification(pdf, file, made_at) for file in sorted(files, key=lambda file: file.name)]
        names = Array([item for one in specifications for item in (one.UF, one)])
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
        pdf.Root.AF = Array(specifications)
        pdf.Root.PageMode = Name.UseAttachments
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def _specification(pdf: Pdf, file: Embedded, made_at: datetime.datetime) -> pikepdf.Object:
    moment = String(made_at.astimezone(datetime.UTC).strftime("D:%Y%m%d%H%M%S+00'00'"))
    stream = Stream(pdf, file.content)
    stream.Type = Name.EmbeddedFile
    stream.Subtype = Name("/" + file.media_type)
    stream.Params = Dictionary(
        Size=len(file.content),
        ModDate=moment,
        CreationDate=moment,
        CheckSum=String(hashlib.md5(file.content, usedforsecurity=False).digest()),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(file.name),
            UF=String(file.name),
            Desc=String(file.description),
            AFRelationship=Name("/" + file.relationship),
            EF=Dictionary(F=stream, UF=stream),
        )
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
