"""A record as one sealed PDF: pages, files in it, signature."""

import hashlib
import io
from pathlib import Path
from typing import Any

import rfc8785
from asn1crypto import keys, x509
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from requests_app.models import Action, OptOutRequest, Source, Subject, record_event
from requests_app.records.checkpoints import Proofs, make_checkpoint
from requests_app.records.embedding import MANIFEST, Embedded, embed, with_sums
from requests_app.records.pages import Page, draw, page_of
from requests_app.records.record import Record, record_of
from requests_app.records.signer import Signing, signing_of
from requests_app.records.time_stamps import time_stamper
from requests_app.records.verification import check_signature
from requests_app.records.verify import Wrong

FIELD = "Record"
VERIFIER = Path(__file__).with_name("verify.py")
_JSON = "application/json"
# What a signature takes beside its certificates: itself and the attributes that it signs.
_SIGNATURE_BYTES = 4096


class SealRefused(Exception):
    """A record that cannot be sealed now; says why."""


def sealed_record(opt_out_request: OptOutRequest, *, actor: str, source: Source, language: str) -> bytes:
    """Return the sealed record of the request as it is now, and write down that it was exported, with its SHA-256.

    Raises RecordBroken, SealRefused, or a RenderError; then nothing is written down.
    """
    now = timezone.now()
    signing = signing_of(opt_out_request.organisation)
    checkpoint = make_checkpoint(opt_out_request.organisation, now)
    proofs, is_stamped = Proofs(checkpoint), bool(settings.TSA_URL)
    record = record_of(opt_out_request, proofs, now, is_time_stamped=is_stamped, language=language)
    pdf = seal(unsigned(record, signing), signing, record.reference)
    digest = hashlib.sha256(pdf).hexdigest()
    with transaction.atomic():
        record_event(
            opt_out_request.stream,
            Action.RECORD_EXPORTED,
            actor=actor,
            source=source,
            subject=Subject.of(opt_out_request),
            detail={"sha256": digest, "size": len(pdf), "checkpoint": checkpoint.root},
            evidence=[digest],
        )
    return pdf


def unsigned(record: Record, signing: Signing) -> bytes:
    """Return the record as a PDF with all its files, not yet signed: the same bytes for the same record."""
    page, files = parts_of(record, signing)
    return embed(draw(page), files, record.made_at)


def parts_of(record: Record, signing: Signing) -> tuple[Page, list[Embedded]]:
    """Return what the PDF is made of: its pages, not yet drawn, and the files that go into it."""
    files = embedded_of(record, signing)
    manifest = next(file.content for file in files if file.name == MANIFEST)
    return page_of(record, signing, hashlib.sha256(manifest).hexdigest()), files


def embedded_of(record: Record, signing: Signing) -> list[Embedded]:
    """Return the files that go into the record's PDF, the manifest among them."""
    originals = [
        Embedded(file.name, file.content, file.media_type, "Source", str(file.row["name"])) for file in record.files
    ]
    return with_sums(
        [
            *originals,
            Embedded("record.json", record.json, _JSON, "Data", "All that the pages show, for machines"),
            Embedded("checkpoint.json", rfc8785.dumps(record.checkpoint), _JSON, "Data", "The signed checkpoint"),
            Embedded("signer.pem", signing.pem, "application/x-pem-file", "Supplement", "The signer’s certificate"),
            Embedded("verify.py", VERIFIER.read_bytes(), "text/x-python", "Supplement", "Checks these files"),
        ]
    )


def seal(pdf: bytes, signing: Signing, reason: str) -> bytes:
    """Return the PDF signed (PAdES), with a time stamp where TSA_URL is set. Raises SealRefused."""
    service = time_stamper()
    sealed = _sealed_with(pdf, signing, reason, service)
    if service:
        _check_stamp(sealed)
    return sealed


def _check_stamp(sealed: bytes) -> None:
    """Raise SealRefused for a stamp of something else: whoever verifies the record would be the first to see it."""
    try:
        check_signature(sealed, None)
    except Wrong as wrong:
        raise SealRefused(
            _("The time-stamping service gave no time stamp of this file: {reason} Tell whoever runs it.").format(
                reason=wrong
            )
        ) from wrong


def _sealed_with(pdf: bytes, signing: Signing, reason: str, service: TimeStamper | None) -> bytes:
    certificate, *others = (x509.Certificate.load(one) for one in signing.certificates)
    signer = signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=keys.PrivateKeyInfo.load(signing.key),
        cert_registry=SimpleCertificateStore.from_certs(others),  # type: ignore[no-untyped-call]  # pyHanko says nothing
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=f"Optout record {reason}",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    try:
        signed: Any = signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)),
            metadata,
            signer=signer,
            timestamper=service,
            # How long a time stamp is only its service knows: with one, pyHanko signs twice to find out.
            bytes_reserved=None if service else 2 * (_SIGNATURE_BYTES + sum(map(len, signing.certificates))),
        )
    except (TimestampRequestError, OSError) as error:
        raise SealRefused(
            _("The time-stamping service does not answer: {reason}. Try again, or take TSA_URL away.").format(
                reason=error
            )
        ) from error
    return bytes(signed.getvalue())
