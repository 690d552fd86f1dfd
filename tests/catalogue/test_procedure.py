from datetime import date

from django.test import SimpleTestCase

from requests_app.catalogue.files import procedures_of
from requests_app.catalogue.procedure import Freshness, Procedure
from tests.catalogue.vendors import vendor_document

FACTS = "procedures__0__facts__"


def procedure(**facts: object) -> Procedure:
    return procedures_of(vendor_document(**{FACTS + name: value for name, value in facts.items()}))[0]


def answer_days(amount: int, unit: str, kind: str = "vendor_commitment") -> int:
    return procedure(response_time={"amount": amount, "unit": unit, "kind": kind, "stated_as": "x"}).answer_days


class ProcedureTests(SimpleTestCase):
    def test_it_counts_a_response_time_in_calendar_days(self) -> None:
        assert answer_days(48, "hours") == 2
        assert answer_days(1, "hours") == 1
        assert answer_days(5, "working_days") == 7
        assert answer_days(2, "weeks") == 14
        assert answer_days(1, "months", "legal_deadline") == 30

    def test_the_time_to_take_effect_is_no_time_for_an_answer(self) -> None:
        assert answer_days(7, "days", "time_to_take_effect") == 14
        assert procedure().answer_days == 14

    def test_its_sources_age_after_90_and_180_days(self) -> None:
        found = procedure()
        assert found.verified_on == date(2026, 11, 1)
        assert found.freshness(date(2027, 1, 30)) is Freshness.FRESH
        assert found.freshness(date(2027, 1, 31)) is Freshness.AGEING
        assert found.freshness(date(2027, 5, 1)) is Freshness.STALE
