from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from requests_app.drafting.gaps import State
from requests_app.models import Organisation, Outcome, Procedure, Status, Workspace
from requests_app.tracking.coverage import counts, gaps_of_workspace, pairs
from tests.people import PeopleTestCase
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace

KINDS = [("email", "opted_in_by_default"), ("statement", "unknown"), ("form", "no_opt_out_available")]
STANDINGS = [
    *((status, "") for status in Status if status is not Status.CLOSED),
    *((Status.CLOSED, outcome) for outcome in Outcome),
]


class SameAnswerTests(TestCase):
    """The database and gaps.py say the same about any history."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(kind=st.sampled_from(KINDS), history=st.lists(st.sampled_from(STANDINGS), max_size=4))
    def test_they_agree(self, kind: tuple[str, str], history: list[tuple[Status, str]]) -> None:
        organisation = Organisation.objects.create(name="Acme GmbH", slug="acme")
        vendor = make_vendor()
        procedure = make_procedure(vendor, channel=kind[0], default_state=kind[1])
        workspace = make_workspace(organisation, vendor)
        other = make_workspace(organisation, vendor, "Other")
        for status, outcome in history:
            make_request(workspace, procedure, status=status, outcome=outcome)
        asked = dict(pairs(organisation).values_list("workspace_pk", "state"))
        assert asked[workspace.pk] == gaps_of_workspace(workspace)[0].state
        assert asked[other.pk] == gaps_of_workspace(other)[0].state


class PairsTests(PeopleTestCase):
    vendor_procedure: Procedure
    main: Workspace

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        vendor = make_vendor()
        cls.vendor_procedure = make_procedure(vendor)
        make_procedure(vendor, "gone", retired_at=timezone.now())
        cls.main = make_workspace(cls.acme, vendor)
        make_workspace(cls.acme, vendor, "Retired", retired_at=timezone.now())
        make_workspace(cls.other, vendor, "Not ours")

    def test_they_leave_out_what_is_retired_and_what_is_not_ours(self) -> None:
        rows = pairs(self.acme).values_list("workspace_pk", "pk", "state")
        assert list(rows) == [(self.main.pk, self.vendor_procedure.pk, State.OPEN)]

    def test_another_organisations_own_procedures_are_not_ours(self) -> None:
        private = make_vendor("private", organisation=self.other)
        make_procedure(private)
        make_workspace(self.acme, private)
        assert pairs(self.acme).count() == 1

    def test_a_request_of_one_workspace_says_nothing_about_another(self) -> None:
        second = make_workspace(self.acme, self.main.vendor, "Second")
        make_request(self.main, self.vendor_procedure, status=Status.SUBMITTED)
        found = counts(self.acme, [self.main.pk, second.pk])
        assert found == {self.main.pk: {"in_progress": 1}, second.pk: {"open": 1}}

    def test_open_ones_come_first(self) -> None:
        make_request(self.main, self.vendor_procedure, status=Status.CLOSED, outcome=Outcome.CONFIRMED)
        make_procedure(self.main.vendor, "z-open")
        assert [gap.state for gap in gaps_of_workspace(self.main)] == [State.OPEN, State.DONE]
