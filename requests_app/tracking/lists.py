"""The lists of requests, workspaces and gaps: filters from the URL, one page at a time, in a fixed number of queries.

A list of 100,000 rows costs what one of 50 does: filters name rows of small tables first, each order has an index, and
the rows of a page are fetched by their keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet

from requests_app.access import visible_vendors
from requests_app.catalogue.words import CHANNELS
from requests_app.drafting.gaps import Gap, State
from requests_app.models import Campaign, OptOutRequest, Organisation, Procedure, User, Workspace
from requests_app.tracking.coverage import pairs
from requests_app.tracking.filters import Filters, requests_for

Row = TypeVar("Row", bound=Model)

PER_PAGE = 50
CAMPAIGNS = 50  # that a select box offers, the last ones


def page_of(rows: QuerySet[Any], number: str | None) -> Page[Any]:
    """Return one page; a number that is none, or too large, gives the nearest page there is."""
    return Paginator(rows, PER_PAGE).get_page(number)


def request_page(organisation: Organisation, filters: Filters) -> Page[OptOutRequest]:
    """Return a page of the list with all that its rows show: the keys of the page first, then these rows alone."""
    page = page_of(requests_for(organisation, filters).values_list("pk", flat=True), filters.given.get("page"))
    shown = OptOutRequest.objects.select_related("workspace__vendor", "procedure", "responsible").only(
        "reference", "status", "outcome", "subject", "answer_by", "updated_at", "closed_on", "submitted_on",
        "workspace__name", "workspace__vendor__name", "procedure__title", "procedure__channel", "procedure__slug",
        "responsible__name", "responsible__email",
    )  # fmt: skip
    page.object_list = _in_order(shown, list(page.object_list))
    return page


def _in_order(rows: QuerySet[Any], keys: list[int]) -> list[Any]:
    found = rows.in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().values("pk")


def _is_readable(filters: Filters, keys: Iterable[str], **words: Iterable[str]) -> bool:
    """Return whether each of these filters that is set is a key or a known word: by another value nothing is found."""
    given = filters.given
    return all(filters.key(name) for name in keys if given.get(name)) and all(
        filters.word(name, known) for name, known in words.items() if given.get(name)
    )


def workspaces_for(organisation: Organisation, filters: Filters) -> QuerySet[Workspace]:
    """Return the workspaces that the filters leave; retired ones only where they are asked for."""
    rows = Workspace.objects.filter(organisation=organisation).select_related("vendor", "responsible")
    states = [*State.values, "retired"]
    if not _is_readable(filters, ("vendor", "responsible"), state=states):
        return rows.none()
    state = filters.word("state", states)
    rows = rows.filter(retired_at__isnull=state != "retired")
    if state in State.values:
        rows = rows.filter(pk__in=pairs(organisation).filter(state=state).order_by().values("workspace_pk"))
    for name in ("vendor", "responsible"):
        if key := filters.key(name):
            rows = rows.filter(**{name: key})
    if filters.search:
        rows = rows.filter(Q(name__icontains=filters.search) | Q(vendor__name__icontains=filters.search))
    return rows


def gap_rows(organisation: Organisation, filters: Filters) -> QuerySet[Any]:
    """Return the pairs of workspace and procedure in one state, open unless another is asked for."""
    keys = ("vendor", "responsible", "workspace", "procedure")
    if not _is_readable(filters, keys, state=State.values, channel=CHANNELS):
        return pairs(organisation).none()
    rows = pairs(organisation).filter(state=filters.word("state", State.values) or State.OPEN)
    if vendor := filters.key("vendor"):
        rows = rows.filter(vendor=vendor)
    if channel := filters.word("channel", CHANNELS):
        rows = rows.filter(channel=channel)
    mine = Workspace.objects.filter(organisation=organisation)
    if responsible := filters.key("responsible"):
        rows = rows.filter(workspace_pk__in=_keys(mine.filter(responsible=responsible)))
    if workspace := filters.key("workspace"):
        rows = rows.filter(workspace_pk=workspace)
    if procedure := filters.key("procedure"):
        rows = rows.filter(pk=procedure)
    if filters.search:
        found = mine.filter(Q(name__icontains=filters.search) | Q(vendor__name__icontains=filters.search))
        rows = rows.filter(workspace_pk__in=_keys(found))
    return rows.order_by("vendor__name", "workspace_pk", "slug")


@dataclass(frozen=True)
class GapRow:
    """One line of the gap list over all workspaces."""

    workspace: Workspace
    gap: Gap


def gap_page(organisation: Organisation, filters: Filters) -> Page[Any]:
    """Return a page of GapRow."""
    rows = gap_rows(organisation, filters).values_list("workspace_pk", "pk", "state")
    page: Page[Any] = page_of(rows, filters.given.get("page"))
    found = list(page.object_list)
    workspaces = Workspace.objects.select_related("vendor", "responsible").in_bulk([row[0] for row in found])
    procedures = Procedure.objects.defer("search_text").in_bulk([row[1] for row in found])
    page.object_list = [
        GapRow(workspaces[workspace], Gap(procedures[procedure], State(state), None))
        for workspace, procedure, state in found
    ]
    return page


@dataclass(frozen=True)
class Choice:
    """One filter as a select box: its name in the URL, its label, and (value, words) to choose from."""

    name: str
    label: Any
    options: list[tuple[str, Any]]
    chosen: str


def vendors_in_use(organisation: Organisation) -> list[tuple[str, str]]:
    """Return the vendors that the organisation has workspaces at."""
    rows = (
        visible_vendors(organisation)
        .filter(pk__in=Workspace.objects.filter(organisation=organisation).values("vendor"))
        .order_by("name")
    )
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def people(organisation: Organisation) -> list[tuple[str, str]]:
    """Return the organisation's people."""
    rows = User.objects.filter(memberships__organisation=organisation).order_by("name", "email")
    return [(str(user.pk), str(user)) for user in rows]


def campaigns(organisation: Organisation, chosen: Campaign | None) -> list[tuple[str, str]]:
    """Return the last campaigns, and the one that is chosen where it is older."""
    rows = list(Campaign.objects.filter(organisation=organisation).only("name")[:CAMPAIGNS])
    if chosen and chosen not in rows:
        rows.append(chosen)
    return [(str(row.pk), row.name) for row in rows]


def choice(filters: Filters, name: str, label: Any, options: list[tuple[str, Any]]) -> Choice:
    """Return the select box of a filter, with what is chosen now."""
    return Choice(name, label, options, filters.given.get(name, ""))


def named(rows: type[Row], key: int | None, organisation: Organisation) -> Row | None:
    """Return the organisation's row of that key, to say what a list is narrowed to."""
    return rows._default_manager.filter(pk=key, organisation=organisation).first() if key else None
