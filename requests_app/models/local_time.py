"""When something is due for a person: times of day in a time zone, right over daylight saving and changes of zone."""

import datetime
from zoneinfo import ZoneInfo

DIGEST_TIME = datetime.time(7, 30)
_DAY = datetime.timedelta(days=1)


def instant(day: datetime.date, time: datetime.time, zone: ZoneInfo) -> datetime.datetime:
    """Return that time of day in UTC; the first one where clocks go back, and one hour later where it is skipped."""
    return datetime.datetime.combine(day, time, zone).astimezone(datetime.UTC)


def latest_digest(now: datetime.datetime, zone: ZoneInfo, weekday: int | None) -> datetime.date:
    """Return the last day whose digest was due by now; with a weekday (Monday is 0), the last one of that name."""
    day = now.astimezone(zone).date()
    if instant(day, DIGEST_TIME, zone) > now:
        day -= _DAY
    return day if weekday is None else day - (day.weekday() - weekday) % 7 * _DAY


def next_digest(now: datetime.datetime, zone: ZoneInfo, weekday: int | None) -> datetime.datetime:
    """Return the first instant after now at which a digest is due."""
    day = latest_digest(now, zone, weekday)
    while instant(day, DIGEST_TIME, zone) <= now:
        day += _DAY if weekday is None else 7 * _DAY
    return instant(day, DIGEST_TIME, zone)


def quiet_until(
    now: datetime.datetime, zone: ZoneInfo, start: datetime.time | None, end: datetime.time | None
) -> datetime.datetime:
    """Return when quiet hours end, or now where it is not quiet. They may go over midnight; equal times are none."""
    if start is None or end is None or start == end:
        return now
    local = now.astimezone(zone)
    time = local.time()
    if not (start <= time < end if start < end else time >= start or time < end):
        return now
    day = local.date() if time < end else local.date() + _DAY
    over = instant(day, end, zone)
    # Clocks went back meanwhile: that time of day comes a second time.
    return over if over > now else instant(day, end.replace(fold=1), zone)
