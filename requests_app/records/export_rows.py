"""What an export says of each request: one row, in columns whose names stay."""

import datetime
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from requests_app.models import Export, OptOutRequest
from requests_app.tracking.filters import Filters, requests_for
from requests_app.tracking.saved_views import given_by

Value = str | int | datetime.date | datetime.datetime | None
CHUNK = 1000
DATES = ("submitted_on", "acknowledged_on", "promised_on", "answer_by", "closed_on", "snoozed_until", "reverify_on")
# docs/requests-export.schema.json describes them; a name that has been given out stays.
COLUMNS = (
    "reference", "status", "outcome", "vendor", "workspace", "procedure", "procedure_title", "procedure_version",
    "channel", "subject", "ground", "responsible", "submitted_how", *DATES, "created_at", "updated_at", "page",
)  # fmt: skip


def filters_of(export: Export) -> Filters:
    """Return the filters of the list, as whoever started the export sees it."""
    return Filters(given_by(export.query), export.started_by_id)


def keys_of(export: Export) -> list[int]:
    """Return the keys of exactly the requests that the list shows on all its pages, in its order; takes one query."""
    return list(requests_for(export.organisation, filters_of(export)).values_list("pk", flat=True))


def chunks_of(export: Export, keys: list[int]) -> Iterator[list[dict[str, Value]]]:
    """Yield the rows of the keys, a thousand at a time and with one query for each thousand."""
    rows = OptOutRequest.objects.select_related("workspace__vendor", "procedure", "version", "responsible").only(
        "reference", "status", "outcome", "subject", "ground", "submitted_how", *DATES, "created_at", "updated_at",
        "workspace__name", "workspace__vendor__name", "workspace__vendor__slug", "procedure__slug", "procedure__title",
        "procedure__channel", "version__number", "responsible__name", "responsible__email",
    )  # fmt: skip
    zone = ZoneInfo(export.organisation.time_zone)
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        found = {row.pk: row for row in rows.filter(pk__in=part)}
        yield [_row(export, found[key], zone) for key in part if key in found]


def _row(export: Export, row: OptOutRequest, zone: ZoneInfo) -> dict[str, Value]:
    page = reverse("request", args=[export.organisation.slug, row.pk])
    values: dict[str, Any] = {
        "reference": row.reference,
        "status": row.status,
        "outcome": row.outcome,
        "vendor": row.workspace.vendor.name,
        "workspace": row.workspace.name,
        "procedure": f"{row.workspace.vendor.slug}/{row.procedure.slug}",
        "procedure_title": row.procedure.title.get("en", ""),
        "procedure_version": row.version.number,
        "channel": row.procedure.channel,
        "subject": row.subject,
        "ground": row.ground,
        "responsible": str(row.responsible or ""),
        "submitted_how": row.submitted_how,
        "created_at": row.created_at.astimezone(zone),
        "updated_at": row.updated_at.astimezone(zone),
        "page": settings.BASE_URL + page,
    } | {name: getattr(row, name) for name in DATES}
    return {name: values[name] for name in COLUMNS}
