import datetime
from contextlib import AbstractContextManager
from unittest import mock

import pytest
from django.db import OperationalError

from requests_app.models import OptOutRequest, Reminder
from requests_app.tracking import ledger, next_action
from requests_app.tracking.deadlines import Clock
from tests.tracking.sweeping import SweepTestCase


class SetAsideTests(SweepTestCase):
    """Seven requests are due, and the fourth of them cannot be dealt with."""

    def setUp(self) -> None:
        super().setUp()
        self.requests = [self.request, *(self.send() for _ in range(6))]
        self.bad = self.requests[3]
        OptOutRequest.objects.update(next_action_at=datetime.datetime.now(tz=datetime.UTC))

    def failing(self) -> AbstractContextManager[object]:
        """Let the clock of the bad request raise, as it would where its row holds what nobody thought of."""
        usual = next_action._work_out

        def work_out(row: OptOutRequest, clock: Clock) -> None:
            if row.pk == self.bad.pk:
                raise KeyError("what nobody thought of")
            usual(row, clock)

        return mock.patch.object(next_action, "_work_out", work_out)

    def reminded(self) -> set[int]:
        return set(Reminder.objects.values_list("request_id", flat=True))

    def test_one_that_raises_keeps_none_of_the_others_from_being_reminded(self) -> None:
        others = {row.pk for row in self.requests} - {self.bad.pk}
        with self.failing(), self.assertLogs("requests_app.tracking.set_aside", "ERROR") as log:
            swept = self.sweep()
        assert self.reminded() == others
        assert swept.fired.total() == 6
        assert swept.set_aside == {self.bad.pk}
        assert len(log.records) == 1
        assert f"Request {self.bad.pk} is set aside" in log.output[0]
        assert "KeyError: 'what nobody thought of'" in log.output[0]

    def test_it_is_left_alone_for_an_hour_and_then_tried_again_once(self) -> None:
        with self.failing(), self.assertLogs("requests_app.tracking.set_aside", "ERROR"):
            self.sweep()
        with self.failing(), self.assertNoLogs("requests_app.tracking.set_aside", "ERROR"):
            self.go_on(minutes=30)
            assert not self.sweep().set_aside
        self.go_on(minutes=31)
        assert self.sweep().fired.total() == 1
        assert Reminder.objects.filter(request=self.bad).count() == 1
        assert not self.sweep().fired
        assert Reminder.objects.count() == 7

    def test_the_next_batch_goes_on(self) -> None:
        with self.failing(), self.assertLogs("requests_app.tracking.set_aside", "ERROR"):
            swept = self.sweep(batch=2)
        assert swept.fired.total() == 6

    def test_one_that_cannot_be_worked_out_anew_is_tried_again_by_the_next_pass(self) -> None:
        OptOutRequest.objects.update(clock_stale=True)
        with self.failing(), self.assertLogs("requests_app.tracking.set_aside", "ERROR"):
            swept = self.sweep(batch=2)
        assert (swept.settled, swept.set_aside) == (7, {self.bad.pk})
        assert list(OptOutRequest.objects.filter(clock_stale=True)) == [self.bad]
        assert not self.sweep().set_aside
        assert not OptOutRequest.objects.filter(clock_stale=True).exists()

    def test_that_the_database_does_not_answer_is_no_rows_fault(self) -> None:
        with mock.patch.object(ledger, "work_out", side_effect=OperationalError), pytest.raises(OperationalError):
            self.sweep()
        assert not self.reminded()
        assert self.sweep().fired.total() == 7
