from typing import Any

from requests_app.models import Procedure, Vendor
from tests.catalogue.loading import load_documents
from tests.catalogue.vendors import vendor_document
from tests.people import PeopleTestCase

CHANGE = {"when": "2025", "date": "2025", "what": "Terms reworded", "source": "terms-2026-01-02"}


class VendorAndProcedurePageTests(PeopleTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.auditor)

    def load(self, **changes: Any) -> Procedure:
        load_documents(vendor_document(**changes))
        return Procedure.objects.get(slug=changes.get("procedures__0__slug", "training"))

    def url(self, procedure: Procedure, tail: str = "") -> str:
        return f"/o/acme/catalogue/procedures/{procedure.pk}/{tail}"

    def test_contacts_stand_with_purpose_source_and_date(self) -> None:
        response = self.client.get(f"/o/acme/catalogue/{self.load().vendor_id}/")
        for text in ("Acme Inc.", "1 Example Street", "privacy@example.com", "privacy requests", "2026-01-02"):
            self.assertContains(response, text)
        self.assertContains(
            response,
            '<a href="https://acme.example.com/terms" rel="noreferrer noopener"><bdi>https://acme.example.com/terms</bdi></a>',
            html=True,
        )

    def test_undated_changes_come_last_and_the_same_change_stands_once(self) -> None:
        changes = [
            {**CHANGE, "when": "some day", "date": None, "what": "Undated"},
            CHANGE,
            {**CHANGE, "when": "2025-06", "date": "2025-06", "what": "Newer"},
        ]
        document = vendor_document(procedures__0__facts__changes=changes)
        document["procedures"].append({**document["procedures"][0], "slug": "second"})
        load_documents(document)
        shown = self.client.get(f"/o/acme/catalogue/{Vendor.objects.get().pk}/").context["changes"]
        assert [change.what for change in shown] == ["Newer", "Terms reworded", "Undated"]
        assert len(shown[0].procedures) == 2

    def test_a_retired_procedure_leads_to_its_successor(self) -> None:
        old = self.load()
        new = self.load(procedures__0__slug="model-training", retired={"training": "model-training"})
        self.assertRedirects(self.client.get(self.url(old)), self.url(new))

    def test_an_old_version_of_a_retired_procedure_can_still_be_read(self) -> None:
        old = self.load()
        self.load(procedures__0__slug="model-training", retired={"training": "model-training"})
        self.assertContains(self.client.get(self.url(old, "?version=1")), "no longer in the catalogue")

    def test_a_retired_one_without_successor_says_so_and_offers_no_request(self) -> None:
        old = self.load()
        load_documents(vendor_document(procedures=[]))
        self.client.force_login(self.admin)
        response = self.client.get(self.url(old))
        self.assertContains(response, "no longer in the catalogue")
        self.assertNotContains(response, "Start a request")

    def test_an_older_version_says_that_it_is_one(self) -> None:
        self.load()
        procedure = self.load(procedures__0__facts__product="Acme Cloud 2")
        response = self.client.get(self.url(procedure, "?version=1"))
        self.assertContains(response, "This is version 1; the catalogue now has version 2.")
        self.assertContains(response, "<bdi>Acme Cloud</bdi>", html=True)
        for number in ("3", "x", ""):
            assert self.client.get(self.url(procedure, f"?version={number}")).status_code == 404

    def test_changes_compare_the_last_two_versions(self) -> None:
        self.load()
        procedure = self.load(procedures__0__facts__product="Acme Cloud Plus", procedures__0__facts__caveats=["One"])
        response = self.client.get(self.url(procedure, "changes/"))
        self.assertContains(response, "Acme Cloud<ins> Plus</ins>")
        self.assertContains(response, "<ins>One</ins>")
        self.assertContains(response, "facts.product")

    def test_any_two_versions_can_be_compared(self) -> None:
        self.load()
        self.load(procedures__0__facts__product="Two")
        procedure = self.load(procedures__0__facts__product="Three")
        response = self.client.get(self.url(procedure, "changes/?before=1&after=3"))
        self.assertContains(response, "<del>Acme Cloud</del>")
        self.assertContains(
            self.client.get(self.url(procedure, "changes/?before=2&after=2")), "These two say the same."
        )
        assert self.client.get(self.url(procedure, "changes/?before=1&after=9")).status_code == 404

    def test_one_version_says_so(self) -> None:
        self.assertContains(self.client.get(self.url(self.load(), "changes/")), "There is one version only")

    def test_an_auditor_is_offered_nothing_to_do(self) -> None:
        procedure = self.load()
        for path in (self.url(procedure), f"/o/acme/catalogue/{procedure.vendor_id}/"):
            self.assertNotContains(self.client.get(path), "oo-actions")

    def test_what_is_not_there_is_not_found(self) -> None:
        procedure = self.load()
        for path in ("999999/", "procedures/999999/", "procedures/999999/changes/"):
            assert self.client.get(f"/o/acme/catalogue/{path}").status_code == 404
        self.client.force_login(self.outsider)
        assert self.client.get(self.url(procedure)).status_code == 404
