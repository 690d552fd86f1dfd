import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from requests_app.models import Action, MoveRefused, OptOutRequest, Outcome, Reminder, ReminderState, Status
from requests_app.records.chain import verify_stream
from requests_app.tracking.changes import move_request
from requests_app.tracking.reverification import checklist_of, is_due, still_holds, switched_back
from tests.records.records import picture
from tests.tracking.sweeping import SweepTestCase


class ReverificationTests(SweepTestCase):
    def setUp(self) -> None:
        super().setUp()
        move_request(self.member, self.request, Status.CLOSED, Outcome.CONFIRMED)
        self.request.refresh_from_db()
        self.client = Client()

    def a_year_later(self) -> None:
        """Let the day of the check come, and sign in anew."""
        self.sweep_next()
        self.client.force_login(self.admin)

    def post(self, found: str, **more: Any) -> int:
        answer = self.client.post(f"/o/acme/requests/{self.request.pk}/reverify/", {"found": found, **more})
        self.request.refresh_from_db()
        return answer.status_code

    def test_it_is_due_on_its_day(self) -> None:
        assert self.request.reverify_on == datetime.date(2027, 1, 12)
        assert not is_due(self.request)
        self.a_year_later()
        assert is_due(self.request)
        page = self.client.get(f"/o/acme/requests/{self.request.pk}/").content.decode()
        assert "Check that it still holds" in page
        # It was a letter to the vendor: its steps say how to send it, so there is nothing to tick.
        assert checklist_of(self.request) == []
        assert "Tick what you looked at" not in page

    def test_still_off_sets_the_next_day_and_keeps_what_was_ticked(self) -> None:
        self.a_year_later()
        proof = SimpleUploadedFile("setting.png", picture())
        assert self.post("holds", note="Looked at it.", proof=proof) == 302
        assert self.request.status == Status.CLOSED
        assert self.request.reverify_on == datetime.date(2028, 1, 12)
        event = self.request.stream.events.order_by("-sequence")[0]
        assert event.action == Action.REQUEST_REVERIFIED
        assert event.detail["steps"] == 0
        assert event.evidence == [self.request.evidence.get().sha256]
        assert not Reminder.objects.filter(state=ReminderState.FIRED).exists()
        self.a_year_later()
        assert self.kinds() == ["reverification", "reverification"]
        assert verify_stream(self.request.stream).fault is None

    def test_switched_back_reopens_it_with_its_history(self) -> None:
        self.a_year_later()
        before = self.request.stream.events.count()
        assert self.post("switched_back", note="It is on again.") == 302
        assert (self.request.status, self.request.reverify_on) == (Status.ACTION_NEEDED, None)
        assert self.request.stream.events.count() == before + 1
        assert self.actions()[-1] == Action.REQUEST_REOPENED

    def test_what_was_not_confirmed_is_not_checked(self) -> None:
        self.client.force_login(self.admin)
        switched_back(self.member, self.request)
        with pytest.raises(MoveRefused):
            still_holds(self.member, OptOutRequest.objects.get(pk=self.request.pk), ticked=())
        assert self.post("holds") == 422

    def test_the_checklist_of_a_setting_is_there_from_the_start(self) -> None:
        request = self.draft_for("microsoft/windows-diagnostic-data", device_group="All devices")
        lines = checklist_of(request)
        assert lines
        self.client.force_login(self.admin)
        page = self.client.get(f"/o/acme/requests/{request.pk}/hand-over/").content.decode()
        assert page.count('name="steps"') == len(lines)
        data = {"on": self.acme.today(), "how": "setting", "steps": ["0"]}
        self.client.post(f"/o/acme/requests/{request.pk}/submitted/", data)
        event = request.stream.events.get(action=Action.REQUEST_SUBMITTED)
        assert (event.detail["ticked"], event.detail["steps"]) == ([0], len(lines))

    def test_the_same_checklist_is_ticked_when_a_setting_is_checked_again(self) -> None:
        request = self.draft_for("microsoft/windows-diagnostic-data", device_group="All devices")
        self.client.force_login(self.admin)
        self.client.post(
            f"/o/acme/requests/{request.pk}/submitted/",
            {"on": self.acme.today(), "how": "setting", "proof": SimpleUploadedFile("policy.txt", b"off")},
        )
        request = move_request(self.member, request, Status.CLOSED, Outcome.CONFIRMED)
        OptOutRequest.objects.filter(pk=request.pk).update(reverify_on=self.acme.today())
        page = self.client.get(f"/o/acme/requests/{request.pk}/").content.decode()
        assert page.count('name="steps"') == len(checklist_of(request)) > 0
        answer = self.client.post(f"/o/acme/requests/{request.pk}/reverify/", {"found": "holds", "steps": ["0"]})
        assert answer.status_code == 302
        event = request.stream.events.order_by("-sequence")[0]
        assert (event.action, event.detail["ticked"]) == (Action.REQUEST_REVERIFIED, [0])

    def test_a_letter_to_a_vendor_has_no_checklist_when_it_is_sent(self) -> None:
        self.client.force_login(self.admin)
        page = self.client.get(f"/o/acme/requests/{self.draft().pk}/hand-over/").content.decode()
        assert 'name="steps"' not in page
