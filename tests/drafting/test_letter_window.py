"""Where the address stands on the sheet: measured with `pdftotext -bbox`."""

from dataclasses import replace

from django.test import SimpleTestCase

from requests_app.drafting.letters.letter import Letter, render_letter
from tests.drafting.letters import LONG_NAME, ON_A4, ON_US_LETTER, SEVEN_LINES, Word, text_of, words_of

INCH = 25.4


def _words_between(letter: Letter, top: float, bottom: float, right: float) -> list[Word]:
    return [w for w in words_of(render_letter(letter)) if w.top > top and w.bottom < bottom and w.left < right]


class Din5008Tests(SimpleTestCase):
    def _address(self, letter: Letter) -> list[Word]:
        """Return the words inside the address zone: 20 to 105 mm across, 62.7 to 90 mm down (DIN 5008 form B)."""
        return [
            w
            for w in words_of(render_letter(letter))
            if w.left >= 20 and w.right <= 105 and w.top >= 62 and w.bottom <= 90.2
        ]

    def test_the_address_is_inside_the_field(self) -> None:
        for lines in (
            ON_A4.recipient_lines,
            SEVEN_LINES,
            (LONG_NAME, *SEVEN_LINES[1:3]),
            ("x" * 105, "Street", "City"),
        ):
            words = self._address(replace(ON_A4, recipient_lines=lines))
            assert "".join(word.text for word in words).replace("&amp;", "&") == "".join(lines).replace(" ", ""), lines

    def test_the_return_line_is_above_it(self) -> None:
        for name in (ON_A4.sender_name, LONG_NAME):
            words = words_of(render_letter(replace(ON_A4, sender_name=name)))
            line = [word for word in words if word.top >= 45 and word.bottom <= 62.8 and word.right <= 105]
            assert (
                " ".join(word.text for word in line).replace("&amp;", "&")
                == f"{name} · Musterstraße 1 · 12345 Musterstadt"
            )

    def test_the_subject_starts_at_98_46_mm(self) -> None:
        subject = next(word for word in words_of(render_letter(ON_A4)) if word.text == "Nutzung")
        assert 98 < subject.top < 99.5
        assert abs(subject.left - 25) < 0.5

    def test_the_information_block_is_at_its_place(self) -> None:
        words = words_of(render_letter(ON_A4))
        date = next(word for word in words if word.text == "November")
        assert 125 <= date.left <= 200
        assert 50 <= date.top <= 90

    def test_nothing_leaves_the_margins(self) -> None:
        letter = replace(
            ON_A4, body="https://example.org/" + "a" * 300, subject="b" * 200, sender_email="c" * 60 + "@example.org"
        )
        for word in words_of(render_letter(letter)):
            assert word.left > 24.5
            assert word.right < 190.5

    def test_short_addresses_are_set_in_full_size(self) -> None:
        words = self._address(ON_A4)
        assert words[0].bottom - words[0].top > 10.5 * 25.4 / 72


class NumberTenWindowTests(SimpleTestCase):
    def _resting(self, letter: Letter) -> list[Word]:
        """Return the words seen through the window when the sheet rests on the envelope's lower edge.

        The window is 2 1/2 to 3 5/8 in from the envelope's top, the sheet's top 11/24 in lower; sideways the sheet
        moves by 1 in.
        """
        low, high = (2.5 - 11 / 24) * INCH, (3.625 - 11 / 24) * INCH
        words = words_of(render_letter(letter))
        return [
            w
            for w in words
            if w.left >= 0.875 * INCH and w.right <= 4.375 * INCH and w.top >= low - 0.5 and w.bottom <= high + 0.5
        ]

    def test_the_address_is_inside_the_window(self) -> None:
        for lines in (ON_A4.recipient_lines, SEVEN_LINES, ("x" * 105, "Street", "City")):
            words = self._resting(replace(ON_US_LETTER, recipient_lines=lines))
            assert "".join(word.text for word in words).replace("&amp;", "&") == "".join(lines).replace(" ", ""), lines

    def test_five_lines_are_seen_however_the_sheet_shifts(self) -> None:
        words = self._resting(ON_US_LETTER)
        assert min(word.top for word in words) >= 2.5 * INCH - 0.5

    def test_nothing_else_is_seen_in_the_window(self) -> None:
        letter = replace(ON_US_LETTER, sender_name=LONG_NAME, sender_address="\n".join(SEVEN_LINES[1:]))
        seen = [
            word.text
            for word in words_of(render_letter(letter))
            if word.left < 5.375 * INCH and word.bottom > (2.5 - 11 / 24) * INCH and word.top < 3.625 * INCH
        ]
        assert " ".join(seen) == " ".join(letter.recipient_lines)

    def test_the_paper_is_us_letter(self) -> None:
        assert "November 24, 2026" in text_of(render_letter(ON_US_LETTER))
