import datetime
from typing import Any

import pytest
from django.test import Client

from requests_app.delivery.sending import SendingRefused
from requests_app.models import (
    Action,
    FollowUp,
    FollowUpState,
    MailSettings,
    Message,
    OptOutRequest,
    OutgoingMail,
    PausedAddress,
    Purpose,
    ReminderState,
    SendState,
    Status,
)
from requests_app.tracking.changes import move_request
from requests_app.tracking.follow_up_forms import FollowUpForm
from requests_app.tracking.follow_up_texts import Text, text_of
from requests_app.tracking.follow_ups import (
    FollowUpRefused,
    change,
    drop,
    open_follow_up,
    record_by_hand,
    send,
    write_due,
)
from tests.tracking.sweeping import SweepTestCase


class FollowUpTestCase(SweepTestCase):
    def setUp(self) -> None:
        super().setUp()
        # The request itself has left: a follow-up goes into its thread.
        self.sent = OutgoingMail.objects.create(
            organisation=self.acme, request=self.request, state=SendState.SENT, mail_id="<first@example.org>",
            sender="optout@example.org", recipient="feedback@slack.com", subject="x", queued_at=self.at, due_at=self.at,
        )  # fmt: skip

    def write(self) -> dict[str, int]:
        return dict(write_due(datetime.datetime.now(tz=datetime.UTC)))


class ByPersonTests(FollowUpTestCase):
    def test_it_waits_for_a_person_and_goes_in_the_thread_once_sent(self) -> None:
        self.sweep_until("first_follow_up")
        assert not OutgoingMail.objects.exclude(pk=self.sent.pk).exists()
        row = self.follow_up()
        mail = send(self.member, row, text_of(row))
        assert (mail.state, mail.purpose, mail.is_automatic) == (SendState.QUEUED, Purpose.FOLLOW_UP, False)
        assert mail.subject.startswith("Re: ")
        assert mail.message
        content = bytes(mail.message.raw).decode()
        assert "In-Reply-To: <first@example.org>" in content
        row.refresh_from_db()
        assert (row.state, row.reminder.state) == (FollowUpState.QUEUED, ReminderState.DONE)

    def test_a_second_person_approves_where_the_organisation_wants_it(self) -> None:
        MailSettings.objects.update(needs_approval=True)
        self.sweep_until("first_follow_up")
        assert send(self.member, self.follow_up(), text_of(self.follow_up())).state == SendState.WAITING

    def test_what_no_mail_takes_is_refused_before_it_is_kept(self) -> None:
        self.sweep_until("first_follow_up")
        for odd in ("a\r\nBcc: z@example.org", "a\u2028b", "a\u202eb", "a\x1bb", "a\x00b"):
            with self.subTest(repr(odd)):
                given = {"recipient": "", "subject": odd, "body": "x"}
                assert "subject" in FollowUpForm(self.follow_up(), given).errors
        form = FollowUpForm(self.follow_up(), {"recipient": "", "subject": "x", "body": "One\r\n\r\nTwo\u202e"})
        assert "body" in form.errors
        form = FollowUpForm(self.follow_up(), {"recipient": "", "subject": "x", "body": "One\r\n\r\nTwo"})
        assert form.is_valid()
        assert form.text().body == "One\n\nTwo"

    def test_a_changed_text_is_what_goes(self) -> None:
        self.sweep_until("first_follow_up")
        text = Text("Re: ours", "Dear all,\n\nwhere is it?", "feedback@slack.com")
        row = change(self.member, self.follow_up(), text)
        assert text_of(row) == text
        mail = send(self.member, row, text_of(row))
        assert mail.message
        assert b"where is it?" in bytes(mail.message.raw)

    def test_saving_the_same_text_writes_nothing(self) -> None:
        self.sweep_until("first_follow_up")
        before = self.actions()
        change(self.member, self.follow_up(), text_of(self.follow_up()))
        assert self.actions() == before

    def test_what_was_sent_or_dropped_is_settled(self) -> None:
        self.sweep_until("first_follow_up")
        row = drop(self.member, self.follow_up())
        assert (row.state, self.actions()[-1]) == (FollowUpState.DROPPED, Action.FOLLOW_UP_DROPPED)
        with pytest.raises(FollowUpRefused):
            send(self.member, row, text_of(row))
        assert open_follow_up(self.request) is None

    def test_a_request_that_went_on_is_not_followed_up(self) -> None:
        self.sweep_until("first_follow_up")
        move_request(self.member, self.request, Status.ACTION_NEEDED)
        row = self.follow_up()
        with pytest.raises(FollowUpRefused, match="gone on"):
            send(self.member, row, text_of(row))
        assert open_follow_up(OptOutRequest.objects.get(pk=self.request.pk)) is None

    def test_by_hand_keeps_the_letter(self) -> None:
        self.sweep_until("second_follow_up")
        row = self.follow_up()
        record_by_hand(self.member, row, text_of(row))
        message = Message.objects.filter(request=self.request, media_type="application/pdf").last()
        assert message
        assert bytes(message.raw).startswith(b"%PDF-")
        event = self.request.stream.events.order_by("-sequence")[0]
        assert (event.action, event.evidence) == (Action.FOLLOW_UP_SENT, [message.sha256])

    def test_an_escalation_goes_to_the_privacy_officer_and_is_said_to_be_one(self) -> None:
        self.sweep_until("escalation")
        row = self.follow_up()
        text = text_of(row)
        assert text.recipient
        assert text.recipient != "feedback@slack.com"
        assert self.request.reference in text.subject
        mail = send(self.member, row, text)
        assert mail.purpose == Purpose.ESCALATION
        assert Action.REQUEST_ESCALATED in self.actions()


