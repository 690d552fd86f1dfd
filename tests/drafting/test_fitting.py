from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.drafting.letters.fitting import MM_PER_PT, Box, fit
from requests_app.drafting.letters.fonts import text_width

FIELD = Box(25, 63.5, 79, 26.4)


class FitTests(SimpleTestCase):
    def test_short_lines_keep_the_largest_size(self) -> None:
        fitted = fit(("Example Inc.", "Street 1"), FIELD, largest=10.5)
        assert fitted is not None
        assert (fitted.size, fitted.lines) == (10.5, ("Example Inc.", "Street 1"))

    def test_long_lines_are_broken_at_spaces(self) -> None:
        fitted = fit(("word " * 30,), FIELD, largest=10.5)
        assert fitted is not None
        assert " ".join(fitted.lines) == ("word " * 30).strip()

    def test_more_lines_make_the_type_smaller(self) -> None:
        fitted = fit(("line",) * 8, FIELD, largest=10.5)
        assert fitted is not None
        assert 7 <= fitted.size < 9
        assert fit(("line",) * 10, FIELD, largest=10.5) is None

    def test_a_word_wider_than_the_box_is_broken_at_the_smallest_size_only(self) -> None:
        fitted = fit(("x" * 100,), FIELD, largest=10.5)
        assert fitted is not None
        assert fitted.size == 7
        assert "".join(fitted.lines) == "x" * 100

    def test_bold_is_wider(self) -> None:
        assert text_width("Example", bold=True) > text_width("Example")

    @given(st.lists(st.text(st.sampled_from("abWM .-ßяΩאش漢"), max_size=120), max_size=9))
    def test_what_is_returned_fits_and_loses_nothing(self, lines: list[str]) -> None:
        fitted = fit(tuple(lines), FIELD, largest=10.5)
        if fitted is None:
            return
        assert "".join(fitted.lines).replace(" ", "") == "".join(lines).replace(" ", "")
        assert fitted.height <= FIELD.height
        for line in fitted.lines:
            assert text_width(line) * fitted.size * MM_PER_PT <= FIELD.width
