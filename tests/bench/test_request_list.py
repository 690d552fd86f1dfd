from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from requests_app.models import Vendor
from tests.bench.request_list import FEW, PAGES, milliseconds, organisation_with


class RequestListTests(TestCase):
    def test_many_requests_take_as_many_queries_as_few(self) -> None:
        clients = {"few": organisation_with("few", FEW), "many": organisation_with("many", FEW * 6)}
        for name, query in PAGES.items():
            numbers = {}
            for slug, client in clients.items():
                address = query.format(vendor=Vendor.objects.order_by("pk")[7].pk)
                milliseconds(client, slug, address)  # the first page of a session writes it
                with CaptureQueriesContext(connection) as queries:
                    milliseconds(client, slug, address)
                numbers[slug] = len(queries)
            with self.subTest(name):
                assert numbers["few"] == numbers["many"]
