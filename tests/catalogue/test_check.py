import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from django.conf import settings
from django.test import SimpleTestCase

from requests_app.catalogue.check import check_document, check_files
from requests_app.catalogue.files import vendor_files
from tests.catalogue.vendors import TEXTS, vendor_document

TODAY = date(2026, 11, 24)
FACTS, OPTOUT = "procedures__0__facts__", "procedures__0__optout__"
COMMAND = {"kind": "shell", "command": "run <root-id>"}


def faults(**changes: Any) -> list[tuple[str, str]]:
    return list(check_document(vendor_document(**changes), TODAY))


class CheckDocumentTests(SimpleTestCase):
    def assert_fault(self, where: str, reason: str, **changes: Any) -> None:
        found = faults(**changes)
        assert any(where in field and reason in text for field, text in found), (where, reason, found)

    def test_it_finds_no_fault_in_a_good_document(self) -> None:
        assert faults() == []

    def test_it_finds_what_the_schema_forbids(self) -> None:
        self.assert_fault("(document)", "unexpected", surprise="x")
        self.assert_fault("procedures.0.facts.channel", "carrier_pigeon", **{FACTS + "channel": "carrier_pigeon"})
        self.assert_fault(
            "procedures.0.facts.settings.0",
            "'value_name' is a required property",
            **{FACTS + "settings": [{"kind": "registry", "path": "x"}]},
        )
        self.assert_fault(
            "procedures.0.facts.settings.0", "Kinds: registry, mdm_csp", **{FACTS + "settings": [{"kind": "magic"}]}
        )
        self.assert_fault("slug", "does not match", slug="Not A Slug")
        self.assert_fault("website", "non-empty", website="")
        self.assert_fault("optout.title", "'fr' is a required property", **{OPTOUT + "title": {"en": "x", "de": "x"}})
        self.assert_fault("sources.terms-2026-01-02", "", sources={"terms-2026-01-02": {"kind": "vendor_page"}})

    def test_it_finds_bad_links(self) -> None:
        for link in ("example.com", "javascript:alert(1)", "https://", "https://exa mple.com", "https://[::1"):
            self.assert_fault("website", "", website=link)
        self.assert_fault("recipient.url", "", **{FACTS + "recipient": {"email": "a@example.com", "url": "mailto:x"}})

    def test_it_finds_bad_addresses(self) -> None:
        self.assert_fault("emails.0.address", "one e-mail address", emails__0__address="a@b.com,x@y.z")
        self.assert_fault("emails.0.address", "", emails__0__address="privacy@exam\u00adple.com")
        self.assert_fault("facts.recipient.email", "", **{FACTS + "recipient": {"email": "not an address"}})
        self.assert_fault("addresses.0.country", "country code", addresses__0__country="XX")
        twice = vendor_document()["addresses"] * 2
        self.assert_fault("addresses.0.purpose", "two addresses", addresses=twice)

    def test_it_accepts_an_international_address(self) -> None:
        recipient = {"email": "datenschutz@günstiger-reisen.de"}
        assert faults(**{FACTS + "recipient": recipient}) == []

    def test_it_ties_every_claim_to_a_source_and_every_source_to_a_claim(self) -> None:
        self.assert_fault("facts.sources.0", "no source called “other”", **{FACTS + "sources": ["other"]})
        change = {"when": "later", "date": None, "what": "x", "source": "other"}
        self.assert_fault("facts.changes.0.source", "no source called", **{FACTS + "changes": [change]})
        self.assert_fault("facts.sources", "", **{FACTS + "sources": []})
        spare = {**vendor_document()["sources"]["terms-2026-01-02"]}
        sources = {**vendor_document()["sources"], "spare": spare}
        self.assert_fault("sources.spare", "no claim names this source", sources=sources)

    def test_it_finds_dates_that_are_none_or_lie_ahead(self) -> None:
        source = "sources__terms-2026-01-02__"
        self.assert_fault("sources.terms-2026-01-02.read", "in the future", **{source + "read": "2026-11-25"})
        self.assert_fault("sources.terms-2026-01-02.date", "no date", **{source + "date": "2026-02-30"})
        self.assert_fault("sources.terms-2026-01-02.date", "in the future", **{source + "date": "2026-12"})
        assert faults(**{FACTS + "effective_from": "2027-01-01"}) == []
        self.assert_fault("facts.effective_from", "no date", **{FACTS + "effective_from": "2027-13-01"})

    def test_it_wants_a_quote_of_a_statement_or_the_reason_why_there_is_none(self) -> None:
        statement = {FACTS + "channel": "statement"}
        self.assert_fault("facts.quote", "short quote", **statement)
        assert faults(**statement, **{OPTOUT + "quote_missing": "Only a paraphrase was found."}) == []
        assert faults(**statement, **{FACTS + "quote": {"text": "We never train.", "read": "2026-11-01"}}) == []

    def test_it_wants_the_address_of_an_email_procedure(self) -> None:
        self.assert_fault("facts.recipient.email", "needs its address", **{FACTS + "recipient": {"name": "x"}})

    def test_it_wants_a_recipient_among_the_sourced_contacts(self) -> None:
        self.assert_fault("optout.recipient.email", "none of", **{OPTOUT + "recipient": {"email": "a@example.net"}})
        self.assert_fault("optout.recipient.address", "none of", **{OPTOUT + "recipient": {"address": "other"}})
        regional = {"address": "privacy requests", "address_by_region": {"EU": "other"}}
        self.assert_fault("optout.recipient.address", "none of", **{OPTOUT + "recipient": regional})

    def test_it_finds_texts_that_would_break_a_header(self) -> None:
        self.assert_fault("facts.recipient.name", "U+000A", **{FACTS + "recipient__name": "a\nBcc: b"})

    def test_it_finds_settings_that_no_file_could_hold(self) -> None:
        setting = {"kind": "api_property", "name": "x", "type": "boolean", "data": "false"}
        self.assert_fault("procedures.0 (training).facts.settings.0.data", "boolean", **{FACTS + "settings": [setting]})

    def test_it_wants_each_channel_once_and_a_way_to_a_form(self) -> None:
        self.assert_fault("also_possible_via", "twice", **{FACTS + "also_possible_via": ["email"]})
        self.assert_fault("facts.recipient.url", "link, or steps", **{FACTS + "channel": "form"})

    def test_it_wants_a_placeholder_in_every_language(self) -> None:
        self.assert_fault("optout.ask.fr", "another language", **{OPTOUT + "ask__fr": "Rien."})

    def test_it_wants_every_placeholder_declared(self) -> None:
        for wording, reason in {
            "{{ unknown }}": "declared nowhere",
            "{{ workspace_url | upcase }}": "filters",
            "{{ workspace_url.x }}": "plain name",
            "{% if workspace_url %}x{% endif %}": "tags",
            "{{ workspace_url": "cannot be read",
        }.items():
            self.assert_fault("optout.ask.en", reason, **{OPTOUT + "ask": {**TEXTS, "en": wording}})

    def test_it_wants_fields_that_can_be_filled(self) -> None:
        own: dict[str, Any] = {"name": "own", "type": "text", "label": TEXTS, "help": TEXTS, "example": "x"}
        for fields, reason in (
            (["no_such_field"], "no shared field"),
            (["workspace_url", "workspace_url"], "declared twice"),
            (["workspace_url", {**own, "name": "signatory_name"}], "declared twice"),
            (["workspace_url", "recipient_name"], "declared twice"),
            (["workspace_url", {**own, "type": "account_id"}], "pattern"),
            (["workspace_url", {**own, "type": "account_id", "pattern": "["}], "pattern"),
            (["workspace_url", {**own, "type": "url"}], "refuse its own example"),
            (["workspace_url", {**own, "type": "choice"}], "choices"),
            ([{"name": "workspace_url", "required": False}], "may be left empty"),
        ):
            self.assert_fault("", reason, **{OPTOUT + "fields": fields})

    def test_it_wants_every_placeholder_of_a_command_filled(self) -> None:
        self.assert_fault("optout.settings_placeholders", "filled by no field", **{FACTS + "settings": [COMMAND]})
        wrong = {"<root-id>": "nobody", "<name>": "workspace_url"}
        changes = {FACTS + "settings": [COMMAND], OPTOUT + "settings_placeholders": wrong}
        self.assert_fault("<root-id>", "declared nowhere", **changes)
        self.assert_fault("<name>", "stands in no command", **changes)

    def test_it_wants_a_ground_that_always_applies(self) -> None:
        self.assert_fault("optout.grounds", "always", **{OPTOUT + "grounds": ["gdpr_instruction", "ccpa_limits"]})

    def test_it_finds_slugs_that_collide(self) -> None:
        twice = vendor_document()["procedures"] * 2
        self.assert_fault("procedures", "slug of 2 procedures", procedures=twice)
        self.assert_fault("retired.training", "cannot be in use", retired={"training": "training"})
        self.assert_fault("retired.old", "no procedure of this file", retired={"old": "gone"})


