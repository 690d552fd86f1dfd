from django.test import SimpleTestCase

from requests_app.drafting.letters.text import Entry, Part, direction, parts, whole_words

JOINER = "\N{WORD JOINER}"


class PartsTests(SimpleTestCase):
    def test_blank_lines_separate_paragraphs(self) -> None:
        assert [part.text for part in parts("\none\n\ntwo\nlines\n \n\nthree\n")] == ["one", "two\nlines", "three"]

    def test_lists(self) -> None:
        assert parts("- one\n- two") == (Part("bullets", "ltr", entries=(Entry("one"), Entry("two"))),)
        assert parts("9. nine\n10. ten") == (Part("numbers", "ltr", entries=(Entry("nine", "9"), Entry("ten", "10"))),)

    def test_what_only_looks_like_a_list_stays_text(self) -> None:
        for text in ("- one\ntwo", "1. one\ntwo", "2026. was", "-one", "0. zero", "1.one"):
            assert [part.kind for part in parts(text)] == ["text"], text

    def test_an_empty_body_has_no_parts(self) -> None:
        assert parts(" \n\n ") == ()


class DirectionTests(SimpleTestCase):
    def test_the_first_strong_character_decides(self) -> None:
        cases = {"abc שלום": "ltr", "12 – שלום abc": "rtl", "(عربي)": "rtl", "123 !": "ltr", "": "ltr", "- نص": "rtl"}
        for text, expected in cases.items():
            assert direction(text) == expected, text


class WholeWordsTests(SimpleTestCase):
    def test_only_places_inside_words_are_joined(self) -> None:
        assert whole_words("a-b c- d -e") == f"a-{JOINER}b c- d -{JOINER}e"
        assert whole_words("Text – with a dash / slash") == "Text – with a dash / slash"
