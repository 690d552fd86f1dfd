from django.test import SimpleTestCase

from requests_app.drafting.gaps import State, gaps_of, last_that_counts, state_of
from requests_app.models import OptOutRequest, Outcome, Procedure, Status

OPTED_IN = Procedure(pk=1, channel="email", default_state="opted_in_by_default")
STATEMENT = Procedure(pk=2, channel="statement", default_state="opted_out_by_default")
NO_OPT_OUT = Procedure(pk=3, channel="admin_setting", default_state="no_opt_out_available")


def request(status: Status, outcome: str = "", pk: int = 1, procedure: Procedure = OPTED_IN) -> OptOutRequest:
    return OptOutRequest(pk=pk, procedure=procedure, status=status, outcome=outcome)


def closed(outcome: Outcome, pk: int = 1) -> OptOutRequest:
    return request(Status.CLOSED, outcome, pk)


class StateTests(SimpleTestCase):
    def test_the_table(self) -> None:
        table = [
            # procedure, last request, where the opt-out stands
            (OPTED_IN, None, State.OPEN),
            (OPTED_IN, request(Status.DRAFT), State.IN_PROGRESS),
            (OPTED_IN, request(Status.SUBMITTED), State.IN_PROGRESS),
            (OPTED_IN, request(Status.ACKNOWLEDGED), State.IN_PROGRESS),
            (OPTED_IN, request(Status.ACTION_NEEDED), State.IN_PROGRESS),
            (OPTED_IN, closed(Outcome.CONFIRMED), State.DONE),
            (OPTED_IN, closed(Outcome.PARTLY_CONFIRMED), State.DONE),
            (OPTED_IN, closed(Outcome.NOT_APPLICABLE), State.DONE),
            (OPTED_IN, closed(Outcome.REFUSED), State.OPEN),
            (OPTED_IN, closed(Outcome.NO_REPLY), State.OPEN),
            (STATEMENT, None, State.CANNOT),
            (STATEMENT, request(Status.SUBMITTED), State.IN_PROGRESS),
            (STATEMENT, closed(Outcome.CONFIRMED), State.DONE),
            (STATEMENT, closed(Outcome.NO_REPLY), State.CANNOT),
            (NO_OPT_OUT, None, State.CANNOT),
            (NO_OPT_OUT, closed(Outcome.REFUSED), State.CANNOT),
        ]
        for procedure, last, state in table:
            with self.subTest(procedure=procedure.pk, last=last and (last.status, last.outcome)):
                assert state_of(procedure, last) is state

    def test_a_withdrawn_request_does_not_count(self) -> None:
        done = closed(Outcome.CONFIRMED, pk=1)
        assert last_that_counts([closed(Outcome.WITHDRAWN, pk=2), done]) is done
        assert last_that_counts([closed(Outcome.WITHDRAWN)]) is None

    def test_of_the_others_the_newest_counts(self) -> None:
        newest = closed(Outcome.REFUSED, pk=3)
        assert last_that_counts([closed(Outcome.CONFIRMED, pk=1), newest]) is newest


class GapsTests(SimpleTestCase):
    def test_each_procedure_has_a_gap_with_its_own_requests(self) -> None:
        own, other = request(Status.SUBMITTED), request(Status.DRAFT, pk=9, procedure=STATEMENT)
        gaps = gaps_of([OPTED_IN, STATEMENT, NO_OPT_OUT], [other, own])
        assert [(gap.state, gap.request) for gap in gaps] == [
            (State.IN_PROGRESS, own),
            (State.IN_PROGRESS, other),
            (State.CANNOT, None),
        ]

    def test_only_what_somebody_can_be_asked_for_can_be_drafted(self) -> None:
        gaps = gaps_of([OPTED_IN, STATEMENT, NO_OPT_OUT], [])
        assert [gap.can_be_drafted for gap in gaps] == [True, True, False]
        assert not gaps_of([OPTED_IN], [request(Status.DRAFT)])[0].can_be_drafted
