"""The pages of a record as a PDF, before anything is put into it or it is signed."""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template
from django.utils import translation

from requests_app.drafting.letters.fonts import drawable
from requests_app.drafting.rendering.child import RenderFailed, RenderTimeout
from requests_app.drafting.rendering.client import render_pdf, shrink_picture
from requests_app.records.page_text import drawn_messages
from requests_app.records.record import Record
from requests_app.records.record_files import File
from requests_app.records.signer import Signing

SHEETS = ("fonts.css", "record.css")


@dataclass(frozen=True)
class Page:
    """HTML, and the pictures that it shows by name."""

    html: str
    pictures: dict[str, bytes]


def page_of(record: Record, signing: Signing, manifest_sha256: str) -> Page:
    """Return the record as HTML. Raises RendererUnavailable."""
    pictures = pictures_of(record.files)
    tall = {name for name, drawn in pictures.items() if _is_tall(drawn)}
    # A draft has none: what stands for it in the files is a key of the database, which says nothing to a reader.
    reference = "" if record.reference.startswith("DRAFT-") else record.reference
    shown = record.document | {"messages": drawn_messages(record.document["messages"])}
    context = {"record": shown, "reference": reference, "pictures": pictures, "tall": tall}
    context |= proof_context(record, signing, manifest_sha256)
    with translation.override(record.language):
        return Page(drawable(get_template("records/record.html").render(context)), pictures)


def proof_context(record: Record, signing: Signing, manifest_sha256: str) -> dict[str, Any]:
    """Return what the last page tells whoever verifies."""
    return {
        "made_at": record.document["made_at"][:19] + "Z",
        "manifest_sha256": manifest_sha256,
        "certificate_sha256": signing.fingerprint,
        "certificate_subject": signing.subject,
        "checkpoint": json.loads(record.checkpoint["checkpoint"]),
    }


def pictures_of(files: Iterable[File]) -> dict[str, bytes]:
    """Return the pictures that can be drawn; one that cannot is still in the record as a file."""
    return {file.name: drawn for file in files if file.is_picture and (drawn := _drawn(file.content))}


def _drawn(content: bytes) -> bytes:
    try:
        return shrink_picture(content)
    except (RenderFailed, RenderTimeout):
        return b""


def _is_tall(drawn: bytes) -> bool:
    """Return whether a PNG is a good deal higher than wide, as its header says (PNG 1.2, section 11.2.2)."""
    width, height = struct.unpack(">II", drawn[16:24])
    return bool(height > 1.3 * width)


def draw(page: Page) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1), the same bytes for the same page. Raises a RenderError."""
    return render_pdf(page.html, SHEETS, page.pictures)
