"""The dashboard: how far the organisation has come, and how soon vendors answer."""

import itertools
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from requests_app import access
from requests_app.catalogue import words
from requests_app.drafting.gaps import State
from requests_app.models import Outcome
from requests_app.tracking.charts import Chart, Row, chart
from requests_app.tracking.dashboard import PERIODS, USUAL, dashboard_of, work_out
from requests_app.tracking.figures import AGES

# From what is settled to what is not, so that bars read from left to right.
STATES = (State.DONE, State.IN_PROGRESS, State.OPEN, State.CANNOT)
DRAWN = 12  # bars of a chart; the table beneath has all
PERIOD_WORDS = {
    "30": gettext_lazy("Last 30 days"),
    "90": gettext_lazy("Last 90 days"),
    "365": gettext_lazy("Last 12 months"),
    "all": gettext_lazy("All time"),
}


@require_safe
def dashboard(request: HttpRequest, organisation: str) -> HttpResponse:
    """Return the figures of a period as charts and tables, with the time they are of."""
    membership = access.member(request, organisation)
    period = _period(request.GET)
    row = dashboard_of(membership.organisation, period)
    figures: dict[str, Any] = row.figures
    context = {
        "row": row,
        "period": period,
        "periods": [(key, PERIOD_WORDS[key]) for key in PERIODS],
        "states": STATES,
        "total": _in_states(figures["total"]),
        "vendors": [(entry["name"], _in_states(entry)) for entry in figures["vendors"]],
        "more_vendors": figures["more_vendors"],
        "channels": [_channel(entry) for entry in figures["channels"]],
        "ages": list(zip(_age_words(), figures["ages"], strict=True)),
        "answers": figures["answers"],
        "sent": figures["sent"],
        "outcomes": [(outcome.label, figures["outcomes"].get(outcome, 0)) for outcome in Outcome],
        "charts": _charts(figures),
    }
    return render(request, "tracking/dashboard.html", context)


@require_POST
def refresh(request: HttpRequest, organisation: str) -> HttpResponse:
    """Work the figures out now, whoever asks: it changes no request."""
    membership = access.member(request, organisation)
    period = _period(request.POST)
    work_out(membership.organisation, period)
    messages.success(request, _("These figures are of this moment."))
    response = redirect("dashboard", organisation)
    response["Location"] += f"?period={period}"
    return response


def _period(given: Mapping[str, str]) -> str:
    period = given.get("period", USUAL)
    return period if period in PERIODS else USUAL


def _channel(entry: Mapping[str, Any]) -> tuple[str, list[tuple[State, int]]]:
    return str(words.word(words.CHANNELS, entry["channel"])), _in_states(entry)


def _in_states(entry: Mapping[str, Any]) -> list[tuple[State, int]]:
    return [(state, entry[state]) for state in STATES]


def _age_words() -> list[str]:
    first = [_("up to {n} days").format(n=AGES[0])]
    between = [_("{a} to {b} days").format(a=low + 1, b=high) for low, high in itertools.pairwise(AGES)]
    return [*first, *between, _("over {n} days").format(n=AGES[-1])]


def _charts(figures: Mapping[str, Any]) -> dict[str, Chart]:
    channels = [(str(words.word(words.CHANNELS, entry["channel"])), entry) for entry in figures["channels"]]
    done = _("How many opt-outs are done, in progress, open, or not offered; the table beneath has the numbers.")
    days = _("How many days it takes until a vendor answers, in the middle of all its answers.")
    return {
        "vendors": chart(
            "vendors", _("By vendor"), done, [_states(entry["name"], entry) for entry in figures["vendors"][:DRAWN]]
        ),
        "channels": chart("channels", _("By channel"), done, [_states(name, entry) for name, entry in channels]),
        "ages": chart(
            "ages",
            _("Age of open requests"),
            _("How long open requests have been with their vendors."),
            [
                Row(name, str(number), [(number, "in_progress", name)])
                for name, number in zip(_age_words(), figures["ages"], strict=True)
            ],
        ),
        "answers": chart("answers", _("Days until an answer"), days, [_answer(e) for e in figures["answers"][:DRAWN]]),
    }


def _states(name: str, entry: Mapping[str, Any]) -> Row:
    parts = [(entry[state], state.value, state.label) for state in STATES]
    total = sum(number for number, _tone, _name in parts)
    value = _("{done} of {all} done").format(done=entry[State.DONE], all=total)
    return Row(name, value, parts)


def _answer(entry: Mapping[str, Any]) -> Row:
    value = ngettext("{n} day", "{n} days", round(entry["median"])).format(n=f"{entry['median']:g}")
    return Row(entry["name"], value, [(entry["median"], "in_progress", entry["name"])])
