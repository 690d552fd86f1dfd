"""Mail that waits for a person: one page at a time, each kind with its number, in a fixed number of queries."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext_lazy as _

from requests_app.access import visible_mail
from requests_app.intake.reasons import why
from requests_app.models import InboundMail, InboundState, Membership, Organisation, Waits

PER_PAGE = 50
_COULD_NOT_BE_READ = (InboundState.FAILED, InboundState.QUARANTINED, InboundState.STORED)
_OURS = Q(organisation__isnull=False)
_WAITS = Q(waits__gt="") | Q(state=InboundState.STORED)
# Which mail each tab shows; the first is what the page begins with.
TABS: dict[str, tuple[Any, Q]] = {
    "waiting": (_("All that waits"), _WAITS),
    "held": (_("Held"), Q(waits=Waits.HELD, state=InboundState.HELD) & _OURS),
    "uncertain": (_("Uncertain sender"), Q(waits=Waits.UNCERTAIN)),
    "proof": (_("Asked for proof"), Q(waits=Waits.PROOF)),
    "bounced": (_("Bounced"), Q(waits=Waits.BOUNCED)),
    "reply": (_("New replies"), Q(waits=Waits.REPLY)),
    "unread": (_("Could not be read"), _WAITS & Q(state__in=_COULD_NOT_BE_READ)),
    "nobody": (_("Not attributable"), _WAITS & Q(organisation__isnull=True)),
    "discarded": (_("Discarded"), Q(state=InboundState.DISCARDED)),
}


@dataclass(frozen=True)
class Tab:
    """One kind of mail; count is None where it is not counted."""

    name: str
    label: Any
    count: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """One mail of the list."""

    pk: int
    sender: str
    subject: str
    received_at: datetime.datetime
    why: str
    label: Any
    tone: str
    request: Any
    is_suggestion: bool


def chosen_tab(given: str | None) -> str:
    """Return the tab that the URL names, else the first."""
    return given if given in TABS else next(iter(TABS))


def waiting(membership: Membership) -> QuerySet[InboundMail]:
    """Return the mail that waits for a person of the organisation."""
    return visible_mail(membership).filter(_WAITS)


def first_waiting(organisation: Organisation, most: int) -> tuple[int, list[Row]]:
    """Return how many mails of the organisation wait for a person, and the newest of them."""
    rows = InboundMail.objects.filter(_WAITS, organisation=organisation)
    keys = list(rows.order_by("-pk").values_list("pk", flat=True)[: most + 1])
    count = rows.count() if len(keys) > most else len(keys)
    return count, _rows(keys[:most])


def tabs_of(membership: Membership, chosen: str) -> list[Tab]:
    """Return the tabs with their numbers; takes one query. What was discarded waits for nobody, so is not counted."""
    counted = [name for name in TABS if name != "discarded"]
    numbers = waiting(membership).aggregate(**{name: Count("pk", filter=TABS[name][1]) for name in counted})
    shown = [name for name in TABS if name != "nobody" or numbers["nobody"] or chosen == "nobody"]
    return [Tab(name, TABS[name][0], numbers.get(name), name == chosen) for name in shown]


def page_of_mail(membership: Membership, tab: str, number: str | None) -> Page[Any]:
    """Return a page of rows, newest first; a number that is none, or too large, gives the nearest page there is."""
    rows = visible_mail(membership).filter(TABS[tab][1]).order_by("-pk")
    page: Page[Any] = Paginator(rows.values_list("pk", flat=True), PER_PAGE).get_page(number)
    page.object_list = _rows(list(page.object_list))
    return page


def _rows(keys: list[int]) -> list[Row]:
    """Return what lists show of the mails, newest first; of their text, which may be long, nothing is fetched."""
    person = KeyTransform(0, KeyTransform("from", "parsed"))
    fetched = InboundMail.objects.filter(pk__in=keys).order_by("-pk").only(
        "state", "waits", "reason", "note", "received_at", "organisation_id",
        "request__reference", "request__workspace__name", "request__workspace__vendor__name",
        "suggested_request__reference", "suggested_request__workspace__name",
        "suggested_request__workspace__vendor__name",
    ).select_related("request__workspace__vendor", "suggested_request__workspace__vendor")  # fmt: skip
    return [
        _row(mail)
        for mail in fetched.annotate(
            subject=KeyTextTransform("subject", "parsed"),
            sender_name=KeyTextTransform("name", person),
            sender=KeyTextTransform("address", person),
        )
    ]


def _row(mail: Any) -> Row:
    label, tone = badge_of(mail)
    return Row(
        pk=mail.pk,
        sender=mail.sender_name or mail.sender or "",
        subject=mail.subject or "",
        received_at=mail.received_at,
        why=why(mail),
        label=label,
        tone=tone,
        request=mail.request or mail.suggested_request,
        is_suggestion=mail.request is None,
    )


_TONES: Mapping[str, str] = {Waits.REPLY: "", Waits.BOUNCED: "bad"}


def badge_of(mail: InboundMail) -> tuple[Any, str]:
    """Return the word and the tone that show where the mail stands."""
    if mail.waits and mail.state in (InboundState.HELD, InboundState.MATCHED):
        return Waits(mail.waits).label, _TONES.get(mail.waits, "warn")
    tones = {InboundState.FAILED: "bad", InboundState.QUARANTINED: "bad", InboundState.MATCHED: "good"}
    state = InboundState(mail.state)
    return state.label, tones.get(state, "plain")
