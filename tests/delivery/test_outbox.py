import datetime
import email
import email.policy
import hashlib

from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.delivery.claims import (
    ABANDONED_AFTER,
    BACKOFF,
    claim_due,
    give_up_abandoned,
    record_and_claim,
    record_result,
)
from requests_app.delivery.freezing import snapshot_content
from requests_app.delivery.handover import submit_request
from requests_app.delivery.outbox import (
    approve_message,
    cancel_message,
    mail_for,
    queue_message,
)
from requests_app.delivery.outputs import output_names
from requests_app.delivery.resolve import mark_as_sent, send_again
from requests_app.delivery.sending import CANCEL_WINDOW, SendingRefused
from requests_app.delivery.smtp import Fate, Result
from requests_app.drafting.requests import EditedMeanwhile, draft_of, save_draft
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Event, Message, MoveRefused, OptOutRequest, OutgoingMail, SendState, Status
from tests.delivery.outbox import OutboxTestCase

LATER = CANCEL_WINDOW + datetime.timedelta(seconds=1)


class QueueTests(OutboxTestCase):
    def test_it_freezes_the_request_as_a_hand_over_does(self) -> None:
        by_hand = submit_request(self.by(), self.draft(), on=self.acme.today(), how="email")
        sent = self.queue().request
        assert (sent.status, sent.submitted_how, sent.submitted_on) == ("submitted", "email", by_hand.submitted_on)
        assert sent.snapshot == by_hand.snapshot == snapshot_content(sent, draft_of(sent))
        assert sent.reference == f"OPT-{self.acme.today().year}-000002"

    def test_the_exact_bytes_are_kept_before_anything_is_sent(self) -> None:
        mail = self.queue()
        message = Message.objects.get()
        assert mail.message == message
        assert message.sha256 == hashlib.sha256(bytes(message.raw)).hexdigest()
        event = Event.objects.get(action="message_queued")
        assert event.evidence == [message.sha256]
        assert event.detail["message_id"] == mail.mail_id
        assert event.detail["reference"] == mail.request.reference
        assert "feedback@slack.com" not in event.detail_json
        assert output_names(mail.request) == ["request.eml"]

    def test_the_headers_lead_the_answer_back(self) -> None:
        mail = self.queue()
        assert mail.message
        parsed = email.message_from_bytes(bytes(mail.message.raw), policy=email.policy.default)
        mail.request.refresh_from_db()
        assert parsed["From"] == "Jane Doe <optout@example.org>"
        assert parsed["To"] == "Slack Customer Experience team <feedback@slack.com>"
        assert parsed["Reply-To"] == f"Jane Doe <replies+{mail.request.reply_token}@example.org>"
        assert parsed["Message-ID"] == mail.mail_id
        assert mail.mail_id.endswith("@example.org>")
        for absent in ("X-Unsent", "Auto-Submitted", "In-Reply-To", "Cc", "Bcc"):
            assert parsed[absent] is None

    def test_it_is_due_after_the_window(self) -> None:
        mail = self.queue()
        assert mail.due_at - mail.queued_at == CANCEL_WINDOW
        assert claim_due(mail.due_at - datetime.timedelta(seconds=1), 10) == []
        assert claim_due(mail.due_at, 10) == [mail]

    def test_twice_queues_once(self) -> None:
        draft = self.draft()
        stale = OptOutRequest.objects.select_related("organisation", "version", "stream").get(pk=draft.pk)
        self.queue(draft)
        with self.assertRaises(MoveRefused):
            self.queue(stale)
        assert OutgoingMail.objects.count() == Message.objects.count() == 1

    def test_what_somebody_saved_in_between_is_not_overlooked(self) -> None:
        draft = self.draft()
        given = {"values": draft.values, "ground": draft.ground, "locale": "en", "edition": 1}
        save_draft(self.by(self.owner), draft, subject="", body="Other words", **given)
        with self.assertRaises(EditedMeanwhile):
            self.queue(draft)

    def test_what_is_missing_blocks(self) -> None:
        draft = self.draft()
        draft.values["workspace_url"] = ""
        with self.assertRaises(ValuesRefused):
            self.queue(draft)
        assert not OutgoingMail.objects.exists()

    def test_demo_data_is_refused(self) -> None:
        draft = self.draft()
        assert mail_for(draft, self.mail)
        draft.organisation.is_demo = True
        assert not mail_for(draft, self.mail)
        with self.assertRaises(SendingRefused):
            self.queue(draft)

    def test_a_setting_and_an_organisation_without_mail_are_refused(self) -> None:
        setting = self.draft_for("microsoft/windows-diagnostic-data", device_group="All devices")
        assert not mail_for(setting, self.mail)
        with self.assertRaises(SendingRefused):
            self.queue(setting)
        assert not mail_for(self.draft(), None)
        self.use(smtp_host="")
        self.mail.refresh_from_db()
        assert not mail_for(self.draft(), self.mail)
        with self.assertRaises(SendingRefused):
            self.queue()