class CheckFilesTests(SimpleTestCase):
    def test_it_names_file_field_and_reason(self) -> None:
        with TemporaryDirectory() as folder:
            good, misnamed, twice, broken = (
                Path(folder) / name for name in ("acme.yaml", "b.yaml", "c.yaml", "d.yaml")
            )
            good.write_text(yaml.safe_dump(vendor_document()))
            misnamed.write_text(json.dumps(vendor_document(slug="other")))
            twice.write_text(json.dumps(vendor_document()))
            broken.write_text("- a list")
            found = [str(fault) for fault in check_files([good, misnamed, twice, broken], TODAY)]
        assert "b.yaml: slug: the file must be called other.yaml" in found
        assert "c.yaml: slug: “acme” is the slug of acme.yaml too" in found
        assert any(line.startswith("d.yaml: (file): one vendor is expected") for line in found)
        assert not any(line.startswith("acme.yaml") for line in found)

    def test_it_says_which_file_is_not_there(self) -> None:
        assert "No such file" in str(check_files([Path("/nowhere/x.yaml")], TODAY)[0])

    def test_the_shipped_catalogue_has_no_fault(self) -> None:
        files = vendor_files(settings.CATALOGUE_DIR)
        assert len(files) >= 57
        assert [str(fault) for fault in check_files(files, TODAY)] == []
