from unittest import TestCase

from requests_app.catalogue.check_text import check_text


class CheckTextTests(TestCase):
    def test_it_finds_what_would_break_a_line_a_header_or_a_file(self) -> None:
        for text in ("a\nBcc: b", "a\rb", "a\x00b", "a\x0bb", "a\u2028b", "a\u202eb", "a\tb"):
            with self.subTest(text=text):
                (where, reason), *_others = check_text({"subject_line": {"variants": ["fine", text]}})
                assert where == "subject_line.variants.1"
                assert "not allowed" in reason

    def test_it_looks_at_keys_too(self) -> None:
        assert [where for where, _reason in check_text({"retired": {"a\nb": "c"}})] == [r"retired.'a\nb' (key)"]

    def test_it_lets_wording_and_commands_have_lines(self) -> None:
        for name in ("ask", "command", "text", "example"):
            assert list(check_text({name: {"en": "one\n\n\ttwo"}})) == []
        assert list(check_text({"ask": {"en": "one\x0btwo"}})) != []
