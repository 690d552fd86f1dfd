"""The index of a pack: signed PDFs of at most a hundred requests each, and the same words as a page without scripts."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template

from requests_app import __version__
from requests_app.drafting.letters.fonts import drawable
from requests_app.drafting.rendering.client import render_pdf
from requests_app.models.event_format import utc_text
from requests_app.records.embedding import MANIFEST, Embedded, embed
from requests_app.records.pack_order import Order
from requests_app.records.pack_words import Line, chosen_by, counts_of, late_words, left_out_words, period_of
from requests_app.records.pages import SHEETS
from requests_app.records.sealing import seal
from requests_app.records.signer import Signing

# Tagging costs more than it grows: above this a document is a part of several.
LARGEST_PART = 100


@dataclass(frozen=True)
class Index:
    """What the index says of a whole pack; `checkpoint` is what was signed, read as JSON."""

    order: Order
    lines: Sequence[Line]
    left_out: int
    checkpoint: dict[str, Any]
    signing: Signing

    @property
    def names(self) -> list[str]:
        """The names of its PDFs: one, or numbered parts."""
        return index_names(len(self.lines))

    def html(self) -> bytes:
        """Return the index as a page that needs nothing but a browser."""
        context = self._context() | {"lines": self.lines, "is_first": True}
        return get_template("records/pack_page.html").render(context).encode()

    def sealed(self, manifest: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield name and signed PDF of each part, with the manifest in it."""
        for number, name in enumerate(self.names):
            yield name, seal(self.unsigned(number, manifest), self.signing, f"pack, {name}")

    def unsigned(self, number: int, manifest: bytes) -> bytes:
        """Return that part (from 0), not yet signed: the same bytes for the same pack. Raises a RenderError."""
        first = number * LARGEST_PART
        lines = self.lines[first : first + LARGEST_PART]
        part = {
            "lines": lines,
            "is_first": number == 0,
            "part": number + 1,
            "parts": len(self.names),
            "first": first + 1,
            "last": first + len(lines),
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        }
        html = drawable(get_template("records/pack_index.html").render(self._context() | part))
        file = Embedded(MANIFEST, manifest, "application/json", "Data", "Name, size and SHA-256 of each file")
        return embed(render_pdf(html, SHEETS), [file], self.order.now)

    def _context(self) -> dict[str, Any]:
        order = self.order
        return {
            "organisation": order.organisation,
            "language": order.language,
            "version": __version__,
            "made_at": utc_text(order.now)[:19] + "Z",
            "number": len(self.lines),
            "chosen_by": chosen_by(order.organisation, order.filters),
            "period": period_of(self.lines),
            "left_out": left_out_words(self.left_out),
            "late": late_words(self.lines),
            "names": self.names,
            "checkpoint": self.checkpoint,
            "certificate_sha256": self.signing.fingerprint,
            "certificate_subject": self.signing.subject,
        } | counts_of(self.lines)


def index_names(number: int) -> list[str]:
    """Return how the PDFs of an index of so many requests are called."""
    parts = -(-number // LARGEST_PART)
    return ["index.pdf"] if parts < 2 else [f"index-{part:03}.pdf" for part in range(1, parts + 1)]
