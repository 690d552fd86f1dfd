"""The two sheets a letter is written on, and the places on them, in mm from the upper left corner."""

from dataclasses import dataclass

from requests_app.drafting.letters.fitting import Box

INCH = 25.4

# CLDR supplementalData.xml, measurementData/paperSize type="US-Letter" (UTS 35 part 6); every other territory uses A4.
US_LETTER_COUNTRIES = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])


@dataclass(frozen=True)
class Window:
    """One way to place the recipient in the envelope's window: type sizes in pt, leading in times the size.

    `at_bottom`: the address stands on the lower edge of the box, not at its top.
    """

    box: Box
    largest: float
    smallest: float
    leading: float = 1.15
    at_bottom: bool = False


@dataclass(frozen=True)
class Paper:
    """A sheet: its style sheet and its places; the windows are tried in order."""

    sheet: str
    margin_left: float
    letterhead: Box
    return_line: Box | None
    windows: tuple[Window, ...]
    info: Box
    month_first: bool


# DIN 5008:2020 form B: address field 85 x 45 mm at (20, 45), of which the upper 17.7 mm hold the return address and
# remarks and the lower 27.3 mm the address; text starts 5 mm inside the field, at the left margin of 25 mm. About a
# mm is left free above and at the right. Info block 75 mm wide at (125, 50).
_DIN_ADDRESS = Box(25, 63.5, 79, 26.4)
A4 = Paper(
    sheet="din_5008.css",
    margin_left=25,
    letterhead=Box(25, 18, 165, 22),
    return_line=Box(25, 46, 79, 15.7),
    windows=(
        Window(_DIN_ADDRESS, largest=10.5, smallest=10, leading=1.25),
        Window(_DIN_ADDRESS, largest=10.5, smallest=7),
    ),
    info=Box(125, 50, 65, 42),
    month_first=False,
)

# A #10 envelope is 9 1/2 x 4 1/8 in; its window is 4 1/2 x 1 1/8 in, 7/8 in from the left and 1/2 in from the bottom,
# that is 2 1/2 to 3 5/8 in from the top. The sheet, folded in three, is 8 1/2 x 3 2/3 in: it may shift by 1 in sideways
# and by 11/24 in (0.458 in) up and down. On the sheet, from its upper left corner, the window lies
#   down:   at 2.042 to 3.167 in when the sheet rests on the envelope's lower edge, at 2 1/2 to 3 5/8 in when pushed up;
#   across: at 7/8 to 5 3/8 in when the sheet is at the left end, at -1/8 to 4 3/8 in when at the right end.
# So what can always be seen is 7/8 to 4 3/8 in across by 2 1/2 to 3.167 in down. With 1/8 in kept free at both sides
# (USPS Domestic Mail Manual 601.6.3: visible through the full range of movement) the address has 1 to 4 1/4 in.
# One that is too tall for this at 8 pt (six lines and more) also uses what is seen while the sheet rests on the lower
# edge, as it does in the post; it then stands as low as it may.
_US_LEFT, _US_WIDTH = 1 * INCH, 3.25 * INCH
_US_LOWEST = (11 / 3 - 1 / 2) * INCH
_US_SHIFT = (4.125 - 11 / 3) * INCH
_US_ALWAYS = Box(_US_LEFT, _US_LOWEST - 1.125 * INCH + _US_SHIFT, _US_WIDTH, 1.125 * INCH - _US_SHIFT)
# 1/25 in of the window's height stays free above and below.
_US_RESTING = Box(_US_LEFT, _US_LOWEST - 1.085 * INCH, _US_WIDTH, 1.045 * INCH)

US_LETTER = Paper(
    sheet="us_letter.css",
    margin_left=25.4,
    letterhead=Box(25.4, 17, 108, 22),
    return_line=None,
    windows=(
        Window(_US_ALWAYS, largest=10.5, smallest=8),
        Window(_US_RESTING, largest=10.5, smallest=7, at_bottom=True),
    ),
    # Right of everything that the window may show (5 3/8 in).
    info=Box(5.5 * INCH, 17, 2 * INCH, 70),
    month_first=True,
)


def paper_for(country: str) -> Paper:
    """Return the sheet used in a country (ISO 3166-1 alpha-2)."""
    return US_LETTER if country.upper() in US_LETTER_COUNTRIES else A4
