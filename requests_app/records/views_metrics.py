"""Figures for Prometheus, for whoever knows the token of the installation."""

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.records.metrics import scrape


@never_cache
@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures, 401 without the token METRICS_TOKEN as bearer, and 404 where that is not set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
        refusal = HttpResponse("Send the token METRICS_TOKEN as bearer.\n", content_type="text/plain", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        return refusal
    content, content_type = scrape(request.headers.get("Accept", ""))
    return HttpResponse(content, content_type=content_type)
