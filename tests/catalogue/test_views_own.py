import json
from typing import Any
from urllib.parse import urlencode

from django.db import DatabaseError, connection, transaction
from django.http import QueryDict

from requests_app.catalogue.own import ChangedMeanwhile
from requests_app.catalogue.procedure_editor import ProcedureEditor
from requests_app.models import Action, Event, EventStream, Procedure, ProcedureVersion, Vendor
from tests.catalogue.html import empty_labels
from tests.catalogue.loading import load_documents
from tests.catalogue.vendors import vendor_document
from tests.people import PeopleTestCase

URL = "/o/acme/catalogue/"
VENDOR = {
    "name": "Acme Plus",
    "website": "https://plus.example.com",
    "legal_names": "Acme Plus Inc.\r\n\r\nAcme Plus Ltd.",
    "note": "",
    "edition": "",
    "addresses-TOTAL_FORMS": "1",
    "addresses-INITIAL_FORMS": "0",
    "addresses-0-purpose": "privacy requests",
    "addresses-0-lines": "1 Example Street\r\nSpringfield, CA 90000",
    "addresses-0-country": "US",
    "addresses-0-source_kind": "own_document",
    "addresses-0-source_title": "Contract of 2025",
    "addresses-0-source_read": "2026-11-01",
    "emails-TOTAL_FORMS": "1",
    "emails-INITIAL_FORMS": "0",
    "emails-0-address": "privacy@example.com",
    "emails-0-role": "privacy requests",
    "emails-0-source_kind": "vendor_page",
    "emails-0-source_url": "https://plus.example.com/privacy",
    "emails-0-source_date": "2026-05",
    "emails-0-source_read": "2026-11-01",
}
PROCEDURE = {
    "title_en": "Model training",
    "product": "Acme Plus",
    "data_use": "Training of models",
    "default_state": "opted_in_by_default",
    "confidence": "high",
    "channel": "email",
    "who_may_submit": "workspace owner",
    "scope_unit": "account",
    "recipient_email": "privacy@example.com",
    "recipient_address": "privacy requests",
    "steps": "Write\r\nWait",
    "retroactive": "no",
    "fields_asked": ["account_name"],
    "ask_en": "Please exclude {{ account_name }}.",
    "grounds": ["vendor_choice"],
    "follow_up_days": "14",
    "edition": "0",
    "sources-TOTAL_FORMS": "1",
    "sources-INITIAL_FORMS": "0",
    "sources-0-source_kind": "vendor_page",
    "sources-0-source_url": "https://plus.example.com/terms",
    "sources-0-source_date": "2026-01-02",
    "sources-0-source_read": "2026-11-01",
}


