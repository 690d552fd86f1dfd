"""Days: when an answer is due, and how each language writes a day."""

import datetime

from babel.dates import format_date

_SATURDAY = 5


def day_in_words(day: datetime.date, locale: str, *, month_first: bool) -> str:
    """Return the day in words: 24 November 2026, November 24, 2026, 24. November 2026, 1er novembre 2026.

    The first of a month is "1er" in French (Lexique des règles typographiques en usage à l'Imprimerie nationale).
    """
    if locale == "en":
        return format_date(day, "MMMM d, y" if month_first else "d MMMM y", locale="en")
    if locale == "fr" and day.day == 1:
        return format_date(day, "d'er' MMMM y", locale="fr")
    return format_date(day, "long", locale=locale)


def answer_day(start: datetime.date, days: int) -> datetime.date:
    """Return the day so many calendar days later, moved from a weekend to the Monday after it."""
    day = start + datetime.timedelta(days=days)
    return day if day.weekday() < _SATURDAY else day + datetime.timedelta(days=7 - day.weekday())
