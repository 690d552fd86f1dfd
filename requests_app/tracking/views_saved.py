"""Saving, renaming and deleting a list under a name."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from requests_app import access
from requests_app.models import Membership, SavedView
from requests_app.tracking.filters import Filters, requests_for
from requests_app.tracking.list_forms import ViewForm
from requests_app.tracking.saved_views import ViewRefused, delete_view, given_by, rename_view, save_view


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the form that names the list whose filters stand in the address; POST keeps it."""
    membership = access.member(request, organisation)
    posted = request.method == "POST"
    filters = Filters(given_by(request.POST.get("query", "")) if posted else request.GET.dict(), membership.user_id)
    form = ViewForm(request.POST if posted else None, may_share=membership.can_edit)
    if posted and form.is_valid():
        shared = form.cleaned_data.get("shared", False)
        try:
            view = save_view(membership, form.cleaned_data["name"], filters.query, shared=shared)
        except ViewRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved. The view stands above the list."))
            return _to_list(organisation, view.query)
    return _page(request, membership, form, filters.query)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the form that renames or deletes a view; POST does so."""
    membership = access.member(request, organisation)
    view = access.saved_view(membership, pk)
    if request.method == "POST" and request.POST.get("delete"):
        delete_view(view)
        messages.success(request, _("The view is deleted."))
        return redirect("requests", organisation)
    query = view.query
    form = ViewForm(request.POST if request.method == "POST" else None, may_share=False, initial={"name": view.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_view(view, form.cleaned_data["name"])
        except ViewRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The view has its new name."))
            return _to_list(organisation, query)
    return _page(request, membership, form, query, view)


def _to_list(organisation: str, query: str) -> HttpResponse:
    response = redirect("requests", organisation)
    response["Location"] += f"?{query}"
    return response


def _page(
    request: HttpRequest, membership: Membership, form: forms.Form, query: str, view: SavedView | None = None
) -> HttpResponse:
    shown = requests_for(membership.organisation, Filters(given_by(query), membership.user_id))
    context = {"form": form, "query": query, "view": view, "count": shown.count()}
    return render(request, "tracking/saved_view.html", context, status=422 if form.errors else 200)
