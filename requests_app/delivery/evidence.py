"""Files that prove something: kept under a random name, known by their SHA-256, given out as a download only."""

import contextlib
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.delivery.file_kinds import LOOKED_AT, media_type
from requests_app.models import Action, Evidence, Membership, OptOutRequest, Source, Subject, record_event
from requests_app.models.evidence import random_path

MOST_BYTES = 25 * 1024 * 1024
LONGEST_NAME = 150


class EvidenceRefused(ValueError):
    """A file that is not kept; says why, and what to do."""


@dataclass(frozen=True)
class StoredFile:
    """A file as it lies below MEDIA_ROOT, not yet named by any row."""

    path: str
    name: str
    size: int
    sha256: str
    media_type: str


def add_evidence(
    membership: Membership, opt_out_request: OptOutRequest, upload: "UploadedFile[Any]", description: str
) -> Evidence:
    """Keep the file as evidence of the request and return it. Raises EvidenceRefused; then nothing is kept."""
    return add_all(membership, opt_out_request, [upload], description)[0]


def add_all(
    membership: Membership, opt_out_request: OptOutRequest, uploads: Sequence["UploadedFile[Any]"], description: str
) -> list[Evidence]:
    """Keep the files as evidence of the request and return them. Raises EvidenceRefused; then none is kept."""
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(stored(upload)) for upload in uploads]
        stack.enter_context(transaction.atomic())
        return [record_evidence(membership, opt_out_request, one, description) for one in kept]


def supersede(membership: Membership, old: Evidence, upload: "UploadedFile[Any]", description: str) -> Evidence:
    """Keep the file as what replaces the older one, which stays, and return it.

    Raises EvidenceRefused, also where the older one was replaced before; then nothing is kept.
    """
    with stored(upload) as kept, transaction.atomic():
        request = OptOutRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=old.request_id)
        # Under the lock of its request: two newer files at the same time are not both the next one.
        newer = Evidence.objects.filter(supersedes=old).first()
        if newer:
            raise EvidenceRefused(
                _("{name} has replaced this file already. Replace that one instead.").format(name=newer.name)
            )
        if kept.sha256 == old.sha256:
            raise EvidenceRefused(_("This is the very same file, byte for byte. There is nothing to replace."))
        return record_evidence(membership, request, kept, description, supersedes=old)


def record_evidence(
    membership: Membership,
    opt_out_request: OptOutRequest,
    kept: StoredFile,
    description: str,
    origin: dict[str, Any] | None = None,
    supersedes: Evidence | None = None,
) -> Evidence:
    """Save the row of a stored file and its event, which says its origin; call it in the transaction that needs it."""
    evidence = Evidence.objects.create(
        request=opt_out_request,
        name=kept.name,
        description=description,
        file=kept.path,
        size=kept.size,
        media_type=kept.media_type,
        sha256=kept.sha256,
        added_by=membership.user,
        added_at=timezone.now(),
        supersedes=supersedes,
    )
    record_event(
        opt_out_request.stream,
        Action.EVIDENCE_SUPERSEDED if supersedes else Action.EVIDENCE_ADDED,
        actor=membership.actor,
        source=Source.WEB,
        subject=Subject.of(evidence),
        detail={"media_type": kept.media_type, "size": kept.size}
        | (origin or {})
        | ({"supersedes": supersedes.pk} if supersedes else {}),
        personal={"name": kept.name, "description": description}
        | ({"replaced": supersedes.name} if supersedes else {}),
        evidence=[kept.sha256, *([supersedes.sha256] if supersedes else [])],
    )
    return evidence


@contextlib.contextmanager
def stored(upload: "UploadedFile[Any]") -> Iterator[StoredFile]:
    """Write the file to disk for the block; it stays unless the block, a commit in it included, fails.

    Raises EvidenceRefused for an empty file, one above 25 MB, and when the disk takes no more.
    """
    if not upload.size:
        raise EvidenceRefused(_("The file is empty."))
    if upload.size > MOST_BYTES:
        raise EvidenceRefused(_("The file is larger than 25 MB. Make it smaller, or add it in parts."))
    path = random_path(Evidence(), "")
    target = Path(default_storage.path(path))
    try:
        yield _write(upload, path, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _write(upload: "UploadedFile[Any]", path: str, target: Path) -> StoredFile:
    """Write the bytes through to the disk: what the database names after this is there after a power cut, too."""
    digest, size, beginning = hashlib.sha256(), 0, b""
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                beginning = beginning or chunk[:LOOKED_AT]
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = error.strerror or str(error)
        raise EvidenceRefused(
            _("The file could not be kept: {reason}. Nothing was recorded.").format(reason=reason)
        ) from error
    name = display_name(upload.name or "")
    return StoredFile(path, name, size, digest.hexdigest(), media_type(beginning, name))


def display_name(name: str) -> str:
    """Return the file's name to show and to download it by: no folder, no invisible or turning mark, no leading dot."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(" " if character.isspace() else character for character in last if not _is_hidden(character))
    stem = " ".join(visible.split()).strip(". ") or "file"
    if len(stem) <= LONGEST_NAME:
        return stem
    suffix = PurePosixPath(stem).suffix[:12]
    return stem[: LONGEST_NAME - len(suffix)] + suffix


def _is_hidden(character: str) -> bool:
    if character.isspace() and character not in "\0":
        return unicodedata.category(character) in ("Zl", "Zp")
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co")
