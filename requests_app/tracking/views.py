"""What a visitor sees first, and what a load balancer asks."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from requests_app.models import Heartbeat, Procedure, Vendor


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Return the page that says what this is, what the catalogue holds and whether the worker beats."""
    heartbeat = Heartbeat.objects.first()
    context = {
        "vendors": Vendor.objects.filter(retired_at=None).count(),
        "procedures": Procedure.objects.filter(retired_at=None).count(),
        "heartbeat": heartbeat,
        "worker_beats": heartbeat is not None and heartbeat.is_alive(timezone.now()),
    }
    return render(request, "tracking/home.html", context)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 when the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
