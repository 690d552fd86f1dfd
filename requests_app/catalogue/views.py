"""The pages of the catalogue that every member reads: list, vendor, procedure, difference of two versions."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from requests_app import access
from requests_app.catalogue import history, pages, search
from requests_app.catalogue.difference import differences
from requests_app.catalogue.filters import CatalogueFilter
from requests_app.catalogue.procedure import Procedure as Snapshot
from requests_app.models import Membership, Procedure, ProcedureVersion, Vendor

PAGE_SIZE = 50


@require_safe
def catalogue(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the catalogue, narrowed as the address says; to htmx the results alone."""
    membership = access.member(request, organisation)
    found = CatalogueFilter(request.GET, membership.organisation)
    page = _page(search.values_of(found.qs), request.GET.get("page", "1"))
    context = {
        "form": found.form,
        "is_narrowed": found.is_narrowed,
        "page": page,
        "rows": search.rows_of(page.object_list, get_language() or "en", found.today),
    }
    # Going back, htmx asks for the page by itself and needs all of it.
    is_part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(request, "catalogue/results.html" if is_part else "catalogue/catalogue.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response


def _page(values: QuerySet[Vendor, Any], number: str) -> Page[Any]:
    """Return that page of the list. A first page that is not full needs no counting, which would search once more."""
    first = list(values[:PAGE_SIZE]) if number == "1" else []
    page = Paginator(first if 0 < len(first) < PAGE_SIZE else values, PAGE_SIZE).get_page(number)
    page.object_list = first or page.object_list
    return page


@require_safe
def vendor(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return everything the catalogue knows of a vendor."""
    membership = access.member(request, organisation)
    shown = access.vendor(membership, pk)
    versions = list(history.latest_versions(procedure__vendor=shown))
    in_use = [version for version in versions if version.procedure.retired_at is None]
    language = get_language() or "en"
    context = {
        "vendor": shown,
        "page": pages.VendorPage(shown.content),
        "procedures": pages.in_words(in_use, language, membership.organisation.today()),
        "changes": history.terms_history(versions, language),
    }
    return render(request, "catalogue/vendor.html", context)


@require_safe
def procedure(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return what a procedure says, or said in the version that is asked for; a retired one leads to its successor."""
    membership = access.member(request, organisation)
    shown = access.procedure(membership, pk)
    if shown.successor_id and "version" not in request.GET:
        return redirect("procedure", organisation, shown.successor_id)
    versions = list(shown.versions.defer("content"))
    version = _version(versions, request.GET.get("version", str(versions[0].number)))
    context = {
        "procedure": shown,
        "versions": versions,
        "version": version,
        "is_latest": version == versions[0],
        "page": _page_of(membership, version),
    }
    return render(request, "catalogue/procedure.html", context)


@require_safe
def procedure_changes(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the difference between two versions; those that are not chosen are the last two."""
    membership = access.member(request, organisation)
    shown: Procedure = access.procedure(membership, pk)
    versions = list(shown.versions.defer("content"))
    after = _version(versions, request.GET.get("after", str(versions[0].number)))
    before = _version(versions, request.GET.get("before", str(max(1, after.number - 1))))
    found = list(differences(before.content, after.content))
    context = {
        "procedure": shown,
        "title": _page_of(membership, after).title,
        "versions": versions,
        "before": before,
        "after": after,
        "differences": found,
    }
    return render(request, "catalogue/changes.html", context)


def _version(versions: list[ProcedureVersion], number: str) -> ProcedureVersion:
    for version in versions:
        if str(version.number) == number:
            return version
    raise Http404


def _page_of(membership: Membership, version: ProcedureVersion) -> pages.ProcedurePage:
    return pages.ProcedurePage(Snapshot(version.content), get_language() or "en", membership.organisation.today())
