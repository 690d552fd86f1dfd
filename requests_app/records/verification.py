"""Whether a sealed record is what was sealed: the signature around it, then the files in it.

It needs no database and no network, and knows of nothing but the bytes that it is given.
"""

import datetime
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    validate_pdf_signature,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureStatus, TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from requests_app.records.signed_data import TIME_STAMPED, Certificates, certificates_of, made_anew
from requests_app.records.verify import Wrong, checks_of, plain

MOST_BYTES = 50 * 1024 * 1024  # that the page takes
# Evidence may have 25 MB each, and a record has all of it.
LARGEST_RECORD = 512 * 1024 * 1024
MOST_UNPACKED = LARGEST_RECORD
MOST_FILES = 2000
# What is refused is told in a sentence, not in a traceback.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)
_BEGIN = re.compile(rb"%PDF-1\.\d")


@dataclass
class Verdict:
    """A line for each check that was passed, and the first thing that is wrong, empty where nothing is."""

    checks: list[str] = field(default_factory=list)
    fault: str = ""

    @property
    def is_good(self) -> bool:
        """Whether everything held."""
        return not self.fault


def verify_record(content: bytes, trusted: bytes | None = None) -> Verdict:
    """Return what was checked in the PDF of a record.

    `trusted` is the certificate, in PEM or DER, that must have signed it. Without one, that in it is taken at its
    word, and the verdict says so.
    """
    return verdict_over(_checks(content, trusted))


def verdict_over(checks: Iterator[str]) -> Verdict:
    """Return the lines that the checks yield, and what ended them early."""
    verdict = Verdict()
    try:
        with broken_is_wrong():
            for line in checks:
                verdict.checks.append(plain(line))
    except Wrong as wrong:
        verdict.fault = plain(str(wrong))
    return verdict


@contextmanager
def broken_is_wrong() -> Iterator[None]:
    """Raise Wrong for a file that its readers cannot read: what a broken one makes them raise has no end."""
    try:
        yield
    except (Wrong, MemoryError, OSError):  # the last two are this computer's, not the file's
        raise
    except Exception as error:
        raise Wrong(f"The file is broken: {str(error) or type(error).__name__}.") from error


def _checks(content: bytes, trusted: bytes | None) -> Iterator[str]:
    if len(content) > LARGEST_RECORD:
        raise Wrong("The file is larger than 512 MB.")
    if not _BEGIN.match(content):
        raise Wrong("The file is no PDF.")
    signed = check_signature(content, trusted)
    yield signed.line
    files = embedded_files(content)
    yield check_signer(signed.certificates, files.get("signer.pem"))
    yield from checks_of(files)
    check_time(signed, json.loads(files["record.json"]))


@dataclass(frozen=True)
class Signed:
    """What was found out about a signature: in words, its certificates, the signer's first, and if it has a stamp."""

    line: str
    certificates: Certificates
    is_stamped: bool


def check_time(signed: Signed, document: Any) -> None:
    """Hold the time stamp against what is signed: none was taken away, and none put in."""
    if signed.is_stamped != (document["time_is"] == TIME_STAMPED):
        raise Wrong(f"The file says that its time is {document['time_is']}, and its signature says another thing.")


@broken_is_wrong()
def check_signature(content: bytes, trusted: bytes | None) -> Signed:
    """Verify the signature, and that nothing stands in the file that it does not cover. Raises Wrong."""
    signature = _signature(content)
    _check_container(content, signature)
    certificates = certificates_of(signature.pkcs7_content)
    root = _certificate(trusted) if trusted else certificates[0]
    status = _status(signature, root)
    if not (status.intact and status.valid):
        raise Wrong("The file was changed after it was signed.")
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise Wrong("Something was appended to the file after it was signed.")
    if not status.trusted:
        raise Wrong("The file was signed with another certificate than the trusted one, which did not issue it either.")
    line = f"Signature: valid, covers the whole file, made with {_by_whom(certificates[0], root, trusted)}; "
    return Signed(f"{line}{_when(status.timestamp_validity)}.", certificates, status.timestamp_validity is not None)


