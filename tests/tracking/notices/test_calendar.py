"""Calendars: days that no time zone moves, at an address that only its holder knows."""

import datetime
import zoneinfo
from typing import Any

import icalendar
import time_machine
from django.test import override_settings

from requests_app.models import (
    Action,
    CalendarFeed,
    Membership,
    OptOutRequest,
    Role,
    Source,
    Status,
    Subject,
    record_event,
)
from requests_app.people.tokens import token_hash
from requests_app.tracking.notices.calendar import calendar_of, new_address, revoke_address
from tests.accounts.signing_in import sign_in
from tests.tracking.notices.mails import NOON, NoticesTestCase

DAY = datetime.date(2026, 12, 31)


@override_settings(BASE_URL="https://optout.example.org")
class CalendarTests(NoticesTestCase):
    def setUp(self) -> None:
        self.enterContext(time_machine.travel(NOON, tick=False))
        self.change(answer_by=DAY, next_action_at=None, promised_on=None)

    def change(self, **values: object) -> None:
        OptOutRequest.objects.filter(pk=self.submitted.pk).update(**values)

    def events(self) -> dict[str, Any]:
        """Return the person's entries by what they are for."""
        found = icalendar.Calendar.from_ical(calendar_of(self.owner))
        return {str(event["uid"]).split("-")[0]: event for event in found.walk("VEVENT")}

    def test_a_deadline_is_a_whole_day(self) -> None:
        content = calendar_of(self.owner).decode()
        assert "DTSTART;VALUE=DATE:20261231" in content
        assert "DTEND;VALUE=DATE:20270101" in content
        event = self.events()["deadline"]
        assert str(event["uid"]) == f"deadline-{self.submitted.pk}@{self.acme.pk}"
        assert str(event["url"]) == f"https://optout.example.org/o/acme/requests/{self.submitted.pk}/"
        assert "Slack · Main" in str(event["summary"])

    def test_its_day_is_the_same_in_every_time_zone(self) -> None:
        for zone in ("Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago"):
            type(self.acme).objects.filter(pk=self.acme.pk).update(time_zone=zone)
            with self.subTest(zone):
                assert self.events()["deadline"]["dtstart"].dt == DAY

    def test_a_moment_falls_on_the_day_that_it_has_where_the_organisation_is(self) -> None:
        for zone, day in (("Europe/Berlin", 1), ("Pacific/Kiritimati", 1), ("America/St_Johns", 30)):
            type(self.acme).objects.filter(pk=self.acme.pk).update(time_zone=zone)
            local = datetime.datetime(2026, 12, day, 0, 30, tzinfo=zoneinfo.ZoneInfo(zone))
            self.change(next_action_at=local)
            with self.subTest(zone):
                assert self.events()["next_action"]["dtstart"].dt == datetime.date(2026, 12, day)

    def test_promises_and_checks_are_in_it(self) -> None:
        self.change(promised_on=datetime.date(2026, 12, 1))
        assert self.events()["promise"]["dtstart"].dt == datetime.date(2026, 12, 1)
        self.change(status=Status.CLOSED, outcome="confirmed", reverify_on=datetime.date(2027, 11, 24))
        assert {name: event["dtstart"].dt for name, event in self.events().items()} == {
            "reverification": datetime.date(2027, 11, 24)
        }

    def test_a_change_keeps_the_identifier_and_raises_the_sequence(self) -> None:
        before = self.events()["deadline"]
        self.change(answer_by=datetime.date(2027, 1, 5))
        subject = Subject.of(self.submitted)
        record_event(self.submitted.stream, Action.NOTE_ADDED, actor="clock", source=Source.CLOCK, subject=subject)
        after = self.events()["deadline"]
        assert str(before["uid"]) == str(after["uid"])
        assert int(after["sequence"]) == int(before["sequence"]) + 1

    def test_no_line_is_longer_than_75_octets(self) -> None:
        type(self.workspace).objects.update(name="Ärztekammer " * 15)
        lines = calendar_of(self.owner).split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert "Ärztekammer Ärztekammer" in str(self.events()["deadline"]["summary"])

    def test_it_holds_what_is_the_persons_or_nobodys_in_the_persons_organisations(self) -> None:
        assert calendar_of(self.admin).count(b"BEGIN:VEVENT") == 0
        self.change(responsible=None)
        assert calendar_of(self.admin).count(b"BEGIN:VEVENT") == 1
        assert calendar_of(self.outsider).count(b"BEGIN:VEVENT") == 0
        Membership.objects.create(organisation=self.acme, user=self.outsider, role=Role.AUDITOR)
        assert calendar_of(self.outsider).count(b"BEGIN:VEVENT") == 1

    def test_more_requests_take_no_more_queries(self) -> None:
        with self.assertNumQueries(2):
            calendar_of(self.owner)


class AddressTests(NoticesTestCase):
    def setUp(self) -> None:
        self.url = f"/calendar/{new_address(self.owner, NOON)}.ics"

    def test_it_is_read_without_signing_in_and_not_again_while_nothing_changes(self) -> None:
        response = self.client.get(self.url)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Cache-Control"].startswith("private")
        again = self.client.get(self.url, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_it_shows_nothing_of_who_has_left(self) -> None:
        Membership.objects.get(user=self.owner).delete()
        assert self.client.get(self.url).status_code == 404

    def test_it_ends_for_somebody_who_may_not_sign_in(self) -> None:
        type(self.owner).objects.filter(pk=self.owner.pk).update(is_active=False)
        assert self.client.get(self.url).status_code == 404

    def test_a_new_address_ends_the_old_one(self) -> None:
        token = new_address(self.owner, NOON)
        assert CalendarFeed.objects.get().token_hash == token_hash(token)
        assert self.client.get(self.url).status_code == 404
        assert self.client.get(f"/calendar/{token}.ics").status_code == 200
        revoke_address(self.owner)
        assert self.client.get(f"/calendar/{token}.ics").status_code == 404

    def test_the_page_shows_it_once(self) -> None:
        sign_in(self.client, self.admin.email)
        response = self.client.post("/o/acme/notifications/calendar/")
        token = CalendarFeed.objects.get(user=self.admin)
        link = response.context["link"]
        assert token_hash(link.rpartition("/")[2].removesuffix(".ics")) == token.token_hash
        assert link not in self.client.get("/o/acme/notifications/").content.decode()
        self.client.post("/o/acme/notifications/calendar/", {"end": "1"})
        assert not CalendarFeed.objects.filter(user=self.admin).exists()
