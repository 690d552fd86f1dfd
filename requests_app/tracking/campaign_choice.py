"""Which opt-outs a campaign is for, and a preview that writes nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import QueryDict
from django.utils.translation import gettext as _

from requests_app.catalogue import words
from requests_app.drafting.gaps import NO_OPT_OUT, State
from requests_app.models import Membership, Procedure, ProcedureVersion, Vendor, Workspace
from requests_app.tracking.coverage import pairs
from requests_app.tracking.filters import Filters, whole_number
from requests_app.tracking.lists import gap_rows
from requests_app.tracking.saved_views import given_by

MOST = 10_000  # opt-outs in one campaign
EXAMPLES = 5
# What narrows the list of opt-outs, as its address names it.
NAMES = ("q", "vendor", "workspace", "procedure", "channel", "responsible", "state")


@dataclass(frozen=True)
class Pair:
    """One procedure for one workspace; `reason` says why nothing will be drafted, empty where it will."""

    workspace: int
    procedure: int
    reason: str


@dataclass(frozen=True)
class Reason:
    """Why some are left as they are, and the first workspaces of them."""

    text: str
    count: int
    examples: list[Workspace]


@dataclass(frozen=True)
class Planned:
    """One procedure, and for how many workspaces it will be drafted; `who` is who may submit it, as sources say."""

    procedure: Procedure
    who: str
    count: int

    @property
    def channel(self) -> str:
        """What the channel is called."""
        return words.word(words.CHANNELS, self.procedure.channel)


@dataclass(frozen=True)
class Chosen:
    """What was chosen as things stand; `gone` counts what was ticked and is not there, or never was."""

    pairs: list[Pair]
    gone: int = 0

    @property
    def is_too_large(self) -> bool:
        """Whether there are more than one campaign takes."""
        return len(self.pairs) > MOST

    @cached_property
    def doable(self) -> int:
        """How many requests will be drafted."""
        return sum(not pair.reason for pair in self.pairs)

    @property
    def skipped(self) -> int:
        """How many will be left as they are."""
        return len(self.pairs) - self.doable + self.gone

    @cached_property
    def vendor_names(self) -> set[str]:
        """The short names of the vendors whose procedures will be drafted; takes one query."""
        keys = {pair.procedure for pair in self.pairs if not pair.reason}
        rows = Vendor.objects.filter(procedures__in=keys).only("name")
        return {row.short_name for row in rows}

    def reasons(self) -> list[Reason]:
        """Return why the others are left, the commonest first; takes one query."""
        left: dict[str, list[int]] = {}
        for pair in self.pairs:
            if pair.reason:
                left.setdefault(pair.reason, []).append(pair.workspace)
        shown = {reason: list(dict.fromkeys(keys))[:EXAMPLES] for reason, keys in left.items()}
        rows = Workspace.objects.in_bulk([key for keys in shown.values() for key in keys])
        found = [Reason(text, len(keys), [rows[key] for key in shown[text]]) for text, keys in left.items()]
        if self.gone:
            found.append(Reason(_("The workspace or the procedure is not in use any more."), self.gone, []))
        return sorted(found, key=lambda reason: -reason.count)

    def planned(self) -> list[Planned]:
        """Return what will be drafted, by procedure; takes one query."""
        counted = Counter(pair.procedure for pair in self.pairs if not pair.reason)
        latest = ProcedureVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
        who = KeyTextTransform("who_may_submit", KeyTransform("facts", "content"))
        rows = (
            Procedure.objects.filter(pk__in=counted)
            .select_related("vendor")
            .defer("search_text", "vendor__content", "vendor__search_text")
            .annotate(who=Subquery(latest.annotate(who=who).values("who")[:1]))
            .order_by("vendor__name", "slug")
        )
        return [Planned(row, row.who or "", counted[row.pk]) for row in rows]


def chosen_by(membership: Membership, given: QueryDict) -> Chosen:
    """Return what the address chooses: each `row`, or with `all` what `query`, the address of the list, leaves.

    Takes one query. Rows of another organisation are as if they were made up.
    """
    organisation = membership.organisation
    if given.get("all"):
        found = gap_rows(organisation, Filters(given_by(given.get("query", ""))))
        return Chosen(_pairs(found))
    ticked = _ticked(given.getlist("row"))
    if not ticked:
        return Chosen([])
    found = pairs(organisation).filter(
        workspace_pk__in={key for key, _procedure in ticked}, pk__in={key for _workspace, key in ticked}
    )
    kept = [pair for pair in _pairs(found.order_by("vendor__name", "workspace_pk", "slug"), None)
            if (pair.workspace, pair.procedure) in ticked]  # fmt: skip
    return Chosen(kept, len(ticked) - len(kept))


def query_of(given: Mapping[str, str]) -> str:
    """Return what narrows the list of opt-outs as it stands in an address."""
    return urlencode({name: given[name][:200] for name in NAMES if given.get(name)})


def _ticked(texts: list[str]) -> set[tuple[int, int]]:
    """Return the keys of workspace and procedure in texts such as 12-34; others are left out."""
    found = set()
    for text in texts[:MOST]:
        workspace, _dash, procedure = text.partition("-")
        keys = whole_number(workspace), whole_number(procedure)
        if keys[0] is not None and keys[1] is not None:
            found.add((keys[0], keys[1]))
    return found


def _pairs(rows: Any, most: int | None = MOST + 1) -> list[Pair]:
    values = rows.values_list("workspace_pk", "pk", "state", "default_state")[:most]
    return [Pair(workspace, procedure, _why_not(state, default)) for workspace, procedure, state, default in values]


def _why_not(state: str, default_state: str) -> str:
    """Return why nothing is drafted, as drafting.choices has it for one."""
    if state == State.IN_PROGRESS:
        return _("A request is drafted or under way already.")
    if state == State.DONE:
        return _("It is done already.")
    if state == State.CANNOT and default_state == NO_OPT_OUT:
        return _("The vendor offers no opt-out.")
    return ""
