"""Commands that need the database say so in a sentence where it is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError


@contextmanager
def usable_database() -> Iterator[None]:
    """Raise CommandError (exit 1) where the database does not answer or has not been migrated."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise CommandError(
            f"The database cannot be used: {reason}. Check DATABASE_URL, then run: python manage.py migrate",
            returncode=1,
        ) from error
