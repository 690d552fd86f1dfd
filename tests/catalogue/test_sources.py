from django.test import SimpleTestCase

from requests_app.catalogue.sources import safe_link, source_line

SOURCE = {"kind": "vendor_page", "date": None, "date_kind": "no date shown", "read": "2026-11-01"}


class SourceTests(SimpleTestCase):
    def test_only_complete_web_links_become_links(self) -> None:
        for url in ("https://example.com/a?b=c#d", "http://example.com"):
            assert safe_link(url) == url
        for url in (
            "javascript:alert(1)",
            "JAVASCRIPT://example.com/%0aalert(1)",
            "data:text/html,x",
            "//example.com",
            "/o/acme/",
            "ftp://example.com",
            "https://exa mple.com",
            'https://example.com/"onclick=',
            "",
        ):
            assert safe_link(url) == "", url

    def test_a_file_of_a_repository_links_to_the_commit_that_was_read(self) -> None:
        source = {**SOURCE, "repo": "example/terms", "path": "a b/#1.md", "commit": "abcdef0"}
        line = source_line(source)
        assert line.href == "https://github.com/example/terms/blob/abcdef0/a%20b/%231.md"
        assert line.text == "example/terms: a b/#1.md"

    def test_a_source_with_a_title_only_has_no_link(self) -> None:
        line = source_line({**SOURCE, "title": "Article", "date": "2024-05"})
        assert (line.text, line.href, line.date) == ("Article", "", "2024-05")

    def test_a_date_kind_that_has_no_word_is_shown_as_found(self) -> None:
        assert source_line({**SOURCE, "title": "x", "date_kind": "day of the fair"}).date_kind == "day of the fair"
