"""Words and dates of the letter itself, by language."""

import datetime
from typing import Literal

from babel.dates import format_date

Locale = Literal["en", "de", "fr"]

# "Page 2 of 3" in two pieces around the first number.
PAGE_WORDS: dict[str, tuple[str, str]] = {"en": ("Page", "of"), "de": ("Seite", "von"), "fr": ("Page", "sur")}


def letter_date(date: datetime.date, locale: str, *, month_first: bool) -> str:
    """Return a date as a letter has it: 24 November 2026, November 24, 2026, 24. November 2026, 1er novembre 2026.

    The first of a month is "1er" in French (Lexique des règles typographiques en usage à l'Imprimerie nationale).
    """
    if locale == "en":
        return format_date(date, "MMMM d, y" if month_first else "d MMMM y", locale="en")
    if locale == "fr" and date.day == 1:
        return format_date(date, "d'er' MMMM y", locale="fr")
    return format_date(date, "long", locale=locale)
