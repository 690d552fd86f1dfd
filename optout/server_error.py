"""What somebody sees whose page failed: where the disk is full or a key is missing, that, and what to do about it."""

import errno
import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as usual

from requests_app.models.secret import SecretUnreadable

INSUFFICIENT_STORAGE = 507  # RFC 4918, section 11.5
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLite and PostgreSQL, each in its own words; both have undone what they were about to write.
_DATABASE_SAYS = ("disk is full", "No space left on device")


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for the error that is being handled: 507 for a full disk, 500 for anything else."""
    error = sys.exc_info()[1]
    if is_full_disk(error):
        return HttpResponse(render_to_string("507.html"), status=INSUFFICIENT_STORAGE)
    if isinstance(error, SecretUnreadable):
        return HttpResponse(render_to_string("secret_unreadable.html"), status=500)
    return usual(request)


def is_full_disk(error: BaseException | None) -> bool:
    """Return whether the error, or one that led to it, says that nothing more can be written."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, DatabaseError) and any(words in str(error) for words in _DATABASE_SAYS):
            return True
        error = error.__cause__ or error.__context__
    return False
