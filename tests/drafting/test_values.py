from django.conf import settings
from django.test import SimpleTestCase
from django.utils import translation

from requests_app.catalogue.files import find_procedure
from requests_app.catalogue.procedure import Procedure, build_snapshot
from requests_app.drafting.values import ValuesRefused, check_values
from tests.catalogue.vendors import vendor_document
from tests.drafting.people import SENDER


def procedure(**changes: object) -> Procedure:
    document = vendor_document(**changes)
    return Procedure(build_snapshot(document, document["procedures"][0]))


class CheckValuesTests(SimpleTestCase):
    def problems(self, given: dict[str, str], output: str = "text", **changes: object) -> dict[str, str]:
        with self.assertRaises(ValuesRefused) as refused:
            check_values(procedure(**changes), given, output)
        return {problem.field: problem.message for problem in refused.exception.problems}

    def test_it_names_every_missing_field_with_help_and_example(self) -> None:
        problems = self.problems({})
        assert set(problems) == {"workspace_url", *SENDER}
        assert "https://example.slack.com" in problems["workspace_url"]

    def test_it_names_missing_wrong_and_unknown_fields_together(self) -> None:
        given = {**SENDER, "workspace_url": "acme", "signatory_email": "a@b.com,x@y.z", "colour": "red"}
        del given["signatory_name"]
        assert set(self.problems(given)) == {"workspace_url", "signatory_email", "signatory_name", "colour"}

    def test_it_refuses_line_breaks_and_nul_in_a_one_line_value(self) -> None:
        for name in SENDER:
            for bad in ("a\rb", "a\nb", "a\x00b", "a\x0bb", "a\x0cb", "a\x85b", "a\u2028b"):
                if name == "organisation_address" and bad == "a\nb":
                    continue
                problems = self.problems({**SENDER, "workspace_url": "https://acme.example.com", name: bad})
                assert set(problems) == {name}, (name, bad)

    def test_a_settings_file_needs_no_sender(self) -> None:
        values = check_values(procedure(), {"workspace_url": "https://acme.example.com"}, "settings")
        assert values["organisation_name"] == ""

    def test_it_asks_for_a_recipient_only_where_the_catalogue_knows_none(self) -> None:
        given = {**SENDER, "workspace_url": "https://acme.example.com"}
        assert check_values(procedure(), given, "eml")
        nobody = {"procedures__0__facts__channel": "statement", "procedures__0__optout__recipient": {}}
        nobody["procedures__0__facts__recipient"] = {}
        assert set(self.problems(given, "eml", **nobody)) == {"recipient_email"}
        assert set(self.problems(given, "pdf", **nobody)) == {"recipient_address"}

    def test_it_speaks_the_language_of_the_interface(self) -> None:
        with translation.override("de"):
            assert "Die Adresse, unter der" in self.problems(SENDER)["workspace_url"]


class FixedNamesTests(SimpleTestCase):
    def test_fixed_names_ask_for_what_others_rely_on(self) -> None:
        fixed = {
            "slack/global-models": ["workspace_url"],
            "microsoft/office-optional-experiences": ["tenant_id"],
            "zoom/no-training-statement": ["account_number"],
        }
        for name, fields in fixed.items():
            found = find_procedure(name, settings.CATALOGUE_DIR)
            assert [field.name for field in found.fields] == fields
