"""Days: when an answer is due, and how each language writes a day."""

import calendar as months
import datetime

from babel.dates import format_date

from requests_app.catalogue.procedure import AnswerTime
from requests_app.drafting.working_days import Calendar

_HOURS = 24


def day_in_words(day: datetime.date, locale: str, *, month_first: bool) -> str:
    """Return the day in words: 24 November 2026, November 24, 2026, 24. November 2026, 1er novembre 2026.

    The first of a month is "1er" in French (Lexique des règles typographiques en usage à l'Imprimerie nationale).
    """
    if locale == "en":
        return format_date(day, "MMMM d, y" if month_first else "d MMMM y", locale="en")
    if locale == "fr" and day.day == 1:
        return format_date(day, "d'er' MMMM y", locale="fr")
    return format_date(day, "long", locale=locale)


def answer_day(start: datetime.date, time: AnswerTime, calendar: Calendar) -> datetime.date:
    """Return the day by which an answer is due to what was sent on `start`; one that falls on a day off moves on.

    Working days are those of the calendar, the rest are calendar days; a part of a day counts as a whole one.
    """
    if time.unit == "working_days":
        return calendar.add_working_days(start, time.amount)
    return calendar.next_working(last_day(start, time))


def last_day(start: datetime.date, time: AnswerTime) -> datetime.date:
    """Return the day on which a time ends that is not counted in working days, day off or not."""
    if time.unit == "months":
        return add_months(start, time.amount)
    days = {"hours": -(-time.amount // _HOURS), "days": time.amount, "weeks": 7 * time.amount}[time.unit]
    return start + datetime.timedelta(days=days)


def add_months(day: datetime.date, number: int) -> datetime.date:
    """Return the same day so many months later, or the last one of a month that is shorter."""
    years, month = divmod(day.month - 1 + number, 12)
    year = day.year + years
    return datetime.date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))
