"""Search over vendors and requests, from every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from requests_app import access
from requests_app.tracking.search import search as found_by


@require_safe
def search(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return what the text finds; with htmx the results alone, for the palette."""
    membership = access.member(request, organisation)
    text = request.GET.get("q", "").replace("\0", "")[:200]
    template = "tracking/search_found.html" if request.htmx else "tracking/search.html"  # type: ignore[attr-defined]
    response = render(request, template, {"text": text, "found": found_by(membership, text)})
    patch_vary_headers(response, ["HX-Request"])
    return response
