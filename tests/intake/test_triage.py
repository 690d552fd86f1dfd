"""What people decide about mail: what is changed, what is recorded, and who was faster."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from requests_app.drafting.requests import DraftRefused
from requests_app.intake import filing
from requests_app.intake.reading.client import MailBroken
from requests_app.intake.storing import store_mail
from requests_app.intake.triage import (
    TriageRefused,
    confirm_mail,
    discard_mail,
    mark_seen,
    move_mail,
    new_request_of,
    take_back,
)
from requests_app.models import Event, InboundMail, Message, OptOutRequest, Way
from requests_app.records.chain import verify_organisation
from tests.drafting.requests import find
from tests.intake.mails import GENUINE, IntakeTestCase, mail
from tests.intake.test_kinds import dsn

TRUSTED = (f"Authentication-Results: {GENUINE}",)


class TriageTestCase(IntakeTestCase):
    def held(self, **parts: Any) -> InboundMail:
        """Return a mail that is held with a suggestion."""
        return self.take_in(sender="Support <help@mail.slack.com>", **parts)

    def filed(self, **parts: Any) -> InboundMail:
        return self.take_in(to=self.address, **parts)

    def event(self, action: str) -> Event:
        return Event.objects.get(action=action)

    def now(self, row: InboundMail) -> InboundMail:
        return InboundMail.objects.get(pk=row.pk)


class ConfirmTests(TriageTestCase):
    def test_a_suggestion_becomes_a_message_of_its_request(self) -> None:
        row = confirm_mail(self.by(), self.held())
        assert (row.state, row.request, row.suggested_request, row.waits) == ("matched", self.sent, None, "")
        assert (row.settled_by, row.settled_at is not None) == (self.admin, True)
        [message] = self.incoming()
        assert (message.request, bytes(message.raw)) == (self.sent, bytes(row.raw))
        event = self.event("reply_matched")
        assert (event.stream, event.actor, event.source) == (self.sent.stream, self.by().actor, "web")
        assert (event.detail["matched_by"], event.evidence) == ("suggestion", [row.sha256])
        assert event.personal == {"sender": "help@mail.slack.com", "subject": "Re: Opt-out"}
        assert OptOutRequest.objects.get(pk=self.sent.pk).clock_stale

    def test_an_uncertain_sender_is_accepted(self) -> None:
        row = self.filed()
        assert row.waits == "uncertain"
        assert confirm_mail(self.by(), row).waits == ""
        assert self.event("reply_matched").detail["matched_by"] == "person"

    def test_who_asks_for_proof_goes_on_waiting_until_somebody_has_seen_to_it(self) -> None:
        row = confirm_mail(self.by(), self.filed(text="Please send a letter of authorization."))
        assert row.waits == "proof"
        assert confirm_mail(self.by(), row).waits == ""

    def test_without_a_suggestion_there_is_nothing_to_confirm(self) -> None:
        row = self.take_in(sender="x@y.example")
        for one in (row, confirm_mail(self.by(), self.held(mail_id="<2@x>"))):
            with self.assertRaisesMessage(TriageRefused, "nothing to confirm"):
                confirm_mail(self.by(), one)

    def test_the_slower_of_two_changes_nothing(self) -> None:
        row = self.held()
        confirm_mail(self.by(), self.now(row))
        acts: tuple[Callable[[], object], ...] = (
            lambda: confirm_mail(self.by(self.owner), row),
            lambda: move_mail(self.by(self.owner), row, self.sent),
            lambda: discard_mail(self.by(self.owner), row, "x"),
            lambda: new_request_of(self.by(self.owner), row, self.workspace, self.procedure),
        )
        for act in acts:
            before = Event.objects.count(), OptOutRequest.objects.count()
            with self.assertRaisesMessage(TriageRefused, "meanwhile"):
                act()
            assert (Event.objects.count(), OptOutRequest.objects.count()) == before
        assert len(self.incoming()) == 1

    def test_what_is_being_read_waits(self) -> None:
        row = store_mail(mail(to=self.address), Way.PIPE)
        with self.assertRaisesMessage(TriageRefused, "being read"):
            discard_mail(self.by(), row, "x")


class MoveTests(TriageTestCase):
    def test_a_held_mail_is_filed_where_a_person_says(self) -> None:
        other = self.send()
        row = move_mail(self.by(), self.held(), other)
        assert (row.state, row.request, self.incoming()[0].request) == ("matched", other, other)
        assert self.event("reply_matched").detail["matched_by"] == "person"

    def test_a_filed_mail_takes_its_message_along_and_both_histories_say_so(self) -> None:
        other, row = self.send(), self.filed()
        moved = move_mail(self.by(), row, other)
        [message] = self.incoming()
        assert (moved.request, message.request, message.pk) == (other, other, row.message_id)
        events = Event.objects.filter(action="reply_moved")
        assert {event.stream for event in events} == {self.sent.stream, other.stream}
        assert {event.detail["from"] for event in events} == {self.sent.reference}
        assert {event.detail["to"] for event in events} == {other.reference}
        assert verify_organisation(self.acme).fault is None

    def test_it_moves_back_again(self) -> None:
        other, row = self.send(), self.filed()
        row = move_mail(self.by(), move_mail(self.by(), row, other), self.sent)
        assert (row.request, self.incoming()[0].request) == (self.sent, self.sent)

    def test_where_it_is_already_it_is_not_filed_again(self) -> None:
        with self.assertRaisesMessage(TriageRefused, "already"):
            move_mail(self.by(), self.filed(), self.sent)
        assert not Event.objects.filter(action="reply_moved").exists()

    def test_another_organisations_request_is_no_place(self) -> None:
        row = self.held()
        with self.assertRaisesMessage(TriageRefused, "not one of yours"):
            move_mail(self.membership(self.outsider), row, self.sent)

    def test_what_could_not_be_read_is_filed_all_the_same(self) -> None:
        with mock.patch.object(filing, "read_mail", side_effect=MailBroken("ValueError: odd")):
            row = self.held()
        assert row.state == "failed"
        assert move_mail(self.by(), row, self.sent).state == "matched"
        assert len(self.incoming()) == 1

    def test_a_bounce_goes_on_waiting_where_it_is_filed(self) -> None:
        other = self.send()
        assert move_mail(self.by(), self.take_in(dsn(token=self.sent.reply_token or "")), other).waits == "bounced"

    def test_what_was_discarded_has_to_be_taken_back_first(self) -> None:
        row = discard_mail(self.by(), self.held(), "x")
        with self.assertRaisesMessage(TriageRefused, "Take it back first"):
            move_mail(self.by(), row, self.sent)

    def test_mail_of_nobody_belongs_to_whose_person_files_it(self) -> None:
        row = self.take_in(to="someone@elsewhere.example")
        assert row.organisation is None
        assert move_mail(self.by(self.owner), row, self.sent).organisation == self.acme


class NewRequestTests(TriageTestCase):
    def test_the_mail_is_the_first_message_of_a_draft(self) -> None:
        row = new_request_of(self.by(), self.held(), self.workspace, self.procedure)
        assert row.request
        assert (row.request.status, row.request.created_by) == ("draft", self.admin)
        [message] = row.request.messages.all()
        assert (message.direction, message.pk) == ("incoming", row.message_id)
        actions = Event.objects.filter(stream=row.request.stream).values_list("action", flat=True)
        assert list(actions) == ["request_drafted", "reply_matched"]

    def test_a_filed_mail_moves_there(self) -> None:
        row = new_request_of(self.by(), self.filed(), self.workspace, self.procedure)
        assert row.request != self.sent
        assert not self.sent.messages.filter(direction="incoming").exists()
        assert Event.objects.filter(action="reply_moved").count() == 2

    def test_a_procedure_of_another_vendor_is_refused_and_nothing_is_drafted(self) -> None:
        other = find("slack/global-models")
        other.vendor_id = 0
        row, before = self.held(), OptOutRequest.objects.count()
        with self.assertRaises(DraftRefused):
            new_request_of(self.by(), row, self.workspace, other)
        assert OptOutRequest.objects.count() == before


class DiscardTests(TriageTestCase):
    def test_it_is_kept_with_the_reason_and_can_be_taken_back(self) -> None:
        row = discard_mail(self.by(), self.held(), "Advertising")
        assert (row.state, row.waits, row.note) == ("discarded", "", "Advertising")
        event = self.event("reply_discarded")
        assert (event.personal["note"], event.evidence) == ("Advertising", [row.sha256])
        assert bytes(self.now(row).raw) == bytes(row.raw) != b""
        row = take_back(self.by(), row)
        assert (row.state, row.waits, row.note, row.settled_by) == ("held", "held", "", None)
        assert self.event("reply_restored").evidence == [row.sha256]
        assert confirm_mail(self.by(), row).request == self.sent

    def test_a_filed_mail_leaves_its_request_whose_history_says_so(self) -> None:
        row = discard_mail(self.by(), self.filed(), "Forged")
        assert (row.request, row.message, row.suggested_request) == (None, None, self.sent)
        assert not Message.objects.filter(direction="incoming").exists()
        assert self.event("reply_discarded").stream == self.sent.stream
        assert confirm_mail(self.by(), take_back(self.by(), row)).request == self.sent
        assert len(self.incoming()) == 1

    def test_what_could_not_be_read_is_again_what_it_was(self) -> None:
        row = self.take_in(b"X: y\n" * 501 + b"\nx")
        assert row.state == "quarantined"
        row = take_back(self.by(self.owner), discard_mail(self.by(self.owner), row, "x"))
        assert (row.state, row.reason) == ("quarantined", "too_much")

    def test_twice_is_told(self) -> None:
        row = discard_mail(self.by(), self.held(), "x")
        with self.assertRaisesMessage(TriageRefused, "cannot be discarded"):
            discard_mail(self.by(), row, "y")
        with self.assertRaisesMessage(TriageRefused, "not discarded"):
            take_back(self.by(), take_back(self.by(), row))

    def test_the_same_mail_does_not_come_back_by_another_way(self) -> None:
        discard_mail(self.by(), self.filed(), "x")
        assert self.take_in(to=self.address, headers=("Received: from elsewhere",)).state == "duplicate"


class SeenTests(TriageTestCase):
    def test_nothing_is_to_be_done(self) -> None:
        row = mark_seen(self.by(), self.filed(headers=TRUSTED, text="Thank you."))
        assert (row.waits, row.state, row.settled_by) == ("", "matched", self.admin)
        assert self.event("reply_seen").stream == self.sent.stream

    def test_only_filed_mail_that_waits_is_seen(self) -> None:
        for row in (self.held(), mark_seen(self.by(), self.filed(mail_id="<2@x>"))):
            with self.assertRaisesMessage(TriageRefused, "does not wait"):
                mark_seen(self.by(), row)
