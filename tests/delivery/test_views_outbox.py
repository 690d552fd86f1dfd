from typing import Any

from django.utils import timezone

from requests_app.delivery.claims import claim_due, record_result
from requests_app.delivery.sending import CANCEL_WINDOW
from requests_app.delivery.smtp import Fate, Result
from requests_app.delivery.threading import queue_in_thread
from requests_app.models import OptOutRequest, OutgoingMail, PausedAddress, SendState
from tests.delivery.outbox import OutboxTestCase


class SendingTestCase(OutboxTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.row = self.draft()
        self.client.force_login(self.admin)

    def address(self, what: str = "") -> str:
        return f"/o/acme/requests/{self.row.pk}/{what}"

    def send(self, edition: str = "1") -> Any:
        return self.client.post(self.address("send/"), {"edition": edition})

    def decide(self, decision: str) -> Any:
        return self.client.post(f"/o/acme/outgoing/{OutgoingMail.objects.latest('pk').pk}/", {"decision": decision})

    def fragment(self) -> Any:
        return self.client.get(self.address("outgoing/"), headers={"HX-Request": "true"})

    def end(self, fate: Fate, text: str = "") -> None:
        [mail] = claim_due(timezone.now() + CANCEL_WINDOW * 2, 1)
        record_result(mail, Result(fate, text), timezone.now())

    def status(self) -> str:
        return OptOutRequest.objects.get(pk=self.row.pk).status


class SendTests(SendingTestCase):
    def test_the_page_names_recipient_sender_and_subject(self) -> None:
        page = self.client.get(self.address("hand-over/")).content.decode()
        assert "Send it from Optout" in page
        for text in ("<dd>feedback@slack.com</dd>", "<dd>optout@example.org</dd>"):
            assert text in page

    def test_without_mail_or_for_an_auditor_it_is_not_offered(self) -> None:
        self.client.force_login(self.auditor)
        self.assertNotContains(self.client.get(self.address("hand-over/")), "Send it from Optout")
        assert self.send().status_code == 403
        self.client.force_login(self.admin)
        self.use(smtp_host="")
        self.assertNotContains(self.client.get(self.address("hand-over/")), "Send it from Optout")
        self.assertRedirects(self.send(), self.address("hand-over/"))
        self.client.force_login(self.outsider)
        assert self.send().status_code == 404
        assert not OutgoingMail.objects.exists()

    def test_it_is_queued_and_can_be_cancelled_for_a_while(self) -> None:
        self.assertRedirects(self.send(), self.address(), fetch_redirect_response=False)
        page = self.client.get(self.address())
        self.assertContains(page, "Cancel sending")
        self.assertContains(page, 'hx-trigger="every 2s"')
        self.assertContains(page, "It leaves in ")
        self.assertRedirects(self.decide("cancel"), self.address(), fetch_redirect_response=False)
        assert self.status() == "draft"
        self.assertNotContains(self.client.get(self.address()), 'id="outgoing"')

    def test_twice_is_told_and_sends_once(self) -> None:
        self.send()
        self.assertRedirects(self.send(), self.address(), fetch_redirect_response=False)
        assert OutgoingMail.objects.count() == 1

    def test_what_was_not_seen_is_not_sent(self) -> None:
        for edition in ("2", "", "x"):
            self.assertRedirects(self.send(edition), self.address("hand-over/"), fetch_redirect_response=False)
        assert not OutgoingMail.objects.exists()


class WatchTests(SendingTestCase):
    def test_the_fragment_is_polled_until_it_is_settled(self) -> None:
        self.send()
        assert "HX-Refresh" not in self.fragment()
        [mail] = claim_due(timezone.now() + CANCEL_WINDOW * 2, 1)
        response = self.fragment()
        self.assertContains(response, "It is being sent.")
        self.assertNotContains(response, "Cancel sending")
        record_result(mail, Result(Fate.SENT, "250 taken"), timezone.now())
        response = self.fragment()
        assert response["HX-Refresh"] == "true"
        self.assertContains(response, "250 taken")
        self.assertNotContains(response, "hx-trigger")

    def test_without_javascript_the_fragment_is_the_page(self) -> None:
        self.send()
        self.assertRedirects(self.client.get(self.address("outgoing/")), self.address())

    def test_a_later_attempt_is_announced_and_not_watched(self) -> None:
        self.send()
        self.end(Fate.PUT_OFF, "451 <later>")
        OutgoingMail.objects.update(due_at=timezone.now() + CANCEL_WINDOW * 4)
        page = self.client.get(self.address())
        self.assertContains(page, "The next attempt is on")
        self.assertContains(page, "451 &lt;later&gt;")
        self.assertNotContains(page, 'hx-trigger="every')

    def test_an_auditor_watches_and_decides_nothing(self) -> None:
        self.send()
        self.client.force_login(self.auditor)
        self.assertNotContains(self.client.get(self.address()), "Cancel sending")
        assert self.decide("cancel").status_code == 403
        self.client.force_login(self.outsider)
        assert self.decide("cancel").status_code == 404
        assert self.fragment().status_code == 404


class DecisionTests(SendingTestCase):
    def test_in_doubt_a_person_decides(self) -> None:
        self.send()
        self.end(Fate.IN_DOUBT)
        page = self.client.get(self.address())
        for text in ("In doubt", "It went out", "Send it again"):
            self.assertContains(page, text)
        self.assertNotContains(page, "Back to the draft")
        assert self.status() == "action_needed"
        self.decide("went")
        assert self.status() == "submitted"
        assert OutgoingMail.objects.get().state == SendState.SENT

    def test_what_was_refused_is_sent_again_or_corrected(self) -> None:
        self.send()
        self.end(Fate.REFUSED, "550 no such user")
        self.assertContains(self.client.get(self.address()), "550 no such user")
        self.decide("again")
        assert OutgoingMail.objects.get().state == SendState.QUEUED
        self.end(Fate.REFUSED)
        self.decide("cancel")
        assert self.status() == "draft"

    def test_what_cannot_be_done_any_more_is_told(self) -> None:
        self.send()
        self.end(Fate.SENT)
        for decision in ("cancel", "approve", "went", "again", "nonsense"):
            self.assertRedirects(self.decide(decision), self.address())
        assert OutgoingMail.objects.get().state == SendState.SENT

    def test_a_second_person_approves(self) -> None:
        self.use(needs_approval=True)
        self.assertContains(self.client.get(self.address("hand-over/")), "Ask for approval")
        self.send()
        self.assertNotContains(self.client.get(self.address()), "Approve and send it")
        self.decide("approve")
        assert OutgoingMail.objects.get().state == SendState.WAITING
        self.client.force_login(self.owner)
        self.assertContains(self.client.get("/o/acme/"), "Mail that waits for a second person")
        self.assertContains(self.client.get(self.address()), "Approve and send it")
        self.decide("approve")
        assert OutgoingMail.objects.get().state == SendState.QUEUED
        self.assertNotContains(self.client.get("/o/acme/"), "Mail that waits for a second person")


class LaterMessageTests(SendingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.send()
        self.end(Fate.SENT)
        self.row = OptOutRequest.objects.get(pk=self.row.pk)
        me = self.by()
        self.later = queue_in_thread(
            self.row, subject="", body="Again", actor=me.actor, user=me.user, needs_approval=False
        )

    def test_the_page_shows_it_and_taking_it_back_leaves_the_request_sent(self) -> None:
        page = self.client.get(self.address())
        self.assertContains(page, "Follow-up")
        self.assertContains(page, "Cancel sending")
        self.decide("cancel")
        page = self.client.get(self.address())
        self.assertContains(page, "took the message back before it was sent")
        self.assertNotContains(page, "the request is a draft again")
        assert self.status() == "submitted"

    def test_what_is_in_doubt_goes_before_what_came_later(self) -> None:
        self.end(Fate.IN_DOUBT)
        me = self.by()
        queue_in_thread(self.row, subject="", body="More", actor=me.actor, user=me.user, needs_approval=False)
        OutgoingMail.objects.filter(pk=self.later.pk).update(missed_in_sent_at=timezone.now())
        page = self.client.get(self.address())
        self.assertContains(page, "Nobody knows whether it went out")
        self.assertContains(page, "it was not there")

    def test_a_paused_address_has_its_button(self) -> None:
        paused = PausedAddress.objects.create(
            organisation=self.acme,
            address="feedback@slack.com",
            since=timezone.now(),
            bounces=3,
            last_reply="550 <gone>",
        )
        page = self.client.get(self.address())
        self.assertContains(page, "came back 3 times")
        self.assertContains(page, "550 &lt;gone&gt;")
        self.assertContains(page, "because mail to this address came back")
        there = f"/o/acme/paused/{paused.pk}/resume/"
        self.assertRedirects(self.client.post(there, {"request": self.row.pk}), self.address())
        self.assertNotContains(self.client.get(self.address()), "came back 3 times")
        self.client.force_login(self.auditor)
        assert self.client.post(there).status_code == 403

    def test_mail_that_is_held_back_says_why(self) -> None:
        self.use(sending_paused_at=timezone.now(), sending_paused_reason="535 5.7.8 wrong")
        page = self.client.get(self.address())
        self.assertContains(page, "All mail waits")
        self.assertContains(page, "535 5.7.8 wrong")
