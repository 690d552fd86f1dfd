"""Where the passphrase of a backup comes from: never the command line, where every user of the machine can read it."""

import os
from pathlib import Path

from django.core.management.base import CommandError

SHORTEST = 12
USAGE = "Put it into a file and name that with --passphrase-file, or set BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE."


def passphrase_from(file: str | None) -> bytes:
    """Return the passphrase without the line break at its end. Raises CommandError (exit 2) where there is none."""
    named = file or os.environ.get("BACKUP_PASSPHRASE_FILE", "")
    if named:
        try:
            text = Path(named).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The passphrase in {named} cannot be read. {USAGE}", returncode=2) from error
    else:
        text = os.environ.get("BACKUP_PASSPHRASE", "")
    if len(text) < SHORTEST:
        what = f"The passphrase has fewer than {SHORTEST} characters." if text else "There is no passphrase."
        raise CommandError(f"{what} {USAGE}", returncode=2)
    return text.encode()
