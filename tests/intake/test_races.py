"""Several people and workers at the same mail: one decides, the others are told, and nothing is done twice."""

from collections.abc import Callable

from requests_app.delivery.reply_address import with_token
from requests_app.intake.bulk import file_many, store_many
from requests_app.intake.filing import file_mail
from requests_app.intake.storing import store_mail
from requests_app.intake.triage import TriageRefused, confirm_mail, discard_mail, mark_seen, move_mail, take_back
from requests_app.models import (
    Event,
    InboundMail,
    InboundState,
    Membership,
    Message,
    MoveRefused,
    OptOutRequest,
    Outcome,
    Status,
    Way,
)
from requests_app.tracking.changes import move_request
from tests.database import HistoryTransactionTestCase
from tests.intake.mails import IntakeTestCase, mail
from tests.tracking.notices.test_many_workers import at_once


class _Written(IntakeTestCase):
    """Holds what is committed; has no tests."""


class RaceTests(HistoryTransactionTestCase):
    def setUp(self) -> None:
        _Written.setUpTestData()
        self.world = _Written
        self.sent = self.world.sent
        self.olga = Membership.objects.select_related("organisation", "user").get(user=self.world.owner)
        self.told: list[str] = []

    def take_in(self, number: int, to: str = "replies@example.org") -> InboundMail:
        return file_mail(store_mail(mail(to=to, mail_id=f"<{number}@slack.com>", text=f"Hello {number}"), Way.PIPE))

    def or_told(self, act: Callable[[], object]) -> Callable[[], None]:
        """Return the act; whoever is refused notes it and goes."""

        def do() -> None:
            try:
                act()
            except (TriageRefused, MoveRefused) as refusal:
                self.told.append(str(refusal))

        return do

    def fresh(self, row: InboundMail) -> InboundMail:
        return InboundMail.objects.select_related("organisation", "request").get(pk=row.pk)

    def test_four_people_confirm_one_mail_and_one_of_them_does(self) -> None:
        row = self.take_in(1)
        assert row.suggested_request == self.sent
        at_once(*[self.or_told(lambda: confirm_mail(self.olga, self.fresh(row)))] * 4)
        assert len(self.told) == 3
        assert Message.objects.filter(direction="incoming").count() == 1
        assert Event.objects.filter(action="reply_matched").count() == 1

    def test_whatever_is_decided_at_once_is_one_decision(self) -> None:
        other = self.world.send()
        row = self.take_in(1, to=with_token("replies@example.org", self.sent.reply_token or ""))
        seen = self.fresh(row)
        at_once(
            self.or_told(lambda: move_mail(self.olga, seen, other)),
            self.or_told(lambda: discard_mail(self.olga, seen, "Advertising")),
            self.or_told(lambda: confirm_mail(self.olga, seen)),
            self.or_told(lambda: mark_seen(self.olga, seen)),
        )
        assert len(self.told) == 3
        now = self.fresh(row)
        assert (now.message is None) == (now.state == InboundState.DISCARDED)
        assert Message.objects.filter(direction="incoming").count() == (now.message is not None)

    def test_mails_that_change_places_hold_up_nobody(self) -> None:
        other = self.world.send()
        here = self.take_in(1, to=with_token("replies@example.org", self.sent.reply_token or ""))
        there = self.take_in(2, to=with_token("replies@example.org", other.reply_token or ""))
        for places in ((other, self.sent), (self.sent, other)) * 4:
            at_once(
                lambda places=places: move_mail(self.olga, self.fresh(here), places[0]),  # type: ignore[misc]
                lambda places=places: move_mail(self.olga, self.fresh(there), places[1]),  # type: ignore[misc]
            )
        assert self.fresh(here).request == self.sent
        assert self.fresh(there).request == other

    def test_a_request_that_is_closed_while_its_reply_is_filed_keeps_both(self) -> None:
        tokens = [(self.sent, self.sent.reply_token or "")]
        tokens += [(one, one.reply_token or "") for one in (self.world.send() for _ in range(5))]
        mails = [
            mail(to=with_token("replies@example.org", token), mail_id=f"<{row.pk}@x>", text=f"{row.pk}")
            for row, token in tokens
        ]
        stored = store_many(mails, Way.PIPE)

        def close(rows: list[OptOutRequest]) -> None:
            for row in rows:
                fresh = OptOutRequest.objects.select_related("organisation", "stream", "procedure").get(pk=row.pk)
                move_request(self.olga, fresh, Status.CLOSED, Outcome.PARTLY_CONFIRMED, "", on=self.world.acme.today())

        rows = [row for row, _token in tokens]
        at_once(
            lambda: file_many(list(InboundMail.objects.filter(pk__in=[one.pk for one in stored]))),
            lambda: file_many(list(reversed(InboundMail.objects.filter(pk__in=[one.pk for one in stored])))),
            self.or_told(lambda: close(rows)),
            self.or_told(lambda: close(rows[::-1])),
        )
        assert OptOutRequest.objects.filter(status=Status.CLOSED).count() >= 5
        states = dict(InboundMail.objects.values_list("pk", "state"))
        assert set(states.values()) <= {InboundState.MATCHED, InboundState.HELD}
        assert Message.objects.filter(direction="incoming").count() == list(states.values()).count("matched")

    def test_discarding_and_taking_back_again_and_again_loses_nothing(self) -> None:
        row = self.take_in(1)
        acts = (lambda: discard_mail(self.olga, self.fresh(row), "x"), lambda: take_back(self.olga, self.fresh(row)))
        for _ in range(5):
            at_once(*[self.or_told(act) for act in acts * 2])
        now = self.fresh(row)
        assert now.state in (InboundState.HELD, InboundState.DISCARDED)
        assert bool(now.waits) == (now.state == InboundState.HELD)
