from datetime import date
from unittest import TestCase

from requests_app.catalogue.procedure import AnswerTime
from requests_app.drafting.dates import add_months, answer_day, day_in_words
from requests_app.drafting.working_days import WEEKDAYS, Calendar


class DayTests(TestCase):
    def test_it_writes_the_day_as_each_language_does(self) -> None:
        day = date(2026, 11, 1)
        assert day_in_words(day, "en", month_first=False) == "1 November 2026"
        assert day_in_words(day, "en", month_first=True) == "November 1, 2026"
        assert day_in_words(day, "de", month_first=False) == "1. November 2026"
        assert day_in_words(day, "fr", month_first=False) == "1er novembre 2026"
        assert day_in_words(date(2026, 8, 24), "fr", month_first=False) == "24 août 2026"


class AnswerDayTests(TestCase):
    def day(self, start: date, amount: int, unit: str, calendar: Calendar = WEEKDAYS) -> date:
        return answer_day(start, AnswerTime(amount, unit), calendar)

    def test_an_answer_falls_on_a_working_day(self) -> None:
        assert self.day(date(2026, 11, 24), 14, "days") == date(2026, 12, 8)
        assert self.day(date(2026, 11, 24), 11, "days") == date(2026, 12, 7)  # Saturday 5 December
        assert self.day(date(2026, 11, 24), 12, "days") == date(2026, 12, 7)
        assert self.day(date(2026, 11, 24), 31, "days", Calendar(country="DE")) == date(2026, 12, 28)  # Christmas

    def test_a_part_of_a_day_counts_as_a_whole_one(self) -> None:
        assert self.day(date(2026, 11, 24), 1, "hours") == date(2026, 11, 25)
        assert self.day(date(2026, 11, 24), 48, "hours") == date(2026, 11, 26)
        assert self.day(date(2026, 11, 24), 49, "hours") == date(2026, 11, 27)

    def test_a_month_ends_on_the_same_day_or_the_last_one(self) -> None:
        assert self.day(date(2026, 11, 24), 1, "months") == date(2026, 12, 24)
        assert self.day(date(2027, 8, 31), 1, "months") == date(2027, 9, 30)
        assert add_months(date(2027, 11, 30), 3) == date(2028, 2, 29)
        assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
        assert add_months(date(2026, 12, 31), 12) == date(2027, 12, 31)

    def test_weeks_and_working_days_are_what_they_say(self) -> None:
        assert self.day(date(2026, 11, 24), 2, "weeks") == date(2026, 12, 8)
        assert self.day(date(2026, 11, 3), 12, "working_days", Calendar(country="PL")) == date(2026, 11, 20)  # 11 Nov
