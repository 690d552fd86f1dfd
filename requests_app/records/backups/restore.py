"""The way back: the whole file is verified first, then put into an empty installation, then that is verified."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from requests_app.records.backups.backup import fingerprints, heads_digest, media_files, migrations, pieces_of
from requests_app.records.backups.entries import Entry, entries_in, tell_nobody
from requests_app.records.backups.rows import (
    MADE_BY_MIGRATE,
    insert_rows,
    move_heads_on,
    move_keys_on,
    tables,
)
from requests_app.records.backups.sealed import BackupRefused, opened, sync_folder
from requests_app.records.chain import verify_everything

KEY_FILES = ("secret_key", "signing_key", "field_key")


@dataclass
class Contents:
    """What a backup holds, as it was read when it was verified."""

    about: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # SHA-256 by name
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def foreign_keys(self) -> list[str]:
        """The keys with which this installation would not read the data, or not sign as the one before did."""
        here, there = fingerprints(), self.about["keys"]
        return [name for name in here if here[name] != there[name]]


def verified(file: Path, passphrase: bytes, advance: Callable[[int], object] = tell_nobody) -> Contents:
    """Read the whole backup and return what is in it; nothing is written. Raises BackupRefused where it is damaged.

    `advance` is told how many more rows and files were read.
    """
    contents = Contents()
    for entry in _entries(file, passphrase):
        if "about" in entry.head:
            contents.about = entry.head["about"]
        elif "keys" in entry.head:
            contents.keys = json.loads(b"".join(entry.data))
        elif "table" in entry.head:
            number = contents.tables[entry.head["table"]] = sum(1 for _ in entry.data)
            advance(number)
        else:
            contents.files[_safe(entry.head["file"])] = _digest(entry.data)
            advance(1)
    return contents


def check_empty() -> None:
    """Raise BackupRefused where there is anything that a restore would have to merge with."""
    for model in tables():
        if model._meta.db_table not in MADE_BY_MIGRATE and model._base_manager.exists():
            raise BackupRefused(
                f"This installation is not empty: {model._meta.db_table} has rows. Restore into a new one: "
                "an empty database and an empty DATA_DIR, after migrate and before anything else."
            )
    if next(media_files(), None) is not None:
        raise BackupRefused("This installation is not empty: there are files in its media folder.")


def restore(file: Path, passphrase: bytes, contents: Contents, advance: Callable[[int], object] = tell_nobody) -> None:
    """Put everything where it was, and raise BackupRefused unless it then is what the backup holds.

    `advance` is told how many more rows and files are back. The rows come in one transaction, and the files before it
    ends: where anything fails, the database is as it was.
    """
    check_fits(contents)
    check_empty()
    written: list[Path] = []
    try:
        with transaction.atomic():
            _insert_all(file, passphrase, written, advance)
            _verify(contents)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    ContentType.objects.clear_cache()
    move_keys_on(contents.about.get("last_keys", {}))


def write_keys(keys: dict[str, str]) -> None:
    """Keep the keys of the backup in DATA_DIR, for their owner alone; they are read at the next start."""
    for name in KEY_FILES:
        path = Path(settings.DATA_DIR) / name
        unfinished = path.with_suffix(".restored")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(keys[name])
        unfinished.replace(path)
    sync_folder(str(settings.DATA_DIR))


def _entries(file: Path, passphrase: bytes) -> Iterator[Entry]:
    with file.open("rb") as opened_file:
        yield from entries_in(opened(opened_file, passphrase))


def check_fits(contents: Contents) -> None:
    """Raise BackupRefused where this version of Optout keeps other tables or columns than the one that made it."""
    if contents.about.get("migrations") != migrations():
        version = contents.about.get("software_version", "unknown")
        raise BackupRefused(
            f"The backup was made by version {version}, whose database differs from that of this one. "
            "Restore it with that version, then upgrade."
        )
    if set(contents.tables) != {model._meta.db_table for model in tables()}:
        raise BackupRefused("The backup has other tables than this version of Optout.")


def _insert_all(file: Path, passphrase: bytes, written: list[Path], advance: Callable[[int], object]) -> None:
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    for name in MADE_BY_MIGRATE:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608  # a name of ours
    for entry in _entries(file, passphrase):
        if "table" in entry.head:
            insert_rows(models[entry.head["table"]], entry.head["columns"], _counted(entry.data, advance))
        elif "file" in entry.head:
            path = Path(settings.MEDIA_ROOT) / _safe(entry.head["file"])
            written.append(path)
            _write_file(path, entry.data)
            advance(1)
    move_heads_on()


def _counted(rows: Iterator[bytes], advance: Callable[[int], object]) -> Iterator[bytes]:
    for row in rows:
        yield row
        advance(1)


def _write_file(path: Path, pieces: Iterator[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _verify(contents: Contents) -> None:
    """Raise BackupRefused unless rows, chains, heads and files are those of the backup."""
    for model in tables():
        number, wanted = model._base_manager.count(), contents.tables[model._meta.db_table]
        if number != wanted:
            raise BackupRefused(f"{model._meta.db_table} has {number} rows instead of {wanted}.")
    if heads_digest() != contents.about["heads"]:
        raise BackupRefused("The heads of the event log are not those of the backup.")
    if fault := verify_everything().fault:
        raise BackupRefused(f"The event log does not hold together: {fault}")
    for name, digest in contents.files.items():
        if _digest(pieces_of(Path(settings.MEDIA_ROOT) / name)) != digest:
            raise BackupRefused(f"The file {name} is not as it was.")


def _digest(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _safe(name: str) -> str:
    """Return the name of a file below MEDIA_ROOT. Raises BackupRefused for one that would lie elsewhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupRefused(f"The backup names a file outside of its folder: {name}.")
    return name
