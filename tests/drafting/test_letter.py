import datetime
from dataclasses import replace

import pytest
from django.test import SimpleTestCase

from requests_app.drafting.letters.fitting import DoesNotFit
from requests_app.drafting.letters.fonts import UnsupportedCharacters
from requests_app.drafting.letters.letter import letter_html, letter_sheets, render_letter
from tests.drafting.letters import LONG_NAME, ON_A4, ON_US_LETTER, characters, page_texts, text_of, words_of

AS_TYPED = (
    "A$&B $1 $$ Corp",
    "{{ workspace_url }} Ltd",
    "{% load x %} Ltd",
    "AT&T <Legal> O'Neil",
    "contact <jane@x.org> if a < b",
    "&amp; &lt; \"quoted\" 'single'",
    "100 %",
    "office, affluent, fjord",
    "Ελληνική Εταιρεία Α.Ε.",
    "Общество с ограниченной ответственностью",
    "Łódź, Île-de-France, Ångström, Ștefan",
    LONG_NAME,
)
RIGHT_TO_LEFT = ("دوت العربية المحدودة", "שָׁלוֹם בע״מ", "דוגמה בע״מ", "شركة المثال المحدودة 123")


def _paragraph(sentences: int) -> str:
    return " ".join(["This sentence is here to fill the lines of a paragraph."] * sentences)


class LetterTextTests(SimpleTestCase):
    def test_everything_comes_out_as_typed(self) -> None:
        letter = replace(ON_A4, body="\n\n".join(AS_TYPED), signature_lines=AS_TYPED[:5], subject=AS_TYPED[3])
        text = text_of(render_letter(letter))
        for typed in AS_TYPED:
            assert typed in text, typed

    def test_names_come_out_as_typed_in_every_place(self) -> None:
        for typed in AS_TYPED:
            letter = replace(ON_US_LETTER, sender_name=typed, recipient_lines=(typed, "Street 1"), closing=typed)
            assert text_of(render_letter(letter)).count(typed) >= 3, typed

    def test_right_to_left_text_keeps_its_characters(self) -> None:
        for typed in RIGHT_TO_LEFT:
            letter = replace(ON_A4, body=typed)
            without = characters(text_of(render_letter(replace(ON_A4, body="x"))))
            without.remove("x")
            assert sorted(without + characters(typed)) == characters(text_of(render_letter(letter))), typed

    def test_right_to_left_paragraphs_start_at_the_right(self) -> None:
        words = words_of(render_letter(replace(ON_A4, body="עברית\n\nEnglish\n\n- نقطة")))
        hebrew = next(word for word in words if "ת" in word.text)
        english = next(word for word in words if word.text == "English")
        assert hebrew.right > 188
        assert english.left < 26
        assert 'dir="rtl"' in letter_html(replace(ON_A4, body="- نقطة"))

    def test_names_and_addresses_are_not_broken_at_hyphens_or_slashes(self) -> None:
        for filler in range(8, 16):
            body = "word " * filler + "https://acme-corp-international.example.com/some-path/of-it?a=b end"
            text = text_of(render_letter(replace(ON_A4, body=body)))
            assert "https://acme-corp-international.example.com/some-path/of-it?a=b end" in text
            assert "\N{WORD JOINER}" not in text

    def test_it_escapes_html(self) -> None:
        html = letter_html(replace(ON_A4, body="<b>bold</b>", subject='" onload="x'))
        assert "<b>" not in html
        assert 'onload="x' not in html

    def test_lists_and_line_breaks(self) -> None:
        html = letter_html(replace(ON_A4, body="- one\n- two\n\n3. three\n4. four\n\nfirst line\nsecond line"))
        assert "<li>one</li>" in html
        assert "first line\nsecond line</p>" in html
        text = text_of(render_letter(replace(ON_A4, body="3. three\n4. four")))
        assert "3. three 4. four" in text

    def test_it_takes_the_newlines_of_web_forms(self) -> None:
        text = text_of(render_letter(replace(ON_A4, body="one\r\n\r\n- two\r\n- three", sender_address="a\r\nb")))
        assert "• two • three" in text

    def test_dates_by_language_and_paper(self) -> None:
        first = datetime.date(2027, 1, 1)
        cases = {
            ("en", "GB"): "1 January 2027",
            ("en", "US"): "January 1, 2027",
            ("de", "DE"): "1. Januar 2027",
            ("fr", "FR"): "1er janvier 2027",
            ("fr", "CA"): "1er janvier 2027",
        }
        for (locale, country), shown in cases.items():
            assert f"\n{shown}</div>" in letter_html(replace(ON_A4, locale=locale, country=country, date=first))

    def test_unsupported_characters_are_reported(self) -> None:
        fields = {
            "sender_name": "漢",
            "sender_address": "漢",
            "body": "漢",
            "subject": "漢",
            "recipient_lines": ("漢",),
            "signature_lines": ("漢",),
        }
        for name, value in fields.items():
            with pytest.raises(UnsupportedCharacters) as raised:
                letter_html(replace(ON_A4, **{name: value}))  # type: ignore[arg-type]
            assert raised.value.characters == ("漢",)

    def test_what_cannot_fit_is_refused_with_its_name(self) -> None:
        cases = {
            "The recipient's address": replace(ON_A4, recipient_lines=(LONG_NAME,) * 6),
            "The sender's address": replace(ON_A4, sender_address="\n".join(["Street 1"] * 20)),
            "The sender's name": replace(ON_A4, sender_name=LONG_NAME * 9),
            "The sender's return address": replace(ON_A4, sender_name=LONG_NAME * 4),
        }
        for what, letter in cases.items():
            with pytest.raises(DoesNotFit, match=what):
                letter_html(letter)

    def test_the_style_sheets_go_by_the_paper(self) -> None:
        assert letter_sheets(ON_A4)[-1] == "din_5008.css"
        assert letter_sheets(ON_US_LETTER)[-1] == "us_letter.css"


class PagesTests(SimpleTestCase):
    def test_one_page_has_no_number(self) -> None:
        (page,) = page_texts(render_letter(ON_A4))
        assert "Seite" not in page

    def test_continuation_pages_have_number_and_subject(self) -> None:
        body = "\n\n".join([_paragraph(8)] * 16)
        for locale, label in {"en": "Page {} of 3", "de": "Seite {} von 3", "fr": "Page {} sur 3"}.items():
            letter = replace(ON_A4, locale=locale, body=body, subject="Reference A-17")
            first, second, third = page_texts(render_letter(letter))
            assert label.format(1) not in first
            assert second.startswith("Reference A-17 " + label.format(2)), second[:80]
            assert third.startswith("Reference A-17 " + label.format(3)), third[:80]

    def test_a_long_subject_is_shortened_on_continuation_pages(self) -> None:
        letter = replace(ON_A4, body="\n\n".join([_paragraph(8)] * 8), subject=LONG_NAME * 2)
        first, second = page_texts(render_letter(letter))
        assert LONG_NAME * 2 in first
        assert "…" in second[:120]

    def test_the_signature_is_never_alone_on_a_page(self) -> None:
        for lines in range(20, 32):
            body = "\n\n".join(["x"] * 3 + ["\n".join(["another line of text"] * lines)])
            *_, last = page_texts(render_letter(replace(ON_A4, body=body)))
            assert "another line of text" in last.split("Mit freundlichen")[0]
            assert "Jane Doe" in last
