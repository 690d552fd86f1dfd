"""The dashboard: figures that the clock keeps fresh, and when they were worked out."""

import datetime

from django.utils import timezone

from requests_app.models import DashboardFigures, OptOutRequest, Organisation
from requests_app.tracking.figures import figures_of

# How many days back the requests count, by what stands in the address; None for all of them.
PERIODS: dict[str, int | None] = {"30": 30, "90": 90, "365": 365, "all": None}
USUAL = "365"
# What nobody has looked at for so long is worked out anew when somebody does.
FORGOTTEN_AFTER = datetime.timedelta(days=2)
# Once a request has changed, the figures are worked out anew when they are so old; in any case when they are older.
REFRESH_AFTER = datetime.timedelta(minutes=2)
STALE_AFTER = datetime.timedelta(minutes=15)
# Looking again within this time writes nothing.
NOTICED_AGAIN_AFTER = datetime.timedelta(minutes=10)


def dashboard_of(organisation: Organisation, period: str) -> DashboardFigures:
    """Return the figures as they were last worked out; only what is missing or forgotten is worked out at once."""
    now = timezone.now()
    row = DashboardFigures.objects.filter(organisation=organisation, period=period).first()
    if row is None or row.made_at < now - FORGOTTEN_AFTER:
        return work_out(organisation, period, asked_at=now)
    if row.asked_at < now - NOTICED_AGAIN_AFTER:
        DashboardFigures.objects.filter(pk=row.pk).update(asked_at=now)
    return row


def work_out(organisation: Organisation, period: str, *, asked_at: datetime.datetime | None = None) -> DashboardFigures:
    """Work the figures out now, keep and return them. The time they bear is from before, so they are never older."""
    now = timezone.now()
    days = PERIODS[period]
    since = organisation.today() - datetime.timedelta(days=days) if days else None
    values = {"figures": figures_of(organisation, since), "made_at": now}
    row, _made = DashboardFigures.objects.update_or_create(
        organisation=organisation,
        period=period,
        defaults=values | ({"asked_at": asked_at} if asked_at else {}),
        create_defaults=values | {"asked_at": asked_at or now},
    )
    return row


def refresh_dashboards() -> int:
    """Work out anew what people look at and what has changed since, and return how many that were."""
    now = timezone.now()
    rows = DashboardFigures.objects.filter(
        asked_at__gte=now - FORGOTTEN_AFTER, made_at__lt=now - REFRESH_AFTER
    ).select_related("organisation")
    stale = [row for row in rows.order_by("made_at") if _is_stale(row)]
    for row in stale:
        work_out(row.organisation, row.period)
    return len(stale)


def _is_stale(row: DashboardFigures) -> bool:
    """Return whether a request changed since, or something else may have: a workspace, the catalogue, the day."""
    if row.made_at < timezone.now() - STALE_AFTER:
        return True
    last = OptOutRequest.objects.filter(organisation=row.organisation).order_by("-updated_at", "-pk")
    changed = last.values_list("updated_at", flat=True).first()
    return changed is not None and changed >= row.made_at