class ByItselfTests(FollowUpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.allow_automatic()

    def test_it_goes_without_a_person_where_the_organisation_says_so(self) -> None:
        self.sweep_until("first_follow_up")
        assert self.follow_up().state == FollowUpState.DUE
        assert self.write() == {"queued": 1}
        mail = OutgoingMail.objects.exclude(pk=self.sent.pk).get()
        assert (mail.is_automatic, mail.state, mail.queued_by) == (True, SendState.QUEUED, None)
        assert mail.message
        assert b"Auto-Submitted: auto-generated" in bytes(mail.message.raw)
        assert self.write() == {}

    def test_an_escalation_waits_for_a_person_all_the_same(self) -> None:
        self.sweep_until("escalation")
        assert self.follow_up().state == FollowUpState.WAITING

    def test_one_address_gets_one_automatic_mail_in_24_hours(self) -> None:
        others = [self.send() for _more in range(3)]
        self.sweep_until("first_follow_up")
        assert FollowUp.objects.filter(state=FollowUpState.DUE).count() == len(others) + 1
        assert self.write() == {"queued": 1, "due": 3}
        self.go_on(hours=23)
        assert self.write() == {}
        self.go_on(hours=1, seconds=1)
        assert self.write() == {"queued": 1, "due": 2}
        assert OutgoingMail.objects.filter(is_automatic=True).count() == 2

    def test_a_request_that_went_on_is_not_followed_up(self) -> None:
        self.sweep_until("first_follow_up")
        move_request(self.member, self.request, Status.ACTION_NEEDED)
        assert self.write() == {"dropped": 1}
        assert self.actions()[-1] == Action.FOLLOW_UP_DROPPED

    def test_what_cannot_go_is_left_to_a_person_with_the_reason(self) -> None:
        self.sweep_until("first_follow_up")
        recipient = text_of(self.follow_up()).recipient
        PausedAddress.objects.create(organisation=self.acme, address=recipient, since=self.at)
        assert self.write() == {"waiting": 1}
        assert recipient in self.follow_up().reason

    def test_it_waits_again_once_the_organisation_no_longer_says_so(self) -> None:
        self.sweep_until("first_follow_up")
        MailSettings.objects.update(automatic_follow_ups=False)
        assert self.write() == {"waiting": 1}

    def test_what_a_person_changed_waits_for_that_person(self) -> None:
        self.sweep_until("first_follow_up")
        change(self.member, self.follow_up(), Text("Re: ours", "Mine.", "feedback@slack.com"))
        assert self.write() == {}


class PageTests(FollowUpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sweep_until("first_follow_up")
        self.client = Client()
        self.client.force_login(self.admin)

    def page(self) -> str:
        return self.client.get(f"/o/acme/requests/{self.request.pk}/").content.decode()

    def post(self, decision: str, **changed: Any) -> Any:
        text = text_of(self.follow_up())
        data = {"recipient": text.recipient, "subject": text.subject, "body": text.body, "decision": decision}
        return self.client.post(f"/o/acme/follow-ups/{self.follow_up().pk}/", data | changed)

    def test_the_page_of_the_request_shows_it_to_read_change_send_and_drop(self) -> None:
        page = self.page()
        assert "On 12 January 2026 we sent you our request" in page
        for words in ("Send it", "I sent it myself", "Save the text", "Do not send it"):
            assert words in page

    def test_today_lists_it_until_it_is_settled(self) -> None:
        assert "Follow-ups to send" in self.client.get("/o/acme/").content.decode()
        drop(self.member, self.follow_up())
        assert "Follow-ups to send" not in self.client.get("/o/acme/").content.decode()

    def test_each_button_does_what_it_says(self) -> None:
        assert self.post("save", body="Mine.").status_code == 302
        assert self.follow_up().body == "Mine."
        assert self.post("send").status_code == 302
        assert self.follow_up().state == FollowUpState.QUEUED
        assert "Send it</button>" not in self.page()

    def test_a_bad_address_is_said_and_nothing_is_lost(self) -> None:
        answer = self.post("send", recipient="a@example.org,b@example.org", body="Typed.")
        assert answer.status_code == 422
        assert "Typed." in answer.content.decode()
        assert self.follow_up().state == FollowUpState.WAITING

    def test_a_refusal_of_the_outbox_is_said_in_place(self) -> None:
        MailSettings.objects.all().delete()
        answer = self.post("send")
        assert answer.status_code == 422
        assert "Sending is not set up." in answer.content.decode()

    def test_the_letter_is_a_pdf(self) -> None:
        answer = self.client.get(f"/o/acme/follow-ups/{self.follow_up().pk}/letter.pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Disposition"].startswith("attachment")

    def test_giving_up_is_proposed_and_done_by_a_person(self) -> None:
        self.sweep_until("give_up")
        self.client.force_login(self.admin)  # months have passed
        assert "Close it as “No reply”" in self.page()
        self.client.post(f"/o/acme/requests/{self.request.pk}/move/", {"happened": "no_reply", "on": self.acme.today()})
        assert "Close it as “No reply”" not in self.page()


class ByLetterTests(SweepTestCase):
    def test_a_request_on_paper_asks_a_person_to_print_the_next_one(self) -> None:
        MailSettings.objects.all().delete()
        self.sweep_until("first_follow_up")
        client = Client()
        client.force_login(self.admin)
        page = client.get(f"/o/acme/requests/{self.request.pk}/").content.decode()
        assert "Print the letter or copy the text" in page
        assert ">Send it</button>" not in page
        with pytest.raises(SendingRefused):
            send(self.member, self.follow_up(), text_of(self.follow_up()))
