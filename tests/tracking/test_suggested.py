"""One click on what a reply suggests, and none by the reply itself (forged replies)."""

from typing import Any
from unittest import mock

from django.urls import reverse

from requests_app.intake import checking
from requests_app.models import Action, Event, InboundMail, Outcome, Status, Waits
from requests_app.tracking.changes import move_request
from tests.intake import mails
from tests.intake.mails import GENUINE, IntakeTestCase
from tests.intake.signing import Records, records, signed

TRUSTED = (f"Authentication-Results: {GENUINE}",)
DONE = "Your request has been completed."


class SuggestedTests(IntakeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def reply(self, text: str = DONE, **more: Any) -> InboundMail:
        return self.take_in(to=self.address, text=text, headers=more.pop("headers", TRUSTED), **more)

    def page(self) -> str:
        return self.client.get(reverse("request", args=["acme", self.sent.pk])).content.decode()

    def decide(self, mail: InboundMail, decision: str) -> str:
        path = reverse("suggestion", args=["acme", mail.pk])
        return self.client.post(path, {"decision": decision}, follow=True).content.decode()

    def test_it_asks_with_the_words_found(self) -> None:
        self.reply()
        html = self.page()
        assert "The reply says “request has been completed”: record as “Confirmed”?" in html
        assert "Record as “Confirmed”" in html

    def test_one_click_records_it_with_the_mail_that_it_rests_on(self) -> None:
        mail = self.reply()
        html = self.decide(mail, "take")
        self.sent.refresh_from_db()
        assert (self.sent.status, self.sent.outcome) == (Status.CLOSED, Outcome.CONFIRMED)
        event = Event.objects.get(action=Action.OUTCOME_RECORDED)
        assert (event.detail["mail"], event.evidence, event.actor) == (mail.pk, [mail.sha256], f"user:{self.admin.pk}")
        assert "as a mail that came in says" in html
        mail.refresh_from_db()
        assert (mail.suggestion, mail.waits, mail.settled_by) == ({}, "", self.admin)

    def test_twice_it_is_recorded_once(self) -> None:
        mail = self.reply()
        self.decide(mail, "take")
        assert "suggests nothing any more" in self.decide(mail, "take")
        assert Event.objects.filter(action=Action.OUTCOME_RECORDED).count() == 1

    def test_left_aside_it_asks_no_more(self) -> None:
        mail = self.reply()
        html = self.decide(mail, "leave")
        self.sent.refresh_from_db()
        assert self.sent.status == Status.SUBMITTED
        assert "record as" not in html
        assert Event.objects.get(action=Action.SUGGESTION_LEFT).detail["suggestion"] == "completed"

    def test_what_a_mail_asks_for_goes_on_waiting_when_its_suggestion_is_left(self) -> None:
        mail = self.reply("Please send us proof of authority.")
        self.decide(mail, "leave")
        mail.refresh_from_db()
        assert mail.waits == Waits.PROOF

    def test_what_the_request_does_not_allow_is_not_asked(self) -> None:
        self.reply()
        membership = self.admin.memberships.select_related("organisation", "user").get()
        move_request(membership, self.sent, Status.CLOSED, Outcome.REFUSED)
        assert "record as" not in self.page()

    def test_an_auditor_cannot_decide(self) -> None:
        mail = self.reply()
        self.client.force_login(self.auditor)
        response = self.client.post(reverse("suggestion", args=["acme", mail.pk]), {"decision": "take"})
        assert response.status_code == 403

    def test_no_reply_moves_a_request_by_itself(self) -> None:
        """Row 14: a forged sender with the right subject, and a stolen address of ours used from another domain."""
        stolen = "Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example"
        for number, (sender, headers) in enumerate(
            (
                ("Support <support@slack.com>", TRUSTED),
                ("Support <support@slack.com>", ()),
                ("Support <support@slack.com>", ("Authentication-Results: mx.example.org; dmarc=fail",)),
                ("Support <support@evil.example>", (stolen,)),
            )
        ):
            with self.subTest(headers=headers):
                mail = self.reply(sender=sender, headers=headers, mail_id=f"<f{number}@x.example>")
                self.sent.refresh_from_db()
                assert (self.sent.status, mail.request) == (Status.SUBMITTED, self.sent)
                assert mail.waits == (Waits.REPLY if headers == TRUSTED else Waits.UNCERTAIN)
        assert "It is not certain that the vendor wrote this." in self.page()
        assert "It is no domain of the vendor, though." in self.page()

    def test_a_signature_that_optout_verified_itself_makes_the_sender_certain(self) -> None:
        raw = signed(mails.mail(to=self.address, text=DONE))
        with (
            self.settings(CHECK_SENDERS=True),
            mock.patch.object(checking, "TextRecords", lambda _s: Records(records())),
        ):
            mail = self.take_in(raw)
        assert (mail.authenticity["dmarc"], mail.authenticity["by"], mail.waits) == ("pass", "optout", Waits.REPLY)
        assert "DMARC passed for slack.com, checked by Optout itself, by its signature." in self.page()

    def test_with_no_network_the_mail_is_filed_all_the_same(self) -> None:
        raw = signed(mails.mail(to=self.address, text=DONE))
        down = Records({}, is_down=True)
        with self.settings(CHECK_SENDERS=True), mock.patch.object(checking, "TextRecords", lambda _s: down):
            mail = self.take_in(raw)
        assert (mail.request, mail.waits) == (self.sent, Waits.UNCERTAIN)
        assert "could not be checked" in self.page()

    def test_nobody_is_asked_where_it_is_switched_off_or_a_trusted_server_has_looked(self) -> None:
        known = Records(records())
        raw = signed(mails.mail(to=self.address))
        with mock.patch.object(checking, "TextRecords", lambda _s: known):
            self.take_in(raw)
            with self.settings(CHECK_SENDERS=True):
                self.take_in(TRUSTED[0].encode() + b"\r\n" + raw)
        assert known.asked == []
