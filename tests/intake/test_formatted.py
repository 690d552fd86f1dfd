from django.test import SimpleTestCase

from requests_app.intake.reading.formatted import formatted


class FormattedTests(SimpleTestCase):
    def test_words_and_their_order_stay(self) -> None:
        html = "<h1>Hi</h1><table><tr><td colspan=2 bgcolor=red width=9>x</table><ol start=3><li dir=rtl>y</ol>"
        assert formatted(html) == (
            '<h1>Hi</h1><table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'
            '<ol start="3"><li dir="rtl">y</li></ol>'
        )

    def test_pictures_styles_and_titles_go(self) -> None:
        html = '<p style="color:red" title="x" lang="de" class="y" id="z">a<img src=b alt=c></p><style>d</style>'
        assert formatted(html) == "<p>a</p>"

    def test_a_link_says_where_it_leads(self) -> None:
        for address, host in {
            "https://slack.com/help?a=1&amp;b=2": "slack.com",
            "HTTP://Slack.COM:8080/": "slack.com",
            "mailto:support@slack.com?subject=x": "slack.com",
            "https://xn--slck-7ta.com/": "xn--slck-7ta.com",
        }.items():
            with self.subTest(address):
                assert f'<a data-host="{host}" href="' in formatted(f'<a href="{address}">x</a>')

    def test_a_link_that_misleads_or_leads_nowhere_is_none(self) -> None:
        for address in (
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.example/",
            "/settings/",
            "#top",
            "https:evil.example",
            "https://slack.com@evil.example/",
            "https://slack.com\\@evil.example/",
            "https://slаck.com/",  # a Cyrillic letter
            "https://[::1",
            "ftp://slack.com/",
            "https://slack.com/" + "x" * 2_000,
        ):
            with self.subTest(address):
                assert "href" not in formatted(f'<a href="{address}">x</a>')

    def test_nothing_in_an_address_ends_it(self) -> None:
        html = formatted("<a href='https://x.example/\"><a href=\"https://y.example/'>x</a>")
        assert html.count("<a ") == 1
        assert "%22%3E%3Ca%20href=%22" in html
