"""Working days: those of the organisation's week, without the public holidays of its country or a part of it."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from requests_app.models import Organisation
from requests_app.models.organisation import monday_to_friday
from requests_app.people.choices import NO_HOLIDAYS, holiday_regions

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Tells working days from days off. Weekdays as in ISO 8601: 1 is Monday; without a country no holidays."""

    weekdays: frozenset[int] = frozenset(monday_to_friday())
    country: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        if not self.weekdays & set(range(1, 8)):
            raise ValueError("A week needs a working day: with none, no deadline would ever end.")

    def is_holiday(self, day: datetime.date) -> bool:
        """Return whether it is a public holiday."""
        return bool(self.country) and day in _holidays(self.country, self.region, day.year)

    def is_working(self, day: datetime.date) -> bool:
        """Return whether people work on that day."""
        return day.isoweekday() in self.weekdays and not self.is_holiday(day)

    def next_working(self, day: datetime.date) -> datetime.date:
        """Return the day itself, or the first working day after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, day: datetime.date, number: int) -> datetime.date:
        """Return the working day so many working days after that day; with 0 the same as next_working."""
        day = self.next_working(day) if number == 0 else day
        for _ in range(number):
            day = self.next_working(day + _DAY)
        return day

    def holidays_between(self, first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
        """Yield the holidays after `first` and up to `last` that would have been working days."""
        day = first + _DAY
        while day <= last:
            if day.isoweekday() in self.weekdays and self.is_holiday(day):
                yield day
            day += _DAY


WEEKDAYS = Calendar()


def calendar_of(organisation: Organisation) -> Calendar:
    """Return the calendar by which the organisation counts."""
    country = organisation.holiday_country or organisation.country
    if country == NO_HOLIDAYS:
        country = ""
    return Calendar(frozenset(organisation.working_days), country, organisation.holiday_region if country else "")


@lru_cache(maxsize=512)
def _holidays(country: str, region: str, year: int) -> frozenset[datetime.date]:
    """Return the public holidays of a year; none for a country that the package does not know.

    A region that it does not know (any more) counts as the whole country. The package is read here only: nobody who
    counts no days needs it.
    """
    import holidays  # noqa: PLC0415

    known = holiday_regions()
    if country not in known:
        return frozenset()
    found = holidays.country_holidays(country, subdiv=region if region in known[country] else None, years=year)
    return frozenset(day for day in found if day.year == year)
