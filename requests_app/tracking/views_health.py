"""What a load balancer and whatever restarts processes ask: nothing but a word, since anybody may ask."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from requests_app.tracking.system import State, database


@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Return 200: this process answers. Restart one that does not; a database that is down is no reason to."""
    return _said("ok")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 when pages can be served, 503 when not: the database answers and every migration has been applied.

    The broker is not asked: without it pages work, and what is due is done later.
    """
    is_ready = database().state is State.OK
    return _said("ok") if is_ready else _said("The database does not answer, or waits for migrations.", 503)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 when the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return _said("The database does not answer.", 503)
    return _said("ok")


def _said(word: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(f"{word}\n", content_type="text/plain", status=status)
    response["Cache-Control"] = "no-store"
    return response
