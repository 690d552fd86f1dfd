from datetime import date

from django.test import SimpleTestCase

from requests_app.catalogue.files import procedures_of
from requests_app.catalogue.procedure import AnswerTime, Freshness, Procedure
from tests.catalogue.vendors import vendor_document

FACTS = "procedures__0__facts__"


def procedure(**facts: object) -> Procedure:
    return procedures_of(vendor_document(**{FACTS + name: value for name, value in facts.items()}))[0]


def answer_time(amount: int, unit: str, kind: str = "vendor_commitment") -> AnswerTime:
    return procedure(response_time={"amount": amount, "unit": unit, "kind": kind, "stated_as": "x"}).answer_time


class ProcedureTests(SimpleTestCase):
    def test_the_time_for_an_answer_is_the_vendors_own(self) -> None:
        assert answer_time(5, "working_days") == AnswerTime(5, "working_days", "x")
        assert answer_time(1, "months", "legal_deadline") == AnswerTime(1, "months", "x")

    def test_the_time_to_take_effect_is_no_time_for_an_answer(self) -> None:
        assert answer_time(7, "days", "time_to_take_effect") == AnswerTime(14, "days")
        assert procedure().answer_time == AnswerTime(14, "days")

    def test_its_sources_age_after_90_and_180_days(self) -> None:
        found = procedure()
        assert found.verified_on == date(2026, 11, 1)
        assert found.freshness(date(2027, 1, 30)) is Freshness.FRESH
        assert found.freshness(date(2027, 1, 31)) is Freshness.AGEING
        assert found.freshness(date(2027, 5, 1)) is Freshness.STALE
