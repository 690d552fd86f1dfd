import datetime
from typing import Any

from requests_app.delivery.reply_address import token_of, with_token
from requests_app.intake.triage import mark_of
from requests_app.models import Evidence, InboundMail, OptOutRequest, Status
from tests.intake.mails import GENUINE, IntakeTestCase, mail


def copy(address: str, **parts: Any) -> bytes:
    given = {"sender": "Jane <jane.doe@example.org>", "subject": "Opt-out", "mail_id": "<copy@example.org>"}
    return mail(**{"to": f"feedback@slack.com, {address}", **given, **parts})


class CopiesTestCase(IntakeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        self.row = self.draft()
        self.page = f"/o/acme/requests/{self.row.pk}/hand-over/"
        # As if the draft were of last week: the copy says 23 November.
        created = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
        OptOutRequest.objects.filter(pk=self.row.pk).update(created_at=created)
        self.draft_address = with_token("replies@example.org", token_of(self.row))

    def sent_it(self, row: InboundMail, mark: str = "") -> Any:
        return self.client.post(f"/o/acme/triage/{row.pk}/sent-it/", {"mark": mark or mark_of(row)})


class AddressTests(CopiesTestCase):
    def test_the_hand_over_page_gives_the_requests_own_address(self) -> None:
        self.assertContains(self.client.get(self.page), self.draft_address)
        assert OptOutRequest.objects.get(pk=self.row.pk).reply_token == token_of(self.row)

    def test_without_a_mailbox_for_replies_it_gives_none(self) -> None:
        self.mail_settings.reply_address = ""
        self.mail_settings.save()
        self.assertNotContains(self.client.get(self.page), "Let the proof come by itself")


class DraftTests(CopiesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.get(self.page)

    def test_the_copy_is_held_and_one_click_hands_the_draft_over_with_it_as_proof(self) -> None:
        raw = copy(self.draft_address)
        row = self.take_in(raw)
        assert (row.state, row.reason, row.kind, row.waits) == ("held", "own_copy", "other", "held")
        assert row.suggested_request == self.row
        page = self.client.get(f"/o/acme/triage/{row.pk}/")
        self.assertContains(page, "It looks like the copy of what you sent.")
        self.assertContains(page, "I sent it on 23 Nov 2026")
        self.assertRedirects(self.sent_it(row), f"/o/acme/requests/{self.row.pk}/", fetch_redirect_response=False)
        sent = OptOutRequest.objects.get(pk=self.row.pk)
        assert (sent.status, str(sent.submitted_on), sent.submitted_how) == (Status.SUBMITTED, "2026-11-23", "email")
        row.refresh_from_db()
        assert (row.state, row.request, row.waits) == ("matched", sent, "")
        assert row.message and row.message.direction == "outgoing"
        assert bytes(row.message.raw) == raw
        assert Evidence.objects.get().sha256 == row.sha256
        self.client.get(f"/o/acme/requests/{self.row.pk}/")

    def test_a_second_click_changes_nothing(self) -> None:
        row = self.take_in(copy(self.draft_address))
        mark = mark_of(row)
        self.sent_it(row)
        self.assertContains(
            self.client.post(f"/o/acme/triage/{row.pk}/sent-it/", {"mark": mark}, follow=True), "meanwhile"
        )
        assert Evidence.objects.count() == 1

    def test_a_stranger_or_the_vendor_is_held_as_before(self) -> None:
        for number, sender in enumerate(("support@slack.com", "mallory@evil.example")):
            row = self.take_in(copy(self.draft_address, sender=sender, mail_id=f"<{number}@x>"))
            assert (row.state, row.reason) == ("held", "draft_request")
            self.sent_it(row)
        assert OptOutRequest.objects.get(pk=self.row.pk).status == Status.DRAFT

    def test_a_day_that_cannot_be_hands_nothing_over(self) -> None:
        for number, date in enumerate(("Mon, 23 Nov 2037 10:00:00 +0100", "Mon, 23 Nov 2020 10:00:00 +0100", "none")):
            raw = copy(self.draft_address, mail_id=f"<{number}@x>")
            row = self.take_in(raw.replace(b"Mon, 23 Nov 2026 10:00:00 +0100", date.encode()))
            self.sent_it(row)
            row.refresh_from_db()
            assert row.state == "held"
        assert OptOutRequest.objects.get(pk=self.row.pk).status == Status.DRAFT

    def test_an_auditor_hands_nothing_over(self) -> None:
        row = self.take_in(copy(self.draft_address))
        self.client.force_login(self.auditor)
        assert self.sent_it(row).status_code == 403


class SubmittedTests(CopiesTestCase):
    def test_a_copy_to_the_vendor_is_filed_as_what_went_out(self) -> None:
        row = self.take_in(copy(self.address, headers=(f"Authentication-Results: {GENUINE}",)))
        assert (row.state, row.kind, row.waits, row.request) == ("matched", "other", "", self.sent)
        assert row.message and row.message.direction == "outgoing"

    def test_an_answer_that_somebody_passes_on_waits_for_a_person(self) -> None:
        row = self.take_in(mail(to=self.address, sender="jane.doe@example.org", subject="Fwd: Re: Opt-out"))
        assert (row.state, row.kind, row.waits) == ("matched", "reply", "uncertain")

    def test_the_request_address_is_needed(self) -> None:
        row = self.take_in(mail(to="feedback@slack.com, replies@example.org", sender="jane.doe@example.org"))
        assert row.reason != "own_copy"
