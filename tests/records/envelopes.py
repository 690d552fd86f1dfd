"""What somebody may do to the envelope of a PDF's signature, which the signature itself does not cover."""

from collections.abc import Callable

from asn1crypto import cms

Change = Callable[[cms.SignedData], None]


def container_of(pdf: bytes) -> tuple[int, int]:
    """Return where the signature itself stands, which it cannot cover."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1


def envelope_of(pdf: bytes) -> bytes:
    """Return the signature in DER."""
    start, end = container_of(pdf)
    return bytes(cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode())).dump())


def with_envelope(pdf: bytes, change: Change) -> bytes:
    """Return the PDF with its signature's envelope changed and well written."""
    info = cms.ContentInfo.load(envelope_of(pdf))
    change(info["content"])
    return with_bytes(pdf, info.dump(force=True))


def with_bytes(pdf: bytes, octets: bytes) -> bytes:
    """Return the PDF with these bytes as its signature."""
    start, end = container_of(pdf)
    return pdf[: start + 1] + octets.hex().upper().encode().ljust(end - start - 2, b"0") + pdf[end - 1 :]
