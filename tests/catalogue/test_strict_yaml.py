from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase

from requests_app.catalogue.strict_yaml import CatalogueSyntaxError, read_yaml


class ReadYamlTests(TestCase):
    def read(self, text: str | bytes) -> object:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "vendor.yaml"
            path.write_bytes(text.encode() if isinstance(text, str) else text)
            return read_yaml(path)

    def test_it_leaves_dates_country_codes_and_switch_words_as_text(self) -> None:
        text = "date: 2024-05-17\ncountry: NO\ndefault: on\nversion: 1.10\npostcode: 01234\n"
        assert self.read(text) == {
            "date": "2024-05-17",
            "country": "NO",
            "default": "on",
            "version": "1.10",
            "postcode": "01234",
        }

    def test_it_reads_booleans_integers_and_null(self) -> None:
        assert self.read("a: true\nb: 2\nc: null\nd:\n") == {"a": True, "b": 2, "c": None, "d": None}

    def test_it_refuses_a_key_that_stands_twice_and_says_the_line(self) -> None:
        with self.assertRaisesRegex(CatalogueSyntaxError, "line 2: “name” stands here twice"):
            self.read("name: a\nname: b\n")

    def test_it_refuses_a_key_that_is_no_text(self) -> None:
        with self.assertRaisesRegex(CatalogueSyntaxError, "line 2: a key must be plain text"):
            self.read("a: b\n? [c, d]\n: e\n")

    def test_it_refuses_aliases(self) -> None:
        with self.assertRaisesRegex(CatalogueSyntaxError, "aliases"):
            self.read("a: &x [1]\nb: [*x, *x]\n")

    def test_it_refuses_what_is_no_yaml_no_text_or_a_tag(self) -> None:
        for text in ("a: [1", b"a: \xff", "a: !!python/object/apply:os.system ['true']", "a: \x00"):
            with self.subTest(text=text), self.assertRaises(CatalogueSyntaxError):
                self.read(text)
