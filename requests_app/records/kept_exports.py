"""The files of exports: where they are while they are written, until when they are kept, and the log beside them."""

import contextlib
import datetime
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _

from requests_app.models import Export, ExportState
from requests_app.models.export import EXPORT_FOLDER, export_path
from requests_app.models.languages import page_language

KEPT_FOR = datetime.timedelta(days=7)
# A file that nobody has written to for so long, and that no row names, is nobody's, as after a restored backup.
NAMELESS_FOR = datetime.timedelta(hours=6)


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Return a new file to be written, which is on the disk once it is left."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
        yield cast(BinaryIO, file)
        file.flush()
        os.fsync(file.fileno())


def remove_of(claim: uuid.UUID | None) -> None:
    """Remove what the worker that died with this claim had half written."""
    if claim:
        Path(default_storage.path(export_path(claim))).unlink(missing_ok=True)


def remove_old_files(now: datetime.datetime) -> int:
    """Remove the files that were kept for long enough and return how many; their rows stay, without the query.

    What somebody searched for may be a person's name: it goes with the file, and after the same time where there is
    none. In the history it is a personal value, which can be erased by itself.
    """
    Export.objects.filter(ended_at__lte=now - KEPT_FOR).exclude(query="").update(query="")
    over = Export.objects.filter(removed_after__lte=now).select_related("started_by")
    for export in over:
        with translation.override(page_language(export.started_by)):
            log = logged(export, _("File removed."), now)
        Path(default_storage.path(export.path)).unlink(missing_ok=True)
        Export.objects.filter(pk=export.pk).update(state=ExportState.REMOVED, path="", removed_after=None, log=log)
    _remove_nameless(now)
    return len(over)


def _remove_nameless(now: datetime.datetime) -> None:
    """Remove the files that no row names: nothing else would ever remove them."""
    before = (now - NAMELESS_FOR).timestamp()
    folder = Path(default_storage.path(EXPORT_FOLDER))
    old = [path for path in folder.glob("*/*") if path.is_file() and path.stat().st_mtime < before]
    named = set(Export.objects.exclude(path="").values_list("path", flat=True)) if old else set()
    for path in old:
        if f"{EXPORT_FOLDER}/{path.parent.name}/{path.name}" not in named:
            path.unlink(missing_ok=True)


def logged(export: Export, text: str, now: datetime.datetime) -> str:
    """Return its log with one more line."""
    return f"{export.log}{now:%Y-%m-%d %H:%M:%S} UTC  {text}\n"
