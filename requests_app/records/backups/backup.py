"""Writing a backup: all rows as they are at one moment, the files that they name, and which keys it belongs to."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from requests_app import __version__
from requests_app.models import Evidence
from requests_app.models.export import EXPORT_FOLDER
from requests_app.records.backups.entries import Counts, EntryWriter, tell_nobody
from requests_app.records.backups.rows import columns_of, heads, last_keys, rows_of, snapshot, tables
from requests_app.records.backups.sealed import BackupRefused, SealedWriter, sync_folder
from requests_app.records.signing_key import fingerprint, public_key

PIECE = 64 * 1024
STAMP = "last_backup"


@dataclass(frozen=True)
class Backup:
    """What was written, and the evidence whose file was not there to be written."""

    counts: Counts
    size: int
    sha256: str
    missing: list[str]


def how_much() -> int:
    """Return how many rows and files there are to be written, about."""
    return sum(model._base_manager.count() for model in tables()) + sum(1 for _ in media_files()) + 1


def write_backup(
    target: Path, passphrase: bytes, *, with_keys: bool, advance: Callable[[int], object] = tell_nobody
) -> Backup:
    """Write the backup under its name once it is complete, note that it was made, and return what is in it.

    `advance` is told how many more rows and files are done. Raises BackupRefused where there is such a file already,
    and OSError where the disk does not take it; then no file is left behind.
    """
    if target.exists():
        raise BackupRefused(f"There is a file {target} already. Name another one.")
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with SealedWriter(file, passphrase) as sealed:
                entries = EntryWriter(sealed.write, advance)
                missing = _write_all(entries, with_keys=with_keys)
                entries.finish()
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        os.rename(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(str(target.parent))
    _stamp(target, size, digest)
    return Backup(entries.counts, size, digest, missing)


def last_backup() -> datetime | None:
    """Return when this installation was backed up for the last time; None for never, as far as is known."""
    try:
        made_at = json.loads(_stamp_file().read_text())["made_at"]
        return datetime.fromisoformat(made_at)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fingerprints() -> dict[str, Any]:
    """Return what names the keys that belong to the data, without telling them."""
    return {
        "signing_key": fingerprint(public_key()),
        "field_keys": [hashlib.sha256(key.encode()).hexdigest() for key in settings.FIELD_KEYS],
        "secret_key": hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest(),
    }


def migrations() -> list[list[str]]:
    """Return the migrations that the database has: a backup fits into a database with the same ones alone."""
    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def heads_digest() -> str:
    """Return a SHA-256 over the heads of all streams."""
    return hashlib.sha256(json.dumps(sorted(heads().items())).encode()).hexdigest()


def media_files() -> Iterator[str]:
    """Yield the files that people added, below MEDIA_ROOT, in the order of their names."""
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, names in os.walk(root):
        folders.sort()
        if Path(folder) == root:
            folders[:] = [name for name in folders if name != EXPORT_FOLDER]
        for name in sorted(names):
            if not name.startswith("."):
                yield str((Path(folder) / name).relative_to(root))


def pieces_of(file: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _write_all(entries: EntryWriter, *, with_keys: bool) -> list[str]:
    with snapshot():
        entries.add({"about": _about()}, [])
        if with_keys:
            keys = {"secret_key": settings.SECRET_KEY, "signing_key": settings.SIGNING_KEY}
            entries.add({"keys": True}, [json.dumps(keys | {"field_key": ",".join(settings.FIELD_KEYS)}).encode()])
        for model in tables():
            entries.add({"table": model._meta.db_table, "columns": columns_of(model)}, rows_of(model))
        named = dict(Evidence.objects.order_by("pk").values_list("file", "name").iterator(chunk_size=2000))
    for name in media_files():
        entries.add({"file": name}, pieces_of(Path(settings.MEDIA_ROOT) / name))
        named.pop(name, None)
    return [f"{name} ({path})" for path, name in named.items()]


def _about() -> dict[str, Any]:
    return {
        "made_at": timezone.now().isoformat(),
        "software_version": __version__,
        "migrations": migrations(),
        "keys": fingerprints(),
        "heads": heads_digest(),
        "last_keys": last_keys(),
    }


def _stamp_file() -> Path:
    return Path(settings.DATA_DIR) / STAMP


def _stamp(target: Path, size: int, digest: str) -> None:
    text = json.dumps({"made_at": timezone.now().isoformat(), "file": target.name, "size": size, "sha256": digest})
    unfinished = _stamp_file().with_suffix(".unfinished")
    unfinished.write_text(text)
    unfinished.replace(_stamp_file())
