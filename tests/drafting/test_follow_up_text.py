import dataclasses
import datetime
import re
from itertools import product
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import SimpleTestCase

from requests_app.catalogue.files import procedures_of
from requests_app.catalogue.procedure import Procedure
from requests_app.catalogue.strict_yaml import read_yaml
from requests_app.drafting.authorities import authority_of
from requests_app.drafting.draft import Draft, make_draft
from requests_app.drafting.escalation import escalation_contact
from requests_app.drafting.follow_up_text import KINDS, Facts, follow_up_text
from requests_app.drafting.grounds import GDPR_COUNTRIES
from requests_app.drafting.values import fields_for
from requests_app.drafting.wording import LOCALES

FACTS = Facts(
    reference="OPT-2026-000123",
    sent_on=datetime.date(2026, 10, 1),
    answer_by=datetime.date(2026, 11, 2),
    new_answer_by=datetime.date(2026, 12, 1),
    confirmed_on=datetime.date(2026, 11, 23),
)
ALL = dataclasses.replace(
    FACTS,
    promised_on=datetime.date(2026, 11, 9),
    reminded_on=datetime.date(2026, 11, 20),
)


def vendor_content(slug: str) -> dict[str, Any]:
    return dict(read_yaml(settings.CATALOGUE_DIR / f"{slug}.yaml"))


def sent(locale: str = "en", ground: str = "gdpr_instruction", country: str = "FR", **values: str) -> Draft:
    """Return a request to Slack as it was sent."""
    found = [Procedure(content) for content in map(_content, procedures_of(vendor_content("slack")))]
    procedure = next(one for one in found if ground in one.optout["grounds"])
    known = {field.name: "" for field in fields_for(procedure)} | {
        "organisation_name": "Acme SARL",
        "organisation_country": country,
        "organisation_address": "1 rue des Halles\n75001 Paris",
        "signatory_name": "Jane Doe",
        "signatory_role": "Owner",
        "signatory_email": "jane.doe@example.org",
        "workspace_url": "https://acme.slack.com",
    }
    draft = make_draft(procedure, known | values, locale=locale, day=FACTS.sent_on, ground=ground)
    return dataclasses.replace(draft, recipient_name="")


def _content(entry: Any) -> Any:
    return getattr(entry, "content", entry)


class FollowUpTextTests(SimpleTestCase):
    def test_every_kind_is_worded_in_every_language_on_every_ground(self) -> None:
        seen = set()
        for locale, kind, ground, facts in product(LOCALES, KINDS, ("gdpr_instruction", "vendor_choice"), (FACTS, ALL)):
            subject, body = follow_up_text(kind, sent(locale, ground), facts)
            assert "OPT-2026-000123" in subject, (locale, kind)
            assert "OPT-2026-000123" in body, (locale, kind)
            assert "\n" not in subject
            assert not re.search(r"[{}]|  |\n\n\n| [,.;]", body), (locale, kind, body)
            seen.add(body)
        assert len(seen) >= len(LOCALES) * len(KINDS)

    def test_each_one_is_sharper_than_the_one_before(self) -> None:
        first, second, last = (
            follow_up_text(kind, sent(), ALL)[1] for kind in ("first_follow_up", "second_follow_up", "escalation")
        )
        assert "data protection" not in first
        assert "responsible for data protection and for legal matters" in second
        assert "supervisory authority" not in second
        assert "supervisory authority" in last

    def test_days_are_written_as_the_request_writes_them(self) -> None:
        assert "On 1 October 2026 we sent" in follow_up_text("first_follow_up", sent(), FACTS)[1]
        assert "On October 1, 2026 we sent" in follow_up_text("first_follow_up", sent(country="US"), FACTS)[1]

    def test_a_promise_is_held_against_the_vendor_instead_of_the_deadline(self) -> None:
        body = follow_up_text("first_follow_up", sent(), ALL)[1]
        assert "You told us that we would have your answer by 9 November 2026." in body
        assert "2 November" not in body

    def test_an_escalation_names_the_authority_where_a_source_was_read(self) -> None:
        assert "Commission nationale de l’informatique et des libertés (CNIL) (https://www.cnil.fr/)" in escalation(
            "FR"
        )
        assert "bringing the matter to the competent supervisory authority." in escalation("DE")

    def test_an_escalation_on_another_ground_names_no_authority(self) -> None:
        body = follow_up_text("escalation", sent(ground="vendor_choice"), FACTS)[1]
        assert "authority" not in body
        assert "GDPR" not in body

    def test_an_escalation_repeats_the_request_for_whoever_has_not_seen_it(self) -> None:
        assert follow_up_text("escalation", sent(), FACTS)[1].endswith(sent().body)

    def test_a_value_is_never_read_as_a_template(self) -> None:
        draft = sent(organisation_name="{{ authority }} {% if x %} $& 100%")
        assert "{{ authority }} {% if x %} $& 100%" in follow_up_text("escalation", draft, FACTS)[1]


def escalation(country: str) -> str:
    return follow_up_text("escalation", sent(country=country), FACTS)[1]


class AuthorityTests(SimpleTestCase):
    def test_every_entry_has_a_source_that_was_read_and_a_website(self) -> None:
        table = read_yaml(settings.AUTHORITIES_FILE)
        for country, entry in table.items():
            assert country in GDPR_COUNTRIES, country
            assert datetime.date.fromisoformat(entry["source"]["read"]) <= datetime.date(2026, 11, 24)
            assert re.fullmatch(r"[0-9a-f]{40}", entry["source"]["commit"])
            assert urlsplit(entry["website"]).scheme == "https"

    def test_a_country_without_a_source_has_none(self) -> None:
        assert authority_of("DE") is None
        assert authority_of("US") is None
        assert authority_of("") is None


class EscalationContactTests(SimpleTestCase):
    def test_the_privacy_officer_comes_first(self) -> None:
        contact = escalation_contact(vendor_content("zoom"), "DE")
        assert contact.lines_purpose == "Data Protection Officer"
        assert "Attention: Data Protection Officer" in contact.lines

    def test_europe_is_written_to_in_europe(self) -> None:
        content = {
            "name": "Example (a company)",
            "legal_names": ["Example Inc."],
            "emails": [{"address": "privacy@example.com", "role": "privacy requests"}],
            "addresses": [
                {"purpose": "privacy requests", "lines": ["1 Main Street"]},
                {"purpose": "EU representative", "lines": ["Representative BV", "Singel 1"]},
            ],
        }
        assert escalation_contact(content, "FR").lines == ("Example Inc.", "Representative BV", "Singel 1")
        assert escalation_contact(content, "US").lines == ("Example Inc.", "1 Main Street")
        assert escalation_contact(content, "US").email == "privacy@example.com"

    def test_what_is_for_something_else_is_not_taken(self) -> None:
        content = {
            "name": "Example",
            "emails": [
                {"address": "optout@example.com", "role": "global-model opt-out (Customer Experience team)"},
                {"address": "hello@example.com", "role": "general contact"},
            ],
        }
        contact = escalation_contact(content, "DE")
        assert (contact.email, contact.lines) == ("", ())

    def test_no_vendor_of_the_catalogue_has_an_empty_line(self) -> None:
        for file in settings.CATALOGUE_DIR.glob("*.yaml"):
            contact = escalation_contact(dict(read_yaml(file)), "DE")
            assert all(line.strip() for line in contact.lines), file
            assert not contact.email or "@" in contact.email