def _by_whom(own: x509.Certificate, root: x509.Certificate, trusted: bytes | None) -> str:
    if not trusted:
        return f"the certificate in it, which nobody vouches for: {_named(own)}"
    if own.dump() == root.dump():
        return f"the certificate that you trust: {_named(own)}"
    return f"a certificate that was issued under the one that you trust: {_named(own)}; you trust {_named(root)}"


def _when(stamp: SignatureStatus | None) -> str:
    """Return the time of a time stamp and whose it is. Raises Wrong for one of another signature."""
    if not isinstance(stamp, TimestampSignatureStatus):
        return "its time is self-asserted"
    if not (stamp.intact and stamp.valid):
        raise Wrong("The time stamp does not fit the signature.")
    at = stamp.timestamp.astimezone(datetime.UTC)
    vouched = "issued under the one that you trust" if stamp.trusted else "whom nobody vouches for"
    return f"time-stamped {at:%Y-%m-%d %H:%M:%S} UTC by {_named(stamp.signing_cert)}, {vouched}"


def _named(certificate: x509.Certificate) -> str:
    """Return a certificate's hash, which only it has, and then what it says of itself."""
    return f"SHA-256 {certificate.sha256.hex()}, which calls itself “{certificate.subject.human_friendly}”"


def _signature(content: bytes) -> EmbeddedPdfSignature:
    found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    if len(found) != 1:
        raise Wrong(f"The file has {len(found)} signatures instead of one.")
    signature: EmbeddedPdfSignature = found[0]
    return signature


def _check_container(content: bytes, signature: EmbeddedPdfSignature) -> None:
    """Hold the one place that a signature cannot cover, its own, against the one form of it: nothing hides there."""
    start, length, rest, tail = (int(number) for number in signature.byte_range)
    if start != 0 or rest + tail != len(content):
        raise Wrong("Something was appended to the file after it was signed.")
    room = content[length:rest]
    octets = made_anew(signature.pkcs7_content)
    if room != b"<" + octets.hex().upper().encode().ljust(len(room) - 2, b"0") + b">":
        raise Wrong("The file was changed where its signature stands.")


def _status(signature: EmbeddedPdfSignature, certificate: x509.Certificate) -> PdfSignatureStatus:
    # As of the day on which it was signed: a certificate that has expired since then was good.
    moment = signature.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[certificate], allow_fetching=False, revocation_mode="soft-fail", moment=moment
    )
    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    return validate_pdf_signature(signature, context, context, key_usage_settings=usage)


def _certificate(content: bytes) -> x509.Certificate:
    try:
        return _certificates(content)[0]
    except (ValueError, TypeError, IndexError) as error:
        raise Wrong("The trusted certificate is none: give one in PEM or DER.") from error


def _certificates(content: bytes) -> list[x509.Certificate]:
    """Return the certificates of a file in PEM or DER. Raises ValueError or TypeError."""
    encoded = (
        [one for _type, _headers, one in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
    )
    found = [x509.Certificate.load(one, strict=True) for one in encoded]
    for one in found:
        one.native  # noqa: B018 decodes all of it
    return found


def check_signer(certificates: Certificates, named: bytes | None) -> str:
    """Hold the certificates that are kept as a file, the signer's first, against those in the signature."""
    if not named:
        raise Wrong("signer.pem is missing.")
    own, *others = (one.dump() for one in _certificates(named))
    if [own, *sorted(others)] != [one.dump() for one in certificates]:
        raise Wrong("signer.pem is not the certificate that the file was signed with.")
    return "Certificate: signer.pem is the one that the file was signed with."


def embedded_files(content: bytes) -> dict[str, bytes]:
    """Return the files in a PDF by name. Raises Wrong for one that is broken, or larger than a record may be."""
    found: dict[str, bytes] = {}
    with pikepdf.Pdf.open(io.BytesIO(content)) as pdf:
        for name, specification in pdf.attachments.items():
            found[name] = _read(specification)
            if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_UNPACKED:
                raise Wrong("The files in the PDF are larger than a record may be.")
    return found


def _read(specification: Any) -> bytes:
    return bytes(specification.get_file().read_bytes())
