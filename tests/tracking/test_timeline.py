import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from requests_app.models import Action, EventStream, Source, User, erase_personal_values
from requests_app.tracking.timeline import Day, timeline_of
from requests_app.tracking.timeline_words import SENTENCES, TOLD, sentence_of
from tests.models.events import make_stream, write_event
from tests.people import PeopleTestCase

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


class TimelineTests(PeopleTestCase):
    def setUp(self) -> None:
        self.stream: EventStream = make_stream()

    def timeline(self) -> list[Day]:
        return timeline_of(self.stream, BERLIN)

    def test_it_names_people_and_says_what_they_did(self) -> None:
        write_event(
            self.stream,
            actor=f"user:{self.admin.pk}",
            action=Action.OUTCOME_RECORDED,
            detail={"outcome": "confirmed", "to": "closed", "on": "2026-11-03"},
        )
        entry = self.timeline()[0].entries[0]
        assert (entry.who, entry.sentence) == ("Adam", "closed the request: Confirmed (3 Nov 2026)")

    def test_somebody_who_has_left_is_not_named(self) -> None:
        gone = User.objects.create_user("gone@example.org")
        write_event(self.stream, actor=f"user:{gone.pk}", action=Action.REQUEST_ASSIGNED, detail={"to": "user:999999"})
        gone.delete()
        entry = self.timeline()[0].entries[0]
        assert (entry.who, entry.sentence) == ("Somebody who has left", "made somebody who has left responsible")

    def test_what_people_wrote_is_shown_until_it_is_erased(self) -> None:
        event = write_event(self.stream, detail={}, personal={"note": "Call <b>Jane</b>"})
        assert [said.text for said in self.timeline()[0].entries[0].said] == ["Call <b>Jane</b>"]
        erase_personal_values(event, actor="command", source=Source.COMMAND)
        entries = [entry for day in self.timeline() for entry in day.entries]
        assert [(entry.sentence, [said.text for said in entry.said]) for entry in entries] == [
            ("erased personal data", []),
            ("wrote a note", [None]),
        ]

    def test_days_are_those_of_the_organisation(self) -> None:
        write_event(self.stream, occurred_at=at("2026-06-30T21:59:00+00:00"))
        write_event(self.stream, occurred_at=at("2026-06-30T22:01:00+00:00"))
        found = [(day.day.isoformat(), [entry.clock for entry in day.entries]) for day in self.timeline()]
        assert found == [("2026-07-01", ["00:01 CEST"]), ("2026-06-30", ["23:59 CEST"])]

    def test_the_hour_that_comes_twice_in_autumn_is_told_apart(self) -> None:
        write_event(self.stream, occurred_at=at("2026-10-25T00:30:00+00:00"))
        write_event(self.stream, occurred_at=at("2026-10-25T01:30:00+00:00"))
        [day] = self.timeline()
        assert [(entry.clock, entry.utc) for entry in day.entries] == [
            ("02:30 CET", "2026-10-25T01:30:00Z"),
            ("02:30 CEST", "2026-10-25T00:30:00Z"),
        ]

    def test_what_happened_earlier_stands_earlier_whenever_it_was_recorded(self) -> None:
        write_event(self.stream, occurred_at=at("2026-11-02T12:00:00+00:00"), action=Action.REQUEST_CHANGED)
        write_event(self.stream, occurred_at=at("2026-11-01T12:00:00+00:00"), action=Action.REQUEST_DRAFTED)
        assert [day.day.day for day in self.timeline()] == [2, 1]

    def test_it_takes_three_queries_however_long_it_is(self) -> None:
        for number in range(10):
            write_event(self.stream, actor=f"user:{self.admin.pk}", personal={"note": f"{number}"})
        with self.assertNumQueries(3):
            self.timeline()
        with transaction.atomic():
            for number in range(10):
                write_event(self.stream, actor=f"user:{self.owner.pk}", personal={"note": f"{number}"})
        with self.assertNumQueries(3):
            assert len(self.timeline()[0].entries) == 20


class WordsTests(PeopleTestCase):
    def test_every_action_of_a_request_has_a_sentence(self) -> None:
        of_requests = ("request_", "reply_", "message_", "evidence_", "reminder_", "note_", "status_", "outcome_")
        for action in Action:
            if action.value.startswith(of_requests):
                with self.subTest(action):
                    assert action in SENTENCES or action in TOLD

    def test_a_detail_that_is_odd_does_no_harm(self) -> None:
        for action in Action:
            for detail in ({}, {"to": None, "on": 7, "outcome": "?"}, {"to": "?", "on": "yesterday"}):
                assert sentence_of(action, detail)
        assert sentence_of("from_the_future", {}) == "from_the_future"

    def test_what_was_taken_out_is_a_record_a_list_or_a_pack(self) -> None:
        for detail, said in (
            ({"sha256": "0" * 64, "size": 10}, "took out the record"),
            ({"format": "csv", "requests": 1}, "took out a list of 1 request as CSV"),
            ({"format": "xlsx", "requests": 3}, "took out a list of 3 requests as XLSX"),
            ({"format": "zip", "requests": 12}, "took out an evidence pack of 12 requests"),
        ):
            assert sentence_of(Action.RECORD_EXPORTED, detail) == said
