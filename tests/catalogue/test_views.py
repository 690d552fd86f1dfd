from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.catalogue.load import load_catalogue
from requests_app.models import Procedure, Vendor
from tests.catalogue.loading import NOW, load_documents
from tests.catalogue.vendors import vendor_document
from tests.people import PeopleTestCase

URL = "/o/acme/catalogue/"


class CataloguePageTests(PeopleTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        load_catalogue(settings.CATALOGUE_DIR, NOW)

    def setUp(self) -> None:
        self.client.force_login(self.auditor)

    def names(self, **query: Any) -> list[tuple[str, str]]:
        """Return vendor and title of each row that the page shows."""
        rows = self.client.get(URL, query).context["rows"]
        return [(row.vendor_name, row.title) for row in rows]

    def test_it_shows_fifty_rows_and_how_many_there_are(self) -> None:
        response = self.client.get(URL)
        assert len(response.context["rows"]) == 50
        total = Procedure.objects.count() + Vendor.objects.filter(procedures=None).count()
        self.assertContains(response, f"1 to 50 of {total} entries")
        second = self.client.get(URL, {"page": 2})
        self.assertContains(second, f"51 to {total} of {total} entries")
        assert len(second.context["rows"]) == total - 50

    def test_a_page_beyond_the_last_is_the_last(self) -> None:
        assert self.client.get(URL, {"page": "999"}).context["page"].number == 2
        assert self.client.get(URL, {"page": "x"}).context["page"].number == 1

    def test_every_word_has_to_occur_in_the_procedure_or_its_vendor(self) -> None:
        assert [vendor for vendor, _title in self.names(q="SLACK")] == ["Slack (a Salesforce company)"] * 2
        assert [title for _vendor, title in self.names(q="slack zebra")] == []
        assert [title for _vendor, title in self.names(q="slack RANKING")] == ["Global model training"]

    def test_a_search_finds_the_address_of_a_vendor(self) -> None:
        assert "Slack (a Salesforce company)" in {vendor for vendor, _title in self.names(q="feedback@slack.com")}

    def test_it_finds_vendors_without_a_procedure(self) -> None:
        for slug in ("airtable", "eventbrite"):
            response = self.client.get(URL, {"q": slug})
            self.assertContains(response, "No procedure; the vendor's page says what is known.")
            assert [row.procedure for row in response.context["rows"]] == [None]

    def test_wildcards_mean_themselves(self) -> None:
        assert self.names(q="%") == [row for row in self.names(q="%") if "%" in self.text_of(*row)]
        assert self.names(q="sl_ck") == self.names(q="sl%ck") == self.names(q="\\") == []

    def text_of(self, vendor: str, title: str) -> str:
        return Procedure.objects.get(vendor__name=vendor, title__en=title).search_text

    def test_filters_narrow_the_list_and_stand_in_the_address(self) -> None:
        for name, value, column in (
            ("channel", "email", "channel"),
            ("default", "conflicting_sources", "default_state"),
            ("who", "owner", "submitter"),
        ):
            with self.subTest(name):
                expected = Procedure.objects.filter(**{column: value}).count()
                response = self.client.get(URL, {name: value})
                assert len(response.context["rows"]) == expected > 0
                self.assertContains(response, f'<option value="{value}" selected>')

    def test_a_plan_is_matched_whole(self) -> None:
        rows = self.client.get(URL, {"plan": "Pro"}).context["rows"]
        plans = [Procedure.objects.get(pk=row.procedure).plans.split("|") for row in rows]
        assert plans
        assert all("Pro" in found for found in plans)
        assert len(rows) < Procedure.objects.filter(plans__contains="Pro").count()

    def test_filters_and_words_work_together_and_survive_paging(self) -> None:
        assert self.names(q="slack", channel="statement") == [
            ("Slack (a Salesforce company)", "Generative AI training")
        ]
        self.assertContains(self.client.get(URL, {"q": "a"}), f'href="{URL}?q=a&amp;page=2"')

    def test_an_unknown_choice_is_ignored(self) -> None:
        response = self.client.get(URL, {"channel": "pigeon"})
        assert response.status_code == 200

    def test_nothing_found_says_what_to_do(self) -> None:
        response = self.client.get(URL, {"q": "no such vendor anywhere"})
        self.assertContains(response, "Nothing matches")
        self.assertContains(response, "Show everything")

    def test_htmx_gets_the_results_alone(self) -> None:
        response = self.client.get(URL, {"q": "zoom"}, headers={"HX-Request": "true"})
        assert b"<html" not in response.content
        assert b'id="count"' in response.content
        assert "HX-Request" in response["Vary"]
        whole = self.client.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
        assert b"<html" in whole.content

    def test_it_reads_in_german(self) -> None:
        response = self.client.get(URL, {"q": "zoom"}, headers={"Accept-Language": "de"})
        assert [row.vendor_name for row in response.context["rows"]] == ["Zoom"] * 3
        assert (
            response.context["rows"][0].title
            == Procedure.objects.get(pk=response.context["rows"][0].procedure).title["de"]
        )

    def test_an_outsider_finds_no_such_page(self) -> None:
        self.client.force_login(self.outsider)
        assert self.client.get(URL).status_code == 404

    def test_only_whoever_works_there_is_offered_to_add(self) -> None:
        self.assertNotContains(self.client.get(URL), "own/new")
        self.client.force_login(self.admin)
        self.assertContains(self.client.get(URL), "own/new")


class FewVendorsTests(PeopleTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def load(self, count: int) -> None:
        load_documents(*(vendor_document(slug=f"vendor-{n:02}", name=f"Vendor {n:02}") for n in range(count)))

    def queries(self, **query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(URL, query)
        assert response.context["rows"]
        return len(queries)

    def test_twice_the_rows_take_the_same_number_of_queries(self) -> None:
        self.load(10)
        self.client.get(URL)  # the first visit notes the session
        few = self.queries(), self.queries(q="vendor"), self.queries(channel="email")
        self.load(20)
        assert (self.queries(), self.queries(q="vendor"), self.queries(channel="email")) == few

    def test_an_empty_catalogue_says_why(self) -> None:
        self.assertContains(self.client.get(URL), "The catalogue is empty")

    def test_what_is_retired_is_hidden(self) -> None:
        load_documents(vendor_document(), vendor_document(slug="gone", name="Gone"))
        load_documents(vendor_document(procedures=[]))
        response = self.client.get(URL)
        assert [(row.vendor_name, row.procedure) for row in response.context["rows"]] == [
            ("Acme (an Example company)", None)
        ]

    def test_freshness_has_three_ages(self) -> None:
        today = self.acme.today()
        ages = {"new": 90, "middle": 180, "old": 181}
        load_documents(*(self.read_on(slug, today - timedelta(days=age)) for slug, age in ages.items()))
        found = {
            choice: [row.vendor_name for row in self.client.get(URL, {"freshness": choice}).context["rows"]]
            for choice in ("fresh", "ageing", "stale")
        }
        assert found == {"fresh": ["new"], "ageing": ["middle"], "stale": ["old"]}
        tones = [row.freshness.tone for row in self.client.get(URL).context["rows"]]
        assert tones == ["warn", "good", "bad"]

    def read_on(self, slug: str, day: date) -> dict[str, Any]:
        return vendor_document(slug=slug, name=slug, **{"sources__terms-2026-01-02__read": day.isoformat()})

    def test_a_letter_with_an_accent_is_found_in_either_case(self) -> None:
        load_documents(vendor_document(name="Ärger GmbH", procedures=[]), vendor_document(slug="other", name="ÉTÉ"))
        assert [row.vendor_name for row in self.client.get(URL, {"q": "ärger"}).context["rows"]] == ["Ärger GmbH"]
        assert [row.vendor_name for row in self.client.get(URL, {"q": "été"}).context["rows"]] == ["ÉTÉ"]
