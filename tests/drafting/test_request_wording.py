import json
import re
from datetime import UTC, date, datetime

from django.conf import settings
from django.test import SimpleTestCase

from requests_app.catalogue.files import all_procedures, find_procedure
from requests_app.drafting.formats import formats_of, is_written
from requests_app.drafting.outputs import render
from requests_app.drafting.wording import LOCALES
from tests.drafting.people import values_for

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def written(name: str, output: str = "text", locale: str = "en", ground: str | None = None, **more: str) -> str:
    procedure = find_procedure(name, settings.CATALOGUE_DIR)
    values = values_for(procedure, output, **more)
    content, _notes = render(procedure, values, output, locale=locale, day=DAY, now=NOW, ground=ground)
    return content.decode()


class RequestWordingTests(SimpleTestCase):
    def test_a_statement_is_asked_for_and_not_carried_out(self) -> None:
        for ground in ("written_confirmation", "gdpr_instruction", "ccpa_limits"):
            with self.subTest(ground=ground):
                text = written("zoom/no-training-statement", ground=ground)
                assert "Please let us have your written answer by 8 December 2026." in text
                assert "that this has been done" not in text
                assert "Subject: Opt-out request" not in text

    def test_an_instruction_under_the_gdpr_says_what_it_does_not_cover(self) -> None:
        assert "do not extend to the use described below" in written(
            "zoom/no-training-statement", ground="gdpr_instruction"
        )
        assert "treat this message as our documented instruction" in written(
            "slack/global-models", ground="gdpr_instruction"
        )

    def test_an_amendment_is_asked_for_where_the_agreement_is_not_clear(self) -> None:
        text = written("anthropic/commercial-contract", ground="contract_amendment")
        assert "where it is not, we ask you to amend it" in text
        assert "or send us the wording that you propose" in text

    def test_a_name_that_ends_in_a_full_stop_does_not_double_it(self) -> None:
        for locale in LOCALES:
            assert "Inc.." not in written("slack/global-models", locale=locale, organisation_name="Example Inc.")

    def test_an_empty_line_of_an_address_leaves_no_gap(self) -> None:
        text = written("slack/global-models", organisation_address="Musterstraße 1\n \n\n10115 Berlin ")
        assert "\nMusterstraße 1, 10115 Berlin\n" in text
        found = json.loads(written("slack/global-models", "json", recipient_address="1 Example Street\n\nDublin"))
        assert found["recipient"]["lines"] == ["Slack Customer Experience team", "1 Example Street", "Dublin"]

    def test_a_sheet_is_for_the_vendors_form_and_not_for_an_instruction(self) -> None:
        for procedure in all_procedures(settings.CATALOGUE_DIR):
            if "sheet" in formats_of(procedure):
                assert is_written(procedure), procedure.name

    def test_a_sheet_names_other_ways_and_what_is_known_of_the_subject(self) -> None:
        assert "About the subject: the case subject must include this text" in written(
            "salesforce/global-models-case", "sheet"
        )
        assert "Auch möglich per: Vertrag" in written("intercom/fin-training", "sheet", "de")
        assert "Également possible par\u00a0: lettre" in written("zoom/privacy-letter", "sheet", "fr")

    def test_french_punctuation_stays_on_the_line_of_its_word(self) -> None:
        for path in (settings.WORDING_DIR / "fr").rglob("*.liquid"):
            with self.subTest(path=path.name):
                words = re.sub(r"{%.*?%}", "", path.read_text(encoding="utf-8"))
                assert not re.search(r"\S [:;?!»]|« ", words)
