"""Acme with mail set up and one request that was sent, on a clock that the test moves."""

import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import time_machine

from requests_app.delivery.handover import How, submit_request
from requests_app.models import (
    Event,
    FollowUp,
    FollowUpPolicy,
    MailSettings,
    Membership,
    OptOutRequest,
    Reminder,
)
from requests_app.tracking.ledger import Swept, fire_due
from requests_app.tracking.next_action import settle_stale
from tests.drafting.requests import RequestsTestCase

BERLIN = ZoneInfo("Europe/Berlin")
# A Monday in winter.
START = datetime.datetime(2026, 1, 12, 10, tzinfo=BERLIN)


class SweepTestCase(RequestsTestCase):
    """The request went out on START; `self.traveller` is the clock."""

    at: ClassVar[datetime.datetime] = START

    def setUp(self) -> None:
        super().setUp()
        travel = time_machine.travel(self.at, tick=False)
        self.traveller = travel.start()
        self.addCleanup(travel.stop)
        self.mail = MailSettings.objects.create(
            organisation=self.acme,
            smtp_host="127.0.0.1",
            smtp_port=9,
            from_address="optout@example.org",
            reply_address="replies@example.org",
        )
        self.request = self.send()

    @property
    def member(self) -> Membership:
        return self.by()

    def send(self, **more: Any) -> OptOutRequest:
        """Return a request that was sent just now."""
        sent = submit_request(self.by(), self.draft(**more), on=self.acme.today(), how=How.EMAIL)
        settle_stale()
        sent.refresh_from_db()
        return sent

    def allow_automatic(self) -> None:
        MailSettings.objects.filter(pk=self.mail.pk).update(automatic_follow_ups=True)
        FollowUpPolicy.objects.create(organisation=self.acme, vendor=self.slack, automatic=True)

    def go_on(self, **time: float) -> datetime.datetime:
        """Move the clock on, and return what it shows."""
        now = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(**time)
        self.traveller.move_to(now)
        return now

    def sweep(self, **more: Any) -> Swept:
        return fire_due(datetime.datetime.now(tz=datetime.UTC), **more)

    def next_at(self) -> datetime.datetime:
        """Return when the request is next due, as last read."""
        assert self.request.next_action_at
        return self.request.next_action_at

    def sweep_next(self) -> Swept:
        """Move the clock to when the request is next due, and sweep."""
        self.request.refresh_from_db()
        self.traveller.move_to(self.next_at())
        swept = self.sweep()
        self.request.refresh_from_db()
        return swept

    def sweep_until(self, kind: str) -> None:
        """Sweep each time something is due, until this has fired."""
        for _step in range(10):
            self.sweep_next()
            if Reminder.objects.filter(request=self.request, kind=kind).exists():
                return
        raise AssertionError(kind)

    def kinds(self, request: OptOutRequest | None = None) -> list[str]:
        """Return what has fired, in order."""
        return list(
            Reminder.objects.filter(request=request or self.request).order_by("pk").values_list("kind", flat=True)
        )

    def follow_up(self) -> FollowUp:
        """Return the latest follow-up."""
        return FollowUp.objects.filter(request=self.request).select_related("reminder", "request")[0]

    def actions(self) -> list[str]:
        return [event.action for event in Event.objects.filter(stream=self.request.stream)]
