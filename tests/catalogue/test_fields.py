from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from requests_app.catalogue.fields import TYPES, Field, FieldError, recipient_fields, sender_fields


def field(type_: str, **more: object) -> Field:
    words = {"en": "x", "de": "x", "fr": "x"}
    return Field(name="f", type=type_, label=words, help=words, example="e", **more)  # type: ignore[arg-type]


CONTROLS = ["\r", "\n", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b", "\ud800", "\ufffe", "\U0001ffff"]


class FieldTests(TestCase):
    def refuses(self, type_: str, *values: str, **more: object) -> None:
        for value in values:
            with self.subTest(type=type_, value=value), self.assertRaises(FieldError):
                field(type_, **more).clean(value)

    def accepts(self, type_: str, *values: str, **more: object) -> None:
        for value in values:
            with self.subTest(type=type_, value=value):
                assert field(type_, **more).clean(value) == value

    def test_it_refuses_control_characters_in_every_type(self) -> None:
        for type_ in TYPES:
            allowed = "\n" if type_ == "multiline" else ""
            values = [f"a{character}b" for character in CONTROLS if character not in allowed + "\r" * bool(allowed)]
            self.refuses(type_, *values, pattern=".*", choices=("a",))

    def test_it_takes_text_as_typed(self) -> None:
        self.accepts(
            "text",
            "A$&B $1 $$ Corp",
            "{{ workspace_url }} Ltd",
            "AT&T <Legal> O'Neil",
            "contact <jane@x.org> if a < b",
            "100 %",
            "x" * 105,
            "Ελληνική Εταιρεία",
            "شركة المثال",
            "חברת הדוגמה",
        )

    def test_it_takes_lines_of_a_multiline_field(self) -> None:
        assert field("multiline").clean(" a\r\nb \n") == "a\nb"

    def test_it_refuses_nothing_and_too_much(self) -> None:
        self.refuses("text", "", "   ", "x" * 11, max_length=10)

    def test_it_refuses_what_cannot_be_seen(self) -> None:
        self.refuses("text", "\u200b", "\u00ad\ufeff", " \u200e ")

    def test_it_refuses_to_turn_the_text_around_a_value(self) -> None:
        self.refuses("text", *(f"a{chr(code)}b" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
        self.accepts("text", "\u200fחברה\u200f Ltd", "خانه\u200cها")

    def test_it_checks_web_addresses(self) -> None:
        self.accepts("url", "https://acme.slack.com", "http://example.org:8080/a?b=c#d", "https://günstig.de/ü")
        self.refuses(
            "url",
            "acme.slack.com",
            "javascript:alert(1)",
            "https://",
            "https://localhost",
            "https://user:secret@example.org",
            "https://example.org/a b",
            "https://example.org/<x>",
            "https://example.org:port/",
            "https://[::1",
            "ftp://example.org",
        )

    def test_it_checks_ids_dates_numbers_and_countries(self) -> None:
        self.accepts("uuid", "11111111-2222-3333-4444-555555555555", "ABCDEF00-2222-3333-4444-555555555555")
        self.refuses("uuid", "11111111222233334444555555555555", "{11111111-2222-3333-4444-555555555555}", "1")
        self.accepts("date", "2024-02-29")
        self.refuses("date", "2023-02-29", "29.02.2024", "20240229", "2024-W01-1")
        self.accepts("number", "12", "-3.5")
        self.refuses("number", "1e5", "١٢", "1,5", "NaN")
        self.accepts("country", "DE", "NO")
        self.refuses("country", "Germany", "de", "XX", "EU", "ZZ")
        self.accepts("account_id", "r-ab12", pattern="r-[0-9a-z]{4,32}")
        self.refuses("account_id", "r-ab12; rm -rf /", pattern="r-[0-9a-z]{4,32}")
        self.accepts("choice", "a", choices=("a", "b"))
        self.refuses("choice", "c", choices=("a", "b"))
        self.accepts("domain", "example.org", "günstiger-reisen.de")
        self.refuses("domain", "example", "exam\u00adple.org", "https://example.org")

    def test_shared_fields_accept_their_own_examples(self) -> None:
        for shared in (*sender_fields(), *recipient_fields()):
            assert shared.clean(shared.example) == shared.example

    @given(st.sampled_from([name for name in TYPES if name != "choice"]), st.text())
    def test_any_text_is_taken_or_refused_with_a_sentence(self, type_: str, value: str) -> None:
        try:
            field(type_, pattern="[a-z]+").clean(value)
        except FieldError as error:
            assert str(error)