class OwnCase(PeopleTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def add_vendor(self, **changes: str) -> Vendor:
        response = self.client.post(f"{URL}own/new/", {**VENDOR, **changes})
        assert response.status_code == 302, self.errors(response)
        return Vendor.objects.get(pk=response["Location"].rstrip("/").rpartition("/")[2])

    def add_procedure(self, vendor: Vendor, **changes: Any) -> Procedure:
        response = self.client.post(f"{URL}own/{vendor.pk}/new/", {**PROCEDURE, **changes})
        assert response.status_code == 302, self.errors(response)
        return Procedure.objects.get(pk=response["Location"].rstrip("/").rpartition("/")[2])

    def errors(self, response: Any) -> dict[str, Any]:
        """Return what the page shows as errors, by the name of the field."""
        editor = response.context["editor"]
        found = {name: list(texts) for name, texts in editor.form.errors.items()}
        for formset in editor.formsets.values():
            for form in formset:
                found.update({form.add_prefix(name): list(texts) for name, texts in form.errors.items()})
        return found

    def actions(self) -> list[str]:
        stream = EventStream.of_organisation(self.acme)
        return list(Event.objects.filter(stream=stream).values_list("action", flat=True))

    def typed(self, path: str) -> dict[str, Any]:
        """Return what the form at this address would send if nobody changed anything."""
        editor = self.client.get(path).context["editor"]
        parts = [editor.form, *(form for formset in editor.formsets.values() for form in formset)]
        parts += [formset.management_form for formset in editor.formsets.values()]
        fields = {form.add_prefix(name): form[name].value() for form in parts for name in form.fields}
        return {name: "" if value is None else value for name, value in fields.items() if value is not False}


class OwnVendorTests(OwnCase):
    def test_it_is_added_with_its_event(self) -> None:
        vendor = self.add_vendor()
        assert (vendor.organisation, vendor.slug, vendor.name) == (self.acme, "acme-plus", "Acme Plus")
        assert vendor.content["legal_names"] == ["Acme Plus Inc.", "Acme Plus Ltd."]
        assert vendor.content["sources"]["emails-0"]["date"] == "2026-05"
        assert self.actions() == [Action.VENDOR_ADDED]
        event = Event.objects.get()
        assert event.actor == f"user:{self.admin.pk}"
        assert event.detail == {"vendor": "acme-plus", "content_hash": vendor.content_hash}

    def test_it_is_marked_and_seen_by_nobody_else(self) -> None:
        vendor = self.add_vendor()
        procedure = self.add_procedure(vendor)
        self.assertContains(self.client.get(URL), "Only yours")
        assert empty_labels(self.client.get(f"{URL}{vendor.pk}/").content.decode()) == []
        assert empty_labels(self.client.get(f"{URL}procedures/{procedure.pk}/").content.decode()) == []
        self.client.force_login(self.outsider)
        other = "/o/other/catalogue/"
        self.assertNotContains(self.client.get(other), "Acme Plus")
        for path in (f"{vendor.pk}/", f"procedures/{procedure.pk}/", f"procedures/{procedure.pk}/changes/"):
            assert self.client.get(other + path).status_code == 404
        for path in (f"own/{vendor.pk}/", f"own/{vendor.pk}/new/", f"own/procedures/{procedure.pk}/"):
            assert self.client.get(other + path).status_code == 404
            assert self.client.post(other + path, VENDOR).status_code == 404
        assert self.client.post(f"{other}own/procedures/{procedure.pk}/retire/").status_code == 404

    def test_an_auditor_reads_and_adds_nothing(self) -> None:
        vendor = self.add_vendor()
        procedure = self.add_procedure(vendor)
        self.client.force_login(self.auditor)
        assert self.client.get(f"{URL}{vendor.pk}/").status_code == 200
        for path in ("own/new/", f"own/{vendor.pk}/", f"own/{vendor.pk}/new/", f"own/procedures/{procedure.pk}/"):
            assert self.client.get(URL + path).status_code == 403
            assert self.client.post(URL + path, VENDOR).status_code == 403
        assert self.client.post(f"{URL}own/procedures/{procedure.pk}/retire/").status_code == 403

    def test_a_shared_vendor_is_nobodys_own(self) -> None:
        load_documents(vendor_document())
        shared = Vendor.objects.get()
        for path in (f"own/{shared.pk}/", f"own/{shared.pk}/new/", f"own/procedures/{shared.procedures.get().pk}/"):
            assert self.client.get(URL + path).status_code == 404

    def test_its_slug_may_be_that_of_a_shared_one_but_not_of_another_own(self) -> None:
        load_documents(vendor_document(slug="acme-plus"))
        assert [self.add_vendor().slug, self.add_vendor().slug] == ["acme-plus", "acme-plus-2"]

    def test_no_load_of_the_catalogue_touches_it(self) -> None:
        vendor = self.add_vendor()
        procedure = self.add_procedure(vendor)
        before = (vendor.content, ProcedureVersion.objects.get().content_hash)
        load_documents(vendor_document(slug="acme-plus", name="Shared"))
        load_documents(vendor_document())
        vendor.refresh_from_db()
        procedure.refresh_from_db()
        assert (vendor.content, procedure.versions.get().content_hash) == before
        assert (vendor.retired_at, procedure.retired_at, vendor.name) == (None, None, "Acme Plus")

    def test_faults_of_the_catalogues_rules_stand_at_their_fields(self) -> None:
        faults = {
            "website": "javascript:alert(1)",
            "addresses-0-lines": "one line",
            "emails-0-address": "no address",
            "emails-0-source_url": "plus.example.com",
            "emails-0-source_date": "2026-13",
            "addresses-0-source_read": "2999-01-01",
        }
        for name, value in faults.items():
            with self.subTest(name):
                response = self.client.post(f"{URL}own/new/", {**VENDOR, name: value})
                assert response.status_code == 422
                assert list(self.errors(response)) == [name]
                self.assertContains(response, value.replace("'", "&#x27;"), status_code=422)
        assert not Vendor.objects.exists()

    def test_a_contact_without_a_source_is_refused(self) -> None:
        response = self.client.post(f"{URL}own/new/", {**VENDOR, "emails-0-source_url": ""})
        assert self.errors(response) == {"emails-0-source_url": ["Give the link, or name the document."]}

    def test_saving_without_a_change_writes_nothing(self) -> None:
        vendor = self.add_vendor()
        path = f"{URL}own/{vendor.pk}/"
        assert self.client.post(path, self.typed(path)).status_code == 302
        assert self.actions() == [Action.VENDOR_ADDED]

    def test_a_new_address_makes_new_versions_of_the_procedures_that_use_it(self) -> None:
        vendor = self.add_vendor()
        procedure = self.add_procedure(vendor)
        path = f"{URL}own/{vendor.pk}/"
        typed = {**self.typed(path), "addresses-0-lines": "2 Example Street\nSpringfield"}
        assert self.client.post(path, typed).status_code == 302
        assert procedure.versions.count() == 2
        latest = procedure.versions.latest("number")
        assert latest.content["recipient"]["lines"] == ["Acme Plus Inc.", "2 Example Street", "Springfield"]
        assert self.actions()[2:] == [Action.VENDOR_CHANGED, Action.PROCEDURE_CHANGED]

    def test_an_address_in_use_cannot_be_removed(self) -> None:
        vendor = self.add_vendor()
        self.add_procedure(vendor)
        path = f"{URL}own/{vendor.pk}/"
        response = self.client.post(path, {**self.typed(path), "addresses-0-DELETE": "on"})
        assert "is the purpose of none of this vendor's addresses" in str(self.errors(response))

    def test_a_contact_can_be_removed(self) -> None:
        vendor = self.add_vendor()
        path = f"{URL}own/{vendor.pk}/"
        self.client.post(path, {**self.typed(path), "emails-0-DELETE": "on"})
        vendor.refresh_from_db()
        assert vendor.content["emails"] == []

    def test_who_comes_second_is_told_and_loses_nothing(self) -> None:
        vendor = self.add_vendor()
        path = f"{URL}own/{vendor.pk}/"
        mine, theirs = ({**self.typed(path), "note": note} for note in ("mine", "theirs"))
        self.client.post(path, theirs)
        response = self.client.post(path, mine)
        self.assertContains(response, "Somebody else changed this meanwhile", status_code=422)
        self.assertContains(response, "mine", status_code=422)
        again = {**mine, "edition": response.context["editor"].form["edition"].value()}
        assert self.client.post(path, again).status_code == 302
        vendor.refresh_from_db()
        assert vendor.content["note"] == "mine"


class OwnProcedureTests(OwnCase):
    def setUp(self) -> None:
        super().setUp()
        self.vendor = self.add_vendor()
        self.path = f"{URL}own/{self.vendor.pk}/new/"

    def test_it_is_added_as_a_first_version_with_its_event(self) -> None:
        procedure = self.add_procedure(self.vendor)
        assert (str(procedure), procedure.channel, procedure.submitter) == (
            "acme-plus/model-training",
            "email",
            "owner",
        )
        content = procedure.versions.get().content
        assert content["facts"]["steps"] == ["Write", "Wait"]
        assert content["facts"]["sources"][0]["url"] == "https://plus.example.com/terms"
        assert content["optout"]["fields"][0]["name"] == "account_name"
        assert self.actions() == [Action.VENDOR_ADDED, Action.PROCEDURE_ADDED]
        digest = procedure.versions.get().content_hash
        event = Event.objects.get(action=Action.PROCEDURE_ADDED)
        assert event.detail == {"procedure": "acme-plus/model-training", "version": 1, "content_hash": digest}

    def test_english_stands_in_for_a_language_that_was_left_empty(self) -> None:
        procedure = self.add_procedure(self.vendor, title_fr="Entraînement")
        title = procedure.versions.get().content["optout"]["title"]
        assert title == {"en": "Model training", "de": "Model training", "fr": "Entraînement"}
        typed = self.typed(f"{URL}own/procedures/{procedure.pk}/")
        assert (typed["title_de"], typed["title_fr"]) == ("", "Entraînement")

    def test_editing_makes_a_new_version_and_keeps_the_old(self) -> None:
        procedure = self.add_procedure(self.vendor)
        path = f"{URL}own/procedures/{procedure.pk}/"
        response = self.client.post(path, {**self.typed(path), "product": "Acme Plus 2", "title_en": "Renamed"})
        self.assertRedirects(response, f"{URL}procedures/{procedure.pk}/")
        procedure.refresh_from_db()
        assert (procedure.slug, procedure.product) == ("model-training", "Acme Plus 2")
        products = procedure.versions.order_by("number").values_list("content__facts__product", flat=True)
        assert list(products) == ["Acme Plus", "Acme Plus 2"]
        assert self.actions()[-1] == Action.PROCEDURE_CHANGED

    def test_saving_without_a_change_makes_no_version(self) -> None:
        full = {
            "quote": "We train.",
            "quote_read": "2026-11-01",
            "subject_line": "Opt out",
            "caveats": "None",
            "confirmation": "A reply",
            "effect": "None",
            "recipient_name": "Privacy",
            "recipient_url": "https://plus.example.com/form",
        }
        procedure = self.add_procedure(self.vendor, **full)
        path = f"{URL}own/procedures/{procedure.pk}/"
        assert self.client.post(path, self.typed(path)).status_code == 302
        assert procedure.versions.count() == 1
        assert self.actions()[-1] == Action.PROCEDURE_ADDED

    def test_faults_stand_at_their_fields(self) -> None:
        faults: dict[str, Any] = {
            "recipient_email": "",
            "recipient_url": "javascript:alert(1)",
            "title_en": "",
            "ask_en": "Please exclude {{ nobody }}.",
            "ask_de": "{% if x %}{% endif %}",
            "ask_fr": "{{ account_name | upcase }}",
            "fields_asked": [],
            "grounds": ["gdpr_instruction"],
            "follow_up_days": "0",
            "sources-0-source_url": "",
            "sources-0-source_read": "2999-01-01",
        }
        for name, value in faults.items():
            with self.subTest(name):
                response = self.client.post(self.path, {**PROCEDURE, name: value})
                assert response.status_code == 422
                assert list(self.errors(response)) == ["ask_en" if name == "fields_asked" else name]
        assert not Procedure.objects.exists()

    def test_a_source_is_needed(self) -> None:
        nothing = {"sources-0-source_url": "", "sources-0-source_date": ""}
        today = {"sources-0-source_read": self.acme.today().isoformat()}  # as the form proposes it
        response = self.client.post(self.path, {**PROCEDURE, **nothing, **today})
        assert self.errors(response) == {"sources-0-source_url": ["Name at least one source."]}

    def test_a_statement_needs_its_quote_and_the_day(self) -> None:
        response = self.client.post(self.path, {**PROCEDURE, "channel": "statement"})
        assert list(self.errors(response)) == ["quote"]
        response = self.client.post(self.path, {**PROCEDURE, "channel": "statement", "quote": "We do not."})
        assert list(self.errors(response)) == ["quote_read"]

    def test_two_of_the_same_name_have_two_slugs(self) -> None:
        slugs = [self.add_procedure(self.vendor).slug, self.add_procedure(self.vendor).slug]
        assert slugs == ["model-training", "model-training-2"]

    def test_who_comes_second_is_told(self) -> None:
        procedure = self.add_procedure(self.vendor)
        path = f"{URL}own/procedures/{procedure.pk}/"
        mine, theirs = ({**self.typed(path), "product": product} for product in ("mine", "theirs"))
        self.client.post(path, theirs)
        response = self.client.post(path, mine)
        self.assertContains(response, "Somebody else changed this meanwhile", status_code=422)
        again = {**mine, "edition": response.context["editor"].form["edition"].value()}
        assert self.client.post(path, again).status_code == 302
        assert procedure.versions.count() == 3

    def test_an_address_that_somebody_removed_meanwhile_is_no_error(self) -> None:
        editor = ProcedureEditor(
            self.membership(self.admin), self.vendor, None, QueryDict(urlencode(PROCEDURE, doseq=True))
        )
        assert editor.is_valid()
        Vendor.objects.update(content={**self.vendor.content, "addresses": []})
        with self.assertRaises(ChangedMeanwhile):
            editor.save()

    def test_it_can_be_retired_once_and_brought_back(self) -> None:
        procedure = self.add_procedure(self.vendor)
        for _ in range(2):
            self.assertRedirects(
                self.client.post(f"{URL}own/procedures/{procedure.pk}/retire/"), f"{URL}procedures/{procedure.pk}/"
            )
        assert self.actions()[2:] == [Action.PROCEDURE_RETIRED]
        assert self.client.get(URL).context["rows"][0].procedure is None
        path = f"{URL}own/procedures/{procedure.pk}/"
        assert self.client.post(path, self.typed(path)).status_code == 302
        procedure.refresh_from_db()
        assert procedure.retired_at is None

    def test_the_database_refuses_to_change_its_version(self) -> None:
        self.add_procedure(self.vendor)
        with self.assertRaises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE requests_app_procedureversion SET content = %s", [json.dumps({})])


HOSTILE = "<script>alert(1)</script> {{ account_name }} {% now %} \" ' $& &amp;"


class HostileTextTests(OwnCase):
    def test_text_is_shown_as_typed_and_never_as_html(self) -> None:
        vendor = self.add_vendor(name=HOSTILE[:190], note=HOSTILE, legal_names=HOSTILE)
        words = dict.fromkeys(("title_de", "product", "data_use", "who_may_submit", "steps", "caveats"), HOSTILE)
        procedure = self.add_procedure(vendor, title_en=HOSTILE, subject_line=HOSTILE, **words)
        edit = f"{URL}own/procedures/{procedure.pk}/"
        self.client.post(edit, {**self.typed(edit), "product": f"{HOSTILE} changed"})
        paths = ["", f"{vendor.pk}/", f"procedures/{procedure.pk}/", f"procedures/{procedure.pk}/changes/"]
        paths += [f"own/{vendor.pk}/", f"own/procedures/{procedure.pk}/"]
        for path in paths:
            with self.subTest(path):
                page = self.client.get(URL + path).content.decode()
                assert "<script>alert" not in page
                assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ account_name }} {% now %}" in page
                assert empty_labels(page) == []

    def test_a_turned_direction_is_refused_and_shown_as_typed(self) -> None:
        response = self.client.post(f"{URL}own/new/", {**VENDOR, "name": "Acme \u202egnp.exe"})
        assert list(self.errors(response)) == ["name"]
        self.assertContains(response, "Acme \u202egnp.exe", status_code=422)

    def test_a_link_that_got_past_the_check_is_shown_as_text(self) -> None:
        vendor = self.add_vendor()
        Vendor.objects.filter(pk=vendor.pk).update(website="javascript:alert(1)")
        vendor.content["website"] = vendor.content["sources"]["emails-0"]["url"] = "javascript:alert(1)"
        Vendor.objects.filter(pk=vendor.pk).update(content=vendor.content)
        page = self.client.get(f"{URL}{vendor.pk}/").content.decode()
        assert page.count("javascript:alert(1)") == 2
        assert 'href="javascript' not in page
