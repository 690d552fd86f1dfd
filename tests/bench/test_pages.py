from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.bench.request_list import milliseconds, organisation_with

PAGES = {"": "", "?who=mine": "", "?period=all": "dashboard/"}


class PagesTests(TestCase):
    def test_many_requests_take_as_many_queries_as_few(self) -> None:
        clients = {"few": organisation_with("few", 100), "many": organisation_with("many", 600)}
        for query, page in PAGES.items():
            numbers = {}
            for slug, client in clients.items():
                milliseconds(client, slug, query, page)  # the first page of a session writes it, and the figures
                with CaptureQueriesContext(connection) as queries:
                    milliseconds(client, slug, query, page)
                numbers[slug] = len(queries)
            with self.subTest(page + query):
                assert numbers["few"] == numbers["many"]
