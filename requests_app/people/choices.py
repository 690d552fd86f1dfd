"""What the forms of an organisation offer: countries, time zones, languages of requests, whose holidays count."""

import zoneinfo
from functools import lru_cache

from babel import Locale
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES = (("en", _("English")), ("de", _("German")), ("fr", _("French")))

# In place of a country: no public holiday is a day off.
NO_HOLIDAYS = "none"

# CLDR's territories beyond ISO 3166-1: outlying islands without a code of their own, the EU, the UN, pseudo-regions.
NOT_ISO_3166 = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
# Zones that name a place. The others are older spellings (US/Pacific) or fixed offsets (Etc/GMT+5).
AREAS = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


def countries() -> list[tuple[str, str]]:
    """Return each country's ISO 3166-1 code and its name in the language of the page (source: Unicode CLDR)."""
    territories = Locale.parse(get_language() or "en", sep="-").territories.items()
    names = {str(code): str(name) for code, name in territories}
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in NOT_ISO_3166]
    named = sorted((names[code], code) for code in codes)
    return [("", str(_("Choose a country"))), *((code, name) for name, code in named)]


def time_zones() -> list[tuple[str, str]]:
    """Return UTC and the IANA zones that name a place."""
    places = sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in AREAS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


def holiday_countries() -> list[tuple[str, str]]:
    """Return the countries whose holidays are known, after the two answers that need none."""
    known = [(code, name) for code, name in countries() if code in holiday_regions()]
    return [("", str(_("Those of the country above"))), (NO_HOLIDAYS, str(_("No holidays"))), *known]


@lru_cache(maxsize=1)
def holiday_regions() -> dict[str, list[str]]:
    """Return each country whose holidays are known (ISO 3166-1) with its parts that have holidays of their own.

    The package is read here only: nobody who counts no days needs it.
    """
    import holidays  # noqa: PLC0415

    return holidays.list_supported_countries(include_aliases=False)


def week() -> list[tuple[int, str]]:
    """Return the days of a week as ISO 8601 numbers them, and their names in the language of the page."""
    return [(number + 1, str(WEEKDAYS[number])) for number in range(7)]
