"""Times of day in time zones, over daylight saving, leap days, year ends and changes of zone."""

import datetime
import zoneinfo
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.models.local_time import DIGEST_TIME, instant, latest_digest, next_digest, quiet_until

UTC = datetime.UTC
BERLIN, KIRITIMATI, ST_JOHNS = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/St_Johns")
ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime"})).map(ZoneInfo)
MOMENTS = st.integers(1_577_836_800, 2_145_916_800).map(  # 2020 to 2037
    lambda seconds: datetime.datetime.fromtimestamp(seconds, UTC)
)
WEEKDAYS = st.one_of(st.none(), st.integers(0, 6))
TIMES = st.times().map(lambda time: time.replace(microsecond=0))


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


class DigestTests(SimpleTestCase):
    def test_it_is_at_half_past_seven_where_the_person_is(self) -> None:
        assert next_digest(at("2026-11-24T06:29"), BERLIN, None) == at("2026-11-24T06:30")
        assert next_digest(at("2026-11-24T06:30"), BERLIN, None) == at("2026-11-25T06:30")
        assert next_digest(at("2026-11-24T12:00"), KIRITIMATI, None) == at("2026-11-24T17:30")
        assert next_digest(at("2026-11-24T12:00"), ST_JOHNS, None) == at("2026-11-25T11:00")

    def test_it_keeps_its_time_of_day_when_clocks_change(self) -> None:
        assert next_digest(at("2026-10-24T12:00"), BERLIN, None) == at("2026-10-25T06:30")
        assert next_digest(at("2026-03-28T12:00"), BERLIN, None) == at("2026-03-29T05:30")

    def test_a_weekly_one_comes_on_its_day(self) -> None:
        assert next_digest(at("2026-11-24T12:00"), BERLIN, 0) == at("2026-11-30T06:30")
        assert latest_digest(at("2026-11-24T12:00"), BERLIN, 0) == datetime.date(2026, 11, 23)

    @given(MOMENTS, ZONES, WEEKDAYS)
    def test_the_next_one_is_the_first_after_now_and_of_its_day(
        self, now: datetime.datetime, zone: ZoneInfo, weekday: int | None
    ) -> None:
        found = next_digest(now, zone, weekday)
        days = (found - now).total_seconds() / 86_400
        assert 0 < days <= (2.05 if weekday is None else 8.05)
        day = latest_digest(found, zone, weekday)
        assert instant(day, DIGEST_TIME, zone) == found
        assert weekday is None or day.weekday() == weekday
        assert latest_digest(found - datetime.timedelta(seconds=1), zone, weekday) < day

    @given(MOMENTS, ZONES)
    def test_there_is_one_for_each_day_of_a_week(self, now: datetime.datetime, zone: ZoneInfo) -> None:
        days = []
        for _ in range(7):
            now = next_digest(now, zone, None)
            days.append(latest_digest(now, zone, None))
        assert days == [days[0] + datetime.timedelta(days=number) for number in range(7)]


class QuietTests(SimpleTestCase):
    def test_what_comes_in_the_night_waits_for_the_morning(self) -> None:
        night = (datetime.time(20), datetime.time(7))
        assert quiet_until(at("2026-11-24T18:59"), BERLIN, *night) == at("2026-11-24T18:59")
        assert quiet_until(at("2026-11-24T19:00"), BERLIN, *night) == at("2026-11-25T06:00")
        assert quiet_until(at("2026-11-25T05:59"), BERLIN, *night) == at("2026-11-25T06:00")
        assert quiet_until(at("2026-11-25T06:00"), BERLIN, *night) == at("2026-11-25T06:00")

    def test_without_hours_it_is_never_quiet(self) -> None:
        now = at("2026-11-24T23:00")
        assert quiet_until(now, BERLIN, None, None) == now
        assert quiet_until(now, BERLIN, datetime.time(1), datetime.time(1)) == now

    def test_the_hour_that_comes_twice_ends_once_it_is_over(self) -> None:
        # 2026-10-25: 03:00 summer time becomes 02:00; it is 02:10 for the second time.
        found = quiet_until(at("2026-10-25T01:10"), BERLIN, datetime.time(2), datetime.time(2, 30))
        assert found == at("2026-10-25T01:30")

    @given(MOMENTS, ZONES, TIMES, TIMES)
    def test_it_ends_within_a_day_or_so_and_never_in_the_past(
        self, now: datetime.datetime, zone: ZoneInfo, start: datetime.time, end: datetime.time
    ) -> None:
        found = quiet_until(now, zone, start, end)
        assert now <= found <= now + datetime.timedelta(hours=50)
