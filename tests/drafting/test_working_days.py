import datetime
import subprocess
import sys
from datetime import date

import pytest
from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.drafting.working_days import WEEKDAYS, Calendar, calendar_of
from requests_app.models import Organisation

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
CALENDARS = st.builds(
    Calendar,
    weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    country=st.sampled_from(["", "DE", "US", "AE", "JP", "BR"]),
)


class CalendarTests(SimpleTestCase):
    def test_a_weekend_and_a_holiday_are_days_off(self) -> None:
        bavaria = Calendar(country="DE", region="BY")
        assert not WEEKDAYS.is_working(date(2026, 11, 28))
        assert WEEKDAYS.is_working(date(2026, 12, 25))
        assert not bavaria.is_working(date(2026, 12, 25))
        assert not bavaria.is_working(date(2027, 1, 6))  # Epiphany, in Bavaria
        assert Calendar(country="DE", region="BE").is_working(date(2027, 1, 6))

    def test_a_week_may_be_another_one(self) -> None:
        sunday_to_thursday = Calendar(frozenset({7, 1, 2, 3, 4}))
        assert sunday_to_thursday.next_working(date(2026, 11, 27)) == date(2026, 11, 29)

    def test_a_week_without_a_working_day_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs a working day"):
            Calendar(frozenset())

    def test_it_names_the_holidays_that_would_have_been_working_days(self) -> None:
        found = Calendar(country="DE").holidays_between(date(2026, 12, 24), date(2026, 12, 31))
        assert list(found) == [date(2026, 12, 25)]  # the 26th is a Saturday

    @given(CALENDARS, DAYS, st.integers(0, 60))
    def test_adding_working_days_passes_exactly_so_many(self, calendar: Calendar, day: date, number: int) -> None:
        found = calendar.add_working_days(day, number)
        between = [day + datetime.timedelta(days=n) for n in range(1, (found - day).days + 1)]
        assert calendar.is_working(found)
        if number:
            assert sum(calendar.is_working(each) for each in between) == number
        else:
            assert found == calendar.next_working(day)


class OrganisationTests(SimpleTestCase):
    def test_the_holidays_are_those_of_its_country_unless_it_says_otherwise(self) -> None:
        christmas = date(2026, 12, 25)
        assert not calendar_of(Organisation(country="DE")).is_working(christmas)
        assert calendar_of(Organisation(country="DE", holiday_country="none")).is_working(christmas)
        assert calendar_of(Organisation()).is_working(christmas)
        assert not calendar_of(Organisation(country="CN", holiday_country="DE")).is_working(christmas)

    def test_a_country_or_region_that_is_not_known_takes_nothing_away(self) -> None:
        assert calendar_of(Organisation(country="ZZ")).is_working(date(2026, 12, 25))
        assert not calendar_of(Organisation(country="DE", holiday_region="??")).is_working(date(2026, 12, 25))

    def test_the_package_is_read_only_where_days_are_counted(self) -> None:
        program = (
            "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup();"
            "import requests_app.urls; print('holidays' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"
