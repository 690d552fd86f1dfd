from datetime import date
from unittest import TestCase

from requests_app.drafting.dates import answer_day, day_in_words


class DayTests(TestCase):
    def test_it_writes_the_day_as_each_language_does(self) -> None:
        day = date(2026, 11, 1)
        assert day_in_words(day, "en", month_first=False) == "1 November 2026"
        assert day_in_words(day, "en", month_first=True) == "November 1, 2026"
        assert day_in_words(day, "de", month_first=False) == "1. November 2026"
        assert day_in_words(day, "fr", month_first=False) == "1er novembre 2026"
        assert day_in_words(date(2026, 8, 24), "fr", month_first=False) == "24 août 2026"

    def test_an_answer_falls_on_a_working_day(self) -> None:
        assert answer_day(date(2026, 11, 24), 14) == date(2026, 12, 8)
        assert answer_day(date(2026, 11, 24), 11) == date(2026, 12, 7)  # Saturday 5 December
        assert answer_day(date(2026, 11, 24), 12) == date(2026, 12, 7)
