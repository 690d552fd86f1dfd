"""Which entry of the menu a page marks as the one it belongs to."""

import re

from tests.world import AcmeTestCase


class NavigationTests(AcmeTestCase):
    def test_each_page_marks_where_it_belongs(self) -> None:
        self.client.force_login(self.owner)
        for page, entry in {
            "": "Today",
            "changed/": "Today",
            "requests/": "Requests",
            "requests/campaigns/": "Requests",
            "exports/": "Requests",
            "verify/": "Requests",
            "jobs/": "Requests",
            "triage/": "Replies",
            "settings/system/": "Settings",
            "notifications/": "My account",
        }.items():
            with self.subTest(page):
                html = self.client.get(f"/o/{self.acme.slug}/{page}").content.decode()
                menu = html[html.index('<ul class="nav') : html.index("<main")]
                marked = re.findall(r'<a class="nav-link"[^>]*aria-current="page">\s*(.*?)\s*<', menu)
                assert marked == [entry]
