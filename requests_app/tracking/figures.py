"""The figures behind the dashboard, worked out from the requests: grouped in the database, added up here."""

import datetime
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from requests_app.drafting.formats import WRITTEN
from requests_app.drafting.gaps import State
from requests_app.models import InboundKind, InboundMail, OptOutRequest, Organisation, Outcome, Status, Vendor
from requests_app.models.status import OPEN
from requests_app.tracking.coverage import pairs

# An outcome that the vendor gave; "no reply" and "withdrawn" answer nothing.
ANSWERS = (Outcome.CONFIRMED, Outcome.PARTLY_CONFIRMED, Outcome.REFUSED)
# Upper ends of the ages of open requests, in days since they were sent.
AGES = (14, 30, 60, 90)
VENDORS = 200  # in a table; beyond that it is no table that anybody reads

Figures = dict[str, Any]


def figures_of(organisation: Organisation, since: datetime.date | None) -> Figures:
    """Return the figures as JSON can hold them; requests count that were sent since that day, coverage and ages as now.

    Memory grows with the numbers of vendors and of days, not of requests.
    """
    today = organisation.today()
    sent = OptOutRequest.objects.filter(organisation=organisation, submitted_on__isnull=False)
    if since:
        sent = sent.filter(submitted_on__gte=since)
    by_vendor, by_channel = _coverage(organisation)
    answers = _answer_days(sent, ZoneInfo(organisation.time_zone))
    vendors = Vendor.objects.filter(pk__in={*by_vendor, *answers}).only("name")
    names = {vendor.pk: vendor.short_name for vendor in vendors}
    return {
        "total": _counted(sum(by_vendor.values(), Counter())),
        "vendors": [
            {"vendor": pk, "name": names[pk], **_counted(numbers)}
            for pk, numbers in sorted(by_vendor.items(), key=lambda item: (-item[1].total(), names[item[0]]))[:VENDORS]
        ],
        "more_vendors": max(0, len(by_vendor) - VENDORS),
        "channels": [
            {"channel": name, **_counted(numbers)}
            for name, numbers in sorted(by_channel.items(), key=lambda item: (-item[1].total(), item[0]))
        ],
        "ages": _ages(organisation, today),
        "outcomes": dict(
            sent.filter(status=Status.CLOSED).order_by().values_list("outcome").annotate(Count("pk")).iterator()
        ),
        "sent": sent.count(),
        "answers": _medians(answers, names),
    }


def _counted(numbers: Mapping[str, int]) -> dict[str, int]:
    return {state.value: numbers.get(state, 0) for state in State}


def _coverage(organisation: Organisation) -> tuple[dict[int, Counter[str]], dict[str, Counter[str]]]:
    """Return how many opt-outs of workspaces are in each state, by vendor and by channel."""
    by_vendor: defaultdict[int, Counter[str]] = defaultdict(Counter)
    by_channel: defaultdict[str, Counter[str]] = defaultdict(Counter)
    rows = pairs(organisation).order_by().values_list("vendor_id", "channel", "state").annotate(Count("pk"))
    for vendor, channel, state, number in rows:
        by_vendor[vendor][state] += number
        by_channel[channel][state] += number
    return by_vendor, by_channel


def _ages(organisation: Organisation, today: datetime.date) -> list[int]:
    """Return how many requests wait for their end up to each of AGES days, and longer."""
    ages = [0] * (len(AGES) + 1)
    rows = OptOutRequest.objects.filter(organisation=organisation, status__in=OPEN, submitted_on__isnull=False)
    for day, number in rows.order_by().values_list("submitted_on").annotate(Count("pk")):
        age = (today - day).days if day else 0
        ages[sum(age > end for end in AGES)] += number
    return ages


def _answer_days(sent: QuerySet[OptOutRequest], zone: ZoneInfo) -> dict[int, Counter[int]]:
    """Return for each vendor how many answers took so many days, from sending to the first sign of the vendor.

    That is its first mail, its acknowledgement or its answer, whichever came first; an automatic reply is none.
    """
    first_mail = InboundMail.objects.filter(request=OuterRef("pk"), kind=InboundKind.REPLY).order_by("received_at")
    rows = (
        sent.filter(procedure__channel__in=WRITTEN)
        .annotate(mail=Subquery(first_mail.annotate(day=TruncDate("received_at", tzinfo=zone)).values("day")[:1]))
        .order_by()
        .values_list("workspace__vendor", "submitted_on", "acknowledged_on", "mail", "closed_on", "outcome")
    )
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for vendor, submitted, acknowledged, mail, closed, outcome in rows.iterator(chunk_size=5000):
        days = [day for day in (acknowledged, mail, closed if outcome in ANSWERS else None) if day]
        if days and submitted:
            found[vendor][max(0, (min(days) - submitted).days)] += 1
    return found


def _medians(answers: Mapping[int, Counter[int]], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return each vendor with its median and the number of answers that it is of, the slowest first."""
    rows: list[dict[str, Any]] = [
        {"vendor": pk, "name": names[pk], "median": statistics.median(spread(days)), "answers": days.total()}
        for pk, days in answers.items()
    ]
    return sorted(rows, key=lambda row: (-row["median"], row["name"]))[:VENDORS]


def spread(days: Counter[int]) -> Sequence[int]:
    """Return the middle one or two of the counted values, which have the median of all of them."""
    total = days.total()
    wanted = {(total - 1) // 2, total // 2}
    return [value for position, value in _at(days) if position in wanted]


def _at(days: Counter[int]) -> Iterator[tuple[int, int]]:
    position = 0
    for value in sorted(days):
        for _ in range(days[value]):
            yield position, value
            position += 1
