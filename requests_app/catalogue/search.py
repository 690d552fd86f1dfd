"""The list behind the catalogue page: one row for each procedure, and one for each vendor that has none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan

from requests_app import access
from requests_app.catalogue import words
from requests_app.catalogue.procedure import freshness_of
from requests_app.models import Organisation, Procedure, Vendor
from requests_app.models.languages import in_language

MOST_WORDS = 8
"""What is typed beyond this narrows nothing any more."""

_SHOWN = {
    "procedure": F("p__pk"),
    "channel": F("p__channel"),
    "default_state": F("p__default_state"),
    "title": F("p__title"),
    "product": F("p__product"),
    "submitter": F("p__submitter"),
    "verified_on": F("p__verified_on"),
}
_SEARCHED = {"procedure_text": F("p__search_text"), "plans": F("p__plans"), "procedure_slug": F("p__slug")}


@dataclass(frozen=True)
class Row:
    """One line of the catalogue. Without a procedure only the vendor's part is filled."""

    vendor: int
    vendor_name: str
    private: bool
    procedure: int | None
    title: str = ""
    product: str = ""
    channel: str = ""
    default: words.Badge | None = None
    submitter: str = ""
    verified_on: date | None = None
    freshness: words.Badge | None = None


def catalogue_rows(organisation: Organisation) -> QuerySet[Vendor]:
    """Return what the organisation sees of the catalogue, joined with the procedures in use, by vendor.

    Filter by the names in _SHOWN and _SEARCHED only: one that goes through the relation would join it once more,
    and find what another procedure of the same vendor says.
    """
    in_use = FilteredRelation("procedures", condition=Q(procedures__retired_at=None))
    rows = access.vendors_by_name(organisation).alias(p=in_use).alias(**_SHOWN, **_SEARCHED)
    return rows.order_by(Lower("name"), "pk", F("procedure_slug"))


def search(rows: QuerySet[Vendor], text: str) -> QuerySet[Vendor]:
    """Return the rows in which every word of the text occurs, in the procedure or in the vendor.

    A position is asked for instead of LIKE: % and _ mean themselves then, and it takes less time.
    """
    for word in text.casefold().split()[:MOST_WORDS]:
        in_procedure = GreaterThan(StrIndex("procedure_text", Value(word)), 0)
        in_vendor = GreaterThan(StrIndex("search_text", Value(word)), 0)
        rows = rows.filter(Q(in_procedure) | Q(in_vendor))
    return rows


def values_of(rows: QuerySet[Vendor]) -> QuerySet[Vendor, Any]:
    """Return the rows with the columns that a page shows and no other."""
    values: QuerySet[Vendor, Any] = rows.annotate(**_SHOWN).values("pk", "name", "organisation_id", *_SHOWN)
    return values


def rows_of(values: Iterable[Mapping[str, Any]], language: str, today: date) -> list[Row]:
    """Return those values in the language's words."""
    return [_row(value, language, today) for value in values]


def _row(value: Mapping[str, Any], language: str, today: date) -> Row:
    vendor = {"vendor": value["pk"], "vendor_name": value["name"], "private": value["organisation_id"] is not None}
    if value["procedure"] is None:
        return Row(**vendor, procedure=None)
    return Row(
        **vendor,
        procedure=value["procedure"],
        title=in_language(value["title"], language),
        product=value["product"],
        channel=words.word(words.CHANNELS, value["channel"]),
        default=words.DEFAULT_STATES[value["default_state"]],
        submitter=words.word(words.SUBMITTERS, value["submitter"]),
        verified_on=value["verified_on"],
        freshness=words.FRESHNESS[freshness_of(value["verified_on"], today)] if value["verified_on"] else None,
    )


def plans_in_use(organisation: Organisation) -> list[str]:
    """Return the plans that procedures tell apart, each once, as a person would sort them."""
    of_others = Vendor.objects.exclude(organisation=None).exclude(organisation=organisation)
    joined = (
        Procedure.objects.filter(retired_at=None)
        .exclude(plans="")
        .exclude(vendor__in=of_others.values("pk"))
        .order_by()
        .values_list("plans", flat=True)
        .distinct()
    )
    plans: dict[str, str] = {}
    for plan in sorted(plan for text in joined for plan in text.split("|")):  # Free comes before free
        plans.setdefault(plan.casefold(), plan)
    return sorted(plans.values(), key=str.casefold)
