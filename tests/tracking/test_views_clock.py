import datetime

from requests_app.models import Membership, OptOutRequest, Status
from requests_app.tracking.clock import acknowledge, pause
from tests.world import AcmeTestCase

DAY = datetime.timedelta(days=1)


class ClockPageTests(AcmeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.admin)
        self.page = f"/o/acme/requests/{self.submitted.pk}/"
        self.today = self.acme.today()
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.owner)

    def row(self) -> OptOutRequest:
        return OptOutRequest.objects.get(pk=self.submitted.pk)

    def test_an_acknowledgement_with_a_promised_day_is_recorded(self) -> None:
        until = self.today + 20 * DAY
        said = {"on": self.today.isoformat(), "promised": until.isoformat(), "note": "Case 17"}
        self.assertRedirects(self.client.post(f"{self.page}acknowledge/", said), self.page)
        assert (self.row().status, self.row().promised_on) == (Status.ACKNOWLEDGED, until)
        page = self.client.get(self.page)
        self.assertContains(page, "The vendor promised an answer by")
        self.assertContains(page, "The promised day has passed ·")
        self.assertContains(page, "Case 17")

    def test_once_it_is_acknowledged_a_promise_can_still_be_recorded(self) -> None:
        acknowledge(self.olga, self.submitted, self.today)
        self.assertContains(self.client.get(self.page), "Record the promised day")
        until = self.today + 9 * DAY
        self.client.post(f"{self.page}acknowledge/", {"promised": until.isoformat()})
        assert self.row().promised_on == until

    def test_what_is_refused_stands_there_as_it_was_typed(self) -> None:
        said = {"on": self.today.isoformat(), "promised": "2999-01-01", "note": "Typed"}
        page = self.client.post(f"{self.page}acknowledge/", said)
        self.assertContains(page, "That day cannot be meant", status_code=422)
        self.assertContains(page, "Typed", status_code=422)
        self.assertContains(page, 'value="2999-01-01"', status_code=422)
        for act in ("pause", "snooze", "acknowledge"):
            with self.subTest(act):
                assert self.client.post(f"{self.page}{act}/", {}).status_code == 422

    def test_the_clock_is_paused_and_goes_on(self) -> None:
        self.client.post(f"{self.page}pause/", {"on": self.today.isoformat(), "action": "pause", "note": "A list"})
        page = self.client.get(self.page)
        self.assertContains(page, "the vendor waits for us.")
        self.assertNotContains(page, "Answer due")
        self.client.post(f"{self.page}pause/", {"on": self.today.isoformat(), "action": "resume"})
        assert self.row().paused_on is None
        self.assertContains(self.client.get(self.page), "Answer due")

    def test_reminders_are_put_off(self) -> None:
        pause(self.olga, self.submitted)
        self.assertNotContains(self.client.get(self.page), "Put reminders off")
        self.client.post(f"{self.page}pause/", {"on": self.today.isoformat(), "action": "resume"})
        self.assertContains(self.client.get(self.page), "Put reminders off")
        until = self.today + 50 * DAY
        self.client.post(f"{self.page}snooze/", {"until": until.isoformat()})
        assert self.row().snoozed_until == until

    def test_an_auditor_sees_the_clock_without_forms(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get(self.page)
        self.assertContains(page, "Answer due")
        self.assertNotContains(page, "Pause the clock")
