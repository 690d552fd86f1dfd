"""Pages on which a request is drafted: chosen, filled in, and looked at before it goes out."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from requests_app import access
from requests_app.catalogue.pages import ProcedurePage
from requests_app.drafting.choices import Choice, choices_for, start_chosen
from requests_app.drafting.collision import differences, last_editor
from requests_app.drafting.forms import DraftForm, bound_to
from requests_app.drafting.newer import newer_version, take_latest_version
from requests_app.drafting.preview import preview_of
from requests_app.drafting.requests import (
    DraftRefused,
    EditedMeanwhile,
    draft_of,
    main_output,
    problems_of,
    save_draft,
    snapshot_of,
)
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Membership, OptOutRequest, Status, Vendor, Workspace

CONFLICT = 409


@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the page that chooses what to draft; POST drafts what was chosen and is still open."""
    membership = access.admin(request, organisation)
    asked = request.GET
    workspaces, vendor = _workspaces(membership, asked)
    choices = choices_for(membership.organisation, workspaces)
    chosen = set(request.POST.getlist("choice")) or _preselected(choices, asked)
    if request.method == "POST":
        started = start_chosen(membership, workspaces, chosen)
        if started:
            return _after_start(request, membership, started)
        messages.error(request, _("Nothing was chosen that is still open. Choose at least one."))
    context = {
        "choices": choices,
        "chosen": chosen,
        "open": sum(choice.is_open for choice in choices),
        "workspaces": workspaces,
        "all_workspaces": membership.organisation.workspaces.filter(retired_at=None).select_related("vendor"),
        "vendor": vendor,
    }
    return render(request, "drafting/new_request.html", context)


def _workspaces(membership: Membership, asked: QueryDict) -> tuple[list[Workspace], Vendor | None]:
    """Return the workspaces that the address names: one, or all that are in use at one vendor, and that vendor."""
    workspace, vendor = _number(asked.get("workspace")), _number(asked.get("vendor"))
    if workspace:
        return [access.workspace(membership, workspace)], None
    if vendor:
        found = access.vendor(membership, vendor)
        in_use = membership.organisation.workspaces.filter(vendor=found, retired_at=None)
        return list(in_use.select_related("vendor", "responsible")), found
    return [], None


def _number(text: str | None) -> int | None:
    """Return the key that the address names, if it names one."""
    return int(text) if text and re.fullmatch("[0-9]{1,18}", text) else None


def _preselected(choices: list[Choice], asked: QueryDict) -> set[str]:
    """Return what is ticked at first: the one procedure that the address names, else everything that is open."""
    wanted = asked.get("procedure", "")
    if wanted:
        return {choice.key for choice in choices if not choice.reason and str(choice.procedure.pk) == wanted}
    return {choice.key for choice in choices if choice.is_open}


