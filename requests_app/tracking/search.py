"""What a person can go to: pages by name, and vendors and requests that a text finds; a few of each."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.access import vendors_by_name
from requests_app.catalogue.search import MOST_WORDS
from requests_app.models import Membership, OptOutRequest, Vendor
from requests_app.tracking.filters import Filters
from requests_app.tracking.lists import request_page

SHOWN = 8

# What the palette knows by name: the address, what it is called, and whether only people who work here may.
PAGES: tuple[tuple[str, Any, bool], ...] = (
    ("today", gettext_lazy("Today"), False),
    ("requests", gettext_lazy("Requests"), False),
    ("new_request", gettext_lazy("New request"), True),
    ("dashboard", gettext_lazy("Dashboard"), False),
    ("version_changes", gettext_lazy("Changed procedures"), False),
    ("workspaces", gettext_lazy("Workspaces"), False),
    ("gaps", gettext_lazy("Open opt-outs"), False),
    ("campaigns", gettext_lazy("Campaigns"), False),
    ("new_workspace", gettext_lazy("Add a workspace"), True),
    ("catalogue", gettext_lazy("Catalogue"), False),
    ("jobs", gettext_lazy("Jobs"), False),
    ("settings", gettext_lazy("Settings"), False),
)


@dataclass(frozen=True)
class Page:
    """A page of the organisation."""

    name: str
    address: str


@dataclass(frozen=True)
class Results:
    """What was found; `requests` are the first of so many."""

    pages: list[Page]
    vendors: list[Vendor]
    requests: list[OptOutRequest]
    number_of_requests: int

    @property
    def nothing(self) -> bool:
        """Whether nothing was found."""
        return not (self.pages or self.vendors or self.requests)


def search(membership: Membership, text: str) -> Results:
    """Return what the text finds; without a text the pages alone."""
    filters = Filters({"q": text}, membership.user_id)
    pages = _pages(membership, filters.search)
    if not filters.search:
        return Results(pages, [], [], 0)
    page = request_page(membership.organisation, filters)
    return Results(pages, _vendors(membership, filters.search), list(page.object_list)[:SHOWN], page.paginator.count)


def _pages(membership: Membership, text: str) -> list[Page]:
    found = [
        Page(str(name), reverse(address, args=[membership.organisation.slug]))
        for address, name, is_work in PAGES
        if text.casefold() in str(name).casefold() and (membership.can_edit or not is_work)
    ]
    account = str(_("My account"))
    return [*found, Page(account, reverse("profile"))] if text.casefold() in account.casefold() else found


def _vendors(membership: Membership, text: str) -> list[Vendor]:
    rows = vendors_by_name(membership.organisation).defer("content", "search_text")
    for word in text.casefold().split()[:MOST_WORDS]:
        rows = rows.filter(search_text__contains=word)
    return list(rows[:SHOWN])
