"""What the catalogue can be narrowed to; every choice stands in the address of the page."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from requests_app.catalogue import search, words
from requests_app.catalogue.procedure import AGEING_DAYS, FRESH_DAYS
from requests_app.models import Organisation, Vendor


def _select(label: Any, field_name: str, choices: Any) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(label=label, field_name=field_name, choices=choices, empty_label=_("Any"))


class CatalogueFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    """Filters the rows of search.catalogue_rows."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="with_words",
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "data-search": "",
                "autocomplete": "off",
                "placeholder": _("Vendor, product or use"),
            }
        ),
    )
    channel = _select(_("Channel"), "channel", list(words.CHANNELS.items()))
    default = _select(_("Default"), "default_state", [(key, badge.text) for key, badge in words.DEFAULT_STATES.items()])
    who = _select(_("Who may submit"), "submitter", list(words.SUBMITTERS.items()))
    plan = django_filters.ChoiceFilter(label=_("Plan"), method="of_plan", empty_label=_("Any"))
    freshness = django_filters.ChoiceFilter(
        label=_("Sources read"),
        method="of_freshness",
        empty_label=_("Any time"),
        choices=[
            ("fresh", _("Within 90 days")),
            ("ageing", _("91 to 180 days ago")),
            ("stale", _("Longer ago")),
        ],
    )

    class Meta:
        model = Vendor
        fields = ()

    def __init__(self, data: Any, organisation: Organisation) -> None:
        super().__init__(data, search.catalogue_rows(organisation))
        self.today: date = organisation.today()
        self.filters["plan"].extra["choices"] = [(plan, plan) for plan in search.plans_in_use(organisation)]
        for name, field in self.form.fields.items():
            kind = "form-control" if name == "q" else "form-select"
            field.widget.attrs["class"] = kind

    def with_words(self, rows: QuerySet[Vendor], name: str, text: str) -> QuerySet[Vendor]:
        return search.search(rows, text)

    def of_plan(self, rows: QuerySet[Vendor], name: str, plan: str) -> QuerySet[Vendor]:
        """Return the rows of procedures that tell this plan apart; a plan's name may be part of another's."""
        bounded = Concat(Value("|"), "plans", Value("|"))
        return rows.alias(bounded_plans=bounded).filter(bounded_plans__icontains=f"|{plan}|")

    def of_freshness(self, rows: QuerySet[Vendor], name: str, age: str) -> QuerySet[Vendor]:
        fresh, ageing = self.today - timedelta(days=FRESH_DAYS), self.today - timedelta(days=AGEING_DAYS)
        if age == "fresh":
            return rows.filter(Q(("verified_on__gte", fresh)))
        if age == "ageing":
            return rows.filter(Q(("verified_on__lt", fresh)) & Q(("verified_on__gte", ageing)))
        return rows.filter(Q(("verified_on__lt", ageing)))

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was typed or chosen."""
        return any(self.form.data.get(name) for name in self.filters)