class CancelTests(OutboxTestCase):
    def test_it_makes_the_request_a_draft_again_with_its_reference(self) -> None:
        mail = self.queue()
        digest = Message.objects.get().sha256
        draft = cancel_message(self.by(), mail)
        draft.refresh_from_db()
        assert (draft.status, draft.snapshot, draft.submitted_on, draft.answer_by) == (Status.DRAFT, None, None, None)
        assert not Message.objects.exists()
        assert Event.objects.get(action="message_cancelled").evidence == [digest]
        assert claim_due(timezone.now() + LATER, 10) == []
        again = self.queue(OptOutRequest.objects.select_related("organisation", "version", "stream").get(pk=draft.pk))
        assert again.request.reference == draft.reference
        assert again.mail_id != mail.mail_id

    def test_once_a_worker_has_it_it_is_too_late(self) -> None:
        mail = self.queue()
        claim_due(timezone.now() + LATER, 1)
        with self.assertRaises(SendingRefused):
            cancel_message(self.by(), mail)
        assert Message.objects.exists()


class ApprovalTests(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.use(needs_approval=True)

    def test_it_waits_for_somebody_else(self) -> None:
        mail = self.queue()
        assert mail.state == SendState.WAITING
        assert claim_due(timezone.now() + LATER, 1) == []
        with self.assertRaises(SendingRefused):
            approve_message(self.by(self.admin), mail)
        approved = approve_message(self.by(self.owner), mail)
        assert (approved.state, approved.approved_by) == (SendState.QUEUED, self.owner)
        assert claim_due(timezone.now() + LATER, 1) == [mail]
        with self.assertRaises(SendingRefused):
            approve_message(self.by(self.owner), mail)
        assert self.actions(mail) == ["message_queued", "message_approved"]

    def test_it_can_be_taken_back_meanwhile(self) -> None:
        assert cancel_message(self.by(), self.queue()).status == Status.DRAFT


class ClaimTests(OutboxTestCase):
    def claimed(self) -> OutgoingMail:
        self.queue()
        [mail] = claim_due(timezone.now() + LATER, 1)
        return mail

    def end(self, mail: OutgoingMail, fate: Fate, text: str = "", code: int = 0) -> SendState | None:
        return record_result(mail, Result(fate, text, code, "rcpt"), timezone.now())

    def test_a_mail_is_claimed_once(self) -> None:
        mail = self.claimed()
        assert (mail.state, mail.attempts) == (SendState.SENDING, 1)
        assert claim_due(timezone.now() + LATER, 10) == []

    def test_it_claims_the_oldest_first_and_no_more_than_asked(self) -> None:
        queued = [self.queue() for _ in range(3)]
        assert claim_due(timezone.now() + LATER, 2) == queued[:2]
        assert claim_due(timezone.now() + LATER, 2) == queued[2:]

    def test_a_claim_is_one_statement_and_its_end_one_short_transaction(self) -> None:
        self.queue()
        claim_due(timezone.now(), 1)  # its SQL is written once
        with CaptureQueriesContext(connection) as claiming:
            [mail] = claim_due(timezone.now() + LATER, 1)
        assert [query["sql"].split()[0] for query in claiming.captured_queries] == ["WITH", "SELECT"]
        with CaptureQueriesContext(connection) as ending:
            self.end(mail, Fate.SENT, "250 taken", 250)
        assert len(ending) <= 8

    def test_the_next_mail_is_claimed_in_the_transaction_that_ends_the_last_one(self) -> None:
        mail, following = self.claimed(), self.queue()
        later, sent = timezone.now() + LATER, Result(Fate.SENT, "250 taken", 250, "dot")
        with CaptureQueriesContext(connection) as captured:
            assert record_and_claim(mail, sent, later, 1) == (SendState.SENT, [following])
        words = [query["sql"].split()[0] for query in captured.captured_queries]
        # Within the test's own transaction: the savepoint is what a worker's BEGIN and COMMIT are.
        assert (words[0], words[-2:], words.count("WITH"), len(words)) == ("SAVEPOINT", ["RELEASE", "SELECT"], 1, 10)
        following.refresh_from_db()
        assert (following.state, following.attempts) == (SendState.SENDING, 1)
        assert record_and_claim(following, sent, later, 1) == (SendState.SENT, [])

    def test_no_other_is_claimed_when_the_pass_is_over(self) -> None:
        mail, following = self.claimed(), self.queue()
        assert record_and_claim(mail, Result(Fate.SENT), timezone.now() + LATER, 0) == (SendState.SENT, [])
        assert claim_due(timezone.now() + LATER, 10) == [following]

    def test_what_cannot_be_read_of_the_next_mail_undoes_nothing_of_the_last_one(self) -> None:
        mail = self.claimed()
        self.queue()
        self.mail.smtp_password = "canary"
        self.mail.save()
        other_key = self.settings(FIELD_KEYS=[Fernet.generate_key().decode()])
        with other_key, self.assertLogs("requests_app.delivery.claims", "ERROR"):
            assert record_and_claim(mail, Result(Fate.SENT), timezone.now() + LATER, 1) == (SendState.SENT, [])
        mail.refresh_from_db()
        assert mail.state == SendState.SENT

    def test_mail_waits_while_its_servers_password_cannot_be_read_and_goes_once_it_can(self) -> None:
        first, second = self.queue(), self.queue()
        self.mail.smtp_password = "canary"
        self.mail.save()
        now = timezone.now() + LATER
        other_key = self.settings(FIELD_KEYS=[Fernet.generate_key().decode()])
        with other_key, self.assertLogs("requests_app.delivery.claims", "ERROR") as logged:
            assert claim_due(now, 1) == []
        assert "Set FIELD_KEY" in logged.output[0]
        for mail in (first, second):
            mail.refresh_from_db()
            assert (mail.state, mail.attempts, mail.claim) == (SendState.QUEUED, 0, None)
        assert claim_due(now, 2) == []  # so that the mail of others has its turn
        assert claim_due(now + BACKOFF[1], 2) == [first, second]

    def test_what_was_sent_says_so_with_the_servers_words(self) -> None:
        mail = self.claimed()
        assert self.end(mail, Fate.SENT, "250 taken for feedback@slack.com", 250) == SendState.SENT
        mail.refresh_from_db()
        assert mail.reply == "250 taken for feedback@slack.com"
        event = Event.objects.get(action="message_sent")
        assert "feedback" not in event.detail_json
        assert event.personal == {"reply": "250 taken for feedback@slack.com"}
        assert (event.actor, event.detail["attempt"], event.detail["code"]) == ("clock", 1, 250)

    def test_what_was_put_off_is_tried_again_later_and_later_and_then_a_person_is_asked(self) -> None:
        mail = self.claimed()
        for number, pause in enumerate(BACKOFF, 1):
            now = timezone.now()
            assert record_result(mail, Result(Fate.PUT_OFF, "451 later", 451, "rcpt"), now) == SendState.QUEUED
            mail.refresh_from_db()
            assert mail.due_at - now == pause
            [mail] = claim_due(mail.due_at, 1)
            assert mail.attempts == number + 1
        assert self.end(mail, Fate.PUT_OFF, "451 later", 451) == SendState.FAILED
        assert OptOutRequest.objects.get(pk=mail.request_id).status == Status.ACTION_NEEDED
        assert self.actions(mail)[-2:] == ["message_send_failed", "status_changed"]

    def test_what_was_refused_or_is_in_doubt_needs_a_person(self) -> None:
        for fate, state in ((Fate.REFUSED, SendState.FAILED), (Fate.IN_DOUBT, SendState.UNKNOWN)):
            mail = self.claimed()
            assert self.end(mail, fate) == state
            assert OptOutRequest.objects.get(pk=mail.request_id).status == Status.ACTION_NEEDED
            assert claim_due(timezone.now() + datetime.timedelta(days=9), 10) == []

    def test_an_attempt_that_was_given_up_is_unknown_and_may_still_say_how_it_ended(self) -> None:
        mail = self.claimed()
        now = timezone.now() + LATER
        assert give_up_abandoned(now + ABANDONED_AFTER - datetime.timedelta(seconds=1)) == 0
        assert give_up_abandoned(now + ABANDONED_AFTER + LATER) == 1
        assert give_up_abandoned(now + ABANDONED_AFTER + LATER) == 0
        assert self.end(mail, Fate.SENT) == SendState.SENT

    def test_whoever_lost_the_claim_writes_nothing(self) -> None:
        mail = self.claimed()
        give_up_abandoned(timezone.now() + LATER + ABANDONED_AFTER)
        send_again(self.by(), mail)
        following = self.queue()
        OptOutRequest.objects.update(clock_stale=False)
        events = Event.objects.count()
        assert self.end(mail, Fate.SENT) is None
        assert record_and_claim(mail, Result(Fate.SENT), timezone.now(), 0) == (None, [])
        assert record_and_claim(mail, Result(Fate.SENT), timezone.now() + LATER, 2) == (None, [mail, following])
        assert Event.objects.count() == events
        assert not OptOutRequest.objects.get(pk=mail.request_id).clock_stale

    def test_a_request_that_was_closed_meanwhile_stays_closed(self) -> None:
        mail = self.claimed()
        OptOutRequest.objects.filter(pk=mail.request_id).update(status=Status.CLOSED, outcome="withdrawn")
        self.end(mail, Fate.REFUSED)
        assert OptOutRequest.objects.get(pk=mail.request_id).status == Status.CLOSED


class ResolveTests(OutboxTestCase):
    def ended(self, fate: Fate) -> OutgoingMail:
        self.queue()
        [mail] = claim_due(timezone.now() + LATER, 1)
        record_result(mail, Result(fate), timezone.now())
        return mail

    def status(self, mail: OutgoingMail) -> str:
        return OptOutRequest.objects.get(pk=mail.request_id).status

    def test_a_person_says_that_it_went(self) -> None:
        mail = self.ended(Fate.IN_DOUBT)
        assert mark_as_sent(mail, actor=self.by().actor).state == SendState.SENT
        assert self.status(mail) == Status.SUBMITTED
        assert self.actions(mail)[-2:] == ["message_sent", "status_changed"]

    def test_only_what_is_in_doubt_can_be_said_to_have_gone(self) -> None:
        for fate in (Fate.REFUSED, Fate.SENT, Fate.PUT_OFF):
            with self.assertRaises(SendingRefused):
                mark_as_sent(self.ended(fate), actor="user:1")

    def test_it_is_sent_again_with_the_same_bytes(self) -> None:
        for fate in (Fate.REFUSED, Fate.IN_DOUBT):
            mail = self.ended(fate)
            again = send_again(self.by(), mail)
            assert (again.mail_id, again.message) == (mail.mail_id, mail.message)
            assert self.status(mail) == Status.SUBMITTED
            assert claim_due(timezone.now() + LATER, 1) == [mail]

    def test_what_was_sent_is_not_sent_again(self) -> None:
        with self.assertRaises(SendingRefused):
            send_again(self.by(), self.ended(Fate.SENT))

    def test_what_was_refused_can_be_corrected_in_the_draft(self) -> None:
        assert cancel_message(self.by(), self.ended(Fate.REFUSED)).status == Status.DRAFT

    def test_what_may_have_arrived_is_never_a_draft_again(self) -> None:
        mail = self.ended(Fate.IN_DOUBT)
        with self.assertRaises(SendingRefused):
            cancel_message(self.by(), mail)
        send_again(self.by(), mail)
        cancel_message(self.by(), mail)
        mail.refresh_from_db()
        assert (mail.state, self.status(mail)) == (SendState.UNKNOWN, Status.ACTION_NEEDED)
        send_again(self.by(), mail)
        [claimed] = claim_due(timezone.now() + LATER, 1)
        record_result(claimed, Result(Fate.REFUSED), timezone.now())
        with self.assertRaises(SendingRefused):
            cancel_message(self.by(), mail)


class RaceTests(OutboxTestCase):
    def test_a_draft_submitted_by_hand_is_not_queued(self) -> None:
        draft = self.draft()
        stale = OptOutRequest.objects.select_related("organisation", "version", "stream").get(pk=draft.pk)
        submit_request(self.by(), draft, on=self.acme.today(), how="email")
        with self.assertRaises(MoveRefused):
            queue_message(self.by(), stale)
