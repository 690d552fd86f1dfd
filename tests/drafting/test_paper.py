from django.test import SimpleTestCase

from requests_app.drafting.letters.paper import A4, INCH, US_LETTER, paper_for


class PaperTests(SimpleTestCase):
    def test_the_country_decides(self) -> None:
        for country in ("US", "us", "CA", "MX", "PH", "CL"):
            assert paper_for(country) is US_LETTER
        for country in ("DE", "GB", "FR", "JP", "BR", "AR"):
            assert paper_for(country) is A4

    def test_the_address_stays_inside_the_din_field(self) -> None:
        for window in A4.windows:
            assert window.box.left >= 20
            assert window.box.left + window.box.width <= 105
            assert window.box.top >= 45 + 17.7
            assert window.box.bottom <= 90

    def test_the_number_10_window(self) -> None:
        always, resting = (window.box for window in US_LETTER.windows)
        assert round(always.top / INCH, 3) == 2.5
        assert round(always.bottom / INCH, 3) == 3.167
        assert round(resting.top / INCH, 2) == 2.08
        assert resting.bottom < always.bottom
        for box in (always, resting):
            assert box.left >= (0.875 + 0.125) * INCH
            assert box.left + box.width <= (5.375 - 1 - 0.125) * INCH

    def test_the_sender_is_out_of_the_windows_reach(self) -> None:
        assert US_LETTER.letterhead.bottom < (2.5 - 11 / 24) * INCH
        assert US_LETTER.info.left > 5.375 * INCH