def _after_start(request: HttpRequest, membership: Membership, started: list[OptOutRequest]) -> HttpResponse:
    slug = membership.organisation.slug
    if len(started) == 1:
        return redirect("edit_request", slug, started[0].pk)
    count = len(started)
    messages.success(
        request,
        ngettext("%(count)d draft was written.", "%(count)d drafts were written.", count) % {"count": count},
    )
    return redirect("requests", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_request(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the form of a draft with its preview; POST saves it, wrong and missing values included."""
    membership = access.admin(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    if opt_out_request.status != Status.DRAFT:
        messages.info(request, _("This request is handed over already; what was sent does not change."))
        return redirect("request", organisation, pk)
    if request.method != "POST":
        form = bound_to(opt_out_request)
        form.mark(_to_mark(opt_out_request, everything="check" in request.GET))
        return _edit_page(request, opt_out_request, form)
    form = DraftForm(opt_out_request, request.POST)
    if not form.is_valid():
        return _edit_page(request, opt_out_request, form, status=422)
    try:
        saved = save_draft(membership, opt_out_request, **form.changes())
        return _after_save(request, membership, saved, request.POST.get("action", "save"))
    except EditedMeanwhile as collision:
        return _collision_page(request, collision.current, form)
    except DraftRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("request", organisation, pk)


def _to_mark(opt_out_request: OptOutRequest, *, everything: bool) -> list[Any]:
    """Return the problems to show in the form: what is wrong; what is only missing once somebody wanted to go on."""
    problems = problems_of(opt_out_request)
    if everything:
        return problems
    return [problem for problem in problems if opt_out_request.values.get(problem.field, "-").strip()]


def _after_save(request: HttpRequest, membership: Membership, saved: OptOutRequest, action: str) -> HttpResponse:
    """Go where the button that was pressed leads."""
    slug = membership.organisation.slug
    if action in ("own_text", "generated_text"):
        _change_text(request, membership, saved, own=action == "own_text")
        return redirect("edit_request", slug, saved.pk)
    if action == "latest_version":
        take_latest_version(membership, saved, saved.edition)
        messages.success(request, _("The draft now follows the latest version of the procedure. Look it over."))
        return redirect("edit_request", slug, saved.pk)
    problems = problems_of(saved)
    if not problems and action == "hand_over":
        return redirect("hand_over", slug, saved.pk)
    response = redirect("edit_request", slug, saved.pk)
    if problems:
        count = len(problems)
        message = ngettext(
            "Saved. %(count)d value is missing or wrong; it is marked below.",
            "Saved. %(count)d values are missing or wrong; they are marked below.",
            count,
        )
        messages.warning(request, message % {"count": count})
        response["Location"] += "?check=1"
    else:
        messages.success(request, _("Saved. Nothing is missing."))
    return response


def _change_text(request: HttpRequest, membership: Membership, saved: OptOutRequest, *, own: bool) -> None:
    """Take the generated text into the form to be edited, or go back to it."""
    try:
        body = draft_of(saved, output=main_output(snapshot_of(saved))).body if own else ""
    except ValuesRefused:
        messages.warning(request, _("Fill in what is missing first: the text to edit is made from it."))
        return
    save_draft(
        membership,
        saved,
        values=saved.values,
        subject=saved.subject,
        body=body,
        ground=saved.ground,
        locale=saved.locale,
        edition=saved.edition,
    )


def _collision_page(request: HttpRequest, current: OptOutRequest, form: DraftForm) -> HttpResponse:
    """Show what was typed beside what somebody else saved; saving again is then a choice made with both in view."""
    typed = request.POST.copy()
    typed["edition"] = str(current.edition)
    again = DraftForm(current, typed)
    collision = {"differences": differences(current, form.changes(), form), "editor": last_editor(current)}
    _apply(again, current)
    return _edit_page(request, current, again, status=CONFLICT, collision=collision)


def _edit_page(
    request: HttpRequest, opt_out_request: OptOutRequest, form: DraftForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"request_row": opt_out_request, "form": form, "preview": preview_of(opt_out_request)}
    return render(request, "drafting/edit.html", {**context, **_about(opt_out_request), **more}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Return the page with the exact thing; POST returns the part of it that changes with what is being typed."""
    if request.method == "POST":
        membership = access.admin(request, organisation)
        opt_out_request = access.opt_out_request(membership, pk)
        if not opt_out_request.snapshot:
            _apply(DraftForm(opt_out_request, request.POST), opt_out_request)
        context = {"request_row": opt_out_request, "preview": preview_of(opt_out_request), "typing": True}
        return render(request, "drafting/preview_parts.html", context)
    membership = access.member(request, organisation)
    opt_out_request = access.opt_out_request(membership, pk)
    context = {"request_row": opt_out_request, "preview": preview_of(opt_out_request)}
    return render(request, "drafting/preview.html", {**context, **_about(opt_out_request)})


def _apply(form: DraftForm, opt_out_request: OptOutRequest) -> None:
    """Put what is being typed into the row in memory; nothing is saved."""
    if form.is_valid():
        for name, value in form.changes().items():
            setattr(opt_out_request, name, value)


def _about(opt_out_request: OptOutRequest) -> dict[str, Any]:
    """Return what stands beside the preview: the procedure's facts, sources and age."""
    today = opt_out_request.organisation.today()
    page = ProcedurePage(snapshot_of(opt_out_request), (get_language() or "en")[:2], today)
    return {"page": page, "newer": None if opt_out_request.snapshot else newer_version(opt_out_request)}
