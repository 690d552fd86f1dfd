"""Mail that a person brings as a file: stored first, then filed, and never another organisation's."""

from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile

from requests_app.delivery.reply_address import token_of, with_token
from requests_app.intake import filing, uploads
from requests_app.intake.reading.client import MailBroken
from requests_app.intake.reading.file_types import is_mail
from requests_app.intake.storing import store_mail
from requests_app.intake.triage import discard_mail
from requests_app.intake.uploads import UploadRefused, take_upload
from requests_app.models import Event, InboundMail, Membership, OptOutRequest, Way
from requests_app.processes.child import ChildUnavailable
from tests.drafting.requests import find
from tests.intake.mails import GENUINE, IntakeTestCase, mail
from tests.intake.outlook import compound_file, outlook_mail
from tests.tracking.rows import make_request, make_workspace


class TakeTests(IntakeTestCase):
    def take(self, raw: bytes, target: OptOutRequest | None = None) -> InboundMail:
        return take_upload(self.by(), raw, target)

    def test_a_persons_word_files_what_nothing_points_to(self) -> None:
        raw = mail(to="jane.doe@example.org", sender="x@elsewhere.example")
        row = self.take(raw, self.sent)
        assert (row.state, row.request, row.reason, row.way) == ("matched", self.sent, "upload", "upload")
        [message] = self.incoming()
        assert (bytes(message.raw), message.name) == (raw, f"other-{row.pk}.eml".replace("other", row.kind))
        event = Event.objects.get(action="reply_received")
        assert (event.actor, event.source, event.detail["matched_by"]) == (self.by().actor, "web", "upload")

    def test_outlooks_file_is_kept_as_it_is(self) -> None:
        raw = outlook_mail("jane.doe@example.org")
        row = self.take(raw, self.sent)
        [message] = self.incoming()
        assert (row.parsed["text"], bytes(message.raw)) == ("It is done.", raw)
        assert (message.name, message.media_type) == (f"reply-{row.pk}.msg", "application/vnd.ms-outlook")

    def test_without_a_request_it_is_filed_where_it_says_itself(self) -> None:
        assert self.take(mail(to=self.address)).request == self.sent
        row = self.take(mail(sender="x@elsewhere.example", mail_id="<2@x>"))
        assert (row.state, row.waits) == ("held", "held")
        assert Event.objects.get(action="reply_held").actor == self.by().actor

    def test_a_persons_word_outdoes_the_address_of_another_request(self) -> None:
        other = self.send()
        assert self.take(mail(to=self.address), other).request == other

    def test_mail_to_another_organisations_request_is_held(self) -> None:
        row = self.take(mail(to=self.others_address()), self.sent)
        assert (row.state, row.request, row.reason) == ("held", None, "other_organisation")
        assert not self.incoming()

    def others_address(self) -> str:
        procedure = find("slack/global-models")
        theirs = make_request(make_workspace(self.other, procedure.vendor), procedure, status="submitted")
        theirs.reply_token = token_of(theirs)
        theirs.save(update_fields=["reply_token"])
        return with_token("replies@other.example", theirs.reply_token)

    def test_headers_in_a_file_prove_nothing(self) -> None:
        row = self.take(mail(to=self.address, headers=(f"Authentication-Results: {GENUINE}",)), self.sent)
        assert (row.authenticity["by"], row.waits) == ("", "uncertain")

    def test_what_came_before_is_filed_now_where_it_was_held(self) -> None:
        raw = mail(sender="x@elsewhere.example")
        held = self.take_in(raw)
        row = self.take(raw, self.sent)
        assert (row.pk, row.state, row.request) == (held.pk, "matched", self.sent)
        assert Event.objects.get(action="reply_matched").detail["matched_by"] == "upload"
        assert InboundMail.objects.filter(state="duplicate").count() == 1

    def test_the_same_file_twice_is_one_message(self) -> None:
        raw = mail(sender="x@elsewhere.example")
        assert self.take(raw, self.sent) == self.take(raw, self.sent)
        assert len(self.incoming()) == 1

    def test_what_is_filed_elsewhere_or_discarded_stays_so(self) -> None:
        raw, other = mail(to=self.address), self.send()
        row = self.take_in(raw)
        assert self.take(raw, other).request == self.sent
        discard_mail(self.by(), row, "x")
        assert self.take(raw, other).state == "discarded"

    def test_who_reads_it_first_does_not_take_the_word_away(self) -> None:
        raw = mail(sender="x@elsewhere.example")
        filing.file_mail(store_mail(raw, Way.UPLOAD, organisation=self.acme))
        assert self.take(raw, self.sent).request == self.sent

    def test_two_organisations_keep_the_same_file(self) -> None:
        raw = mail(sender="x@elsewhere.example")
        theirs = take_upload(Membership.objects.get(user=self.outsider), raw)
        assert theirs.organisation == self.other
        assert self.take(raw, self.sent).pk != theirs.pk

    def test_what_cannot_be_read_keeps_the_word_as_a_suggestion(self) -> None:
        with mock.patch.object(filing, "read_mail", side_effect=MailBroken("odd")):
            row = self.take(mail(), self.sent)
        assert (row.state, row.suggested_request, row.waits) == ("failed", self.sent, "held")

    def test_what_is_no_mail_is_refused_and_not_stored(self) -> None:
        for name, raw in {
            "nothing": b"",
            "a picture": b"\x89PNG\r\n\x1a\nxx",
            "a page": b"<!DOCTYPE html>\n<p>From: x</p>\n",
            "a document": compound_file({"WordDocument": b"x"}),
            "text": b"Hello Jane: this is it\nbest\n",
            "a letter": b"%PDF-1.7\nFrom: x\n",
        }.items():
            with self.subTest(name), self.assertRaisesMessage(UploadRefused, ".eml or .msg"):
                self.take(raw, self.sent)
        with mock.patch.object(uploads, "MOST_BYTES", 3), self.assertRaisesMessage(UploadRefused, "25 MB"):
            self.take(mail(), self.sent)
        assert not InboundMail.objects.exists()

    def test_a_mailbox_line_above_the_headers_is_a_mail(self) -> None:
        assert is_mail(b"From x@example.org Mon Nov 23 10:00:00 2026\r\nSubject: x\r\n\r\ny")


class PageTests(IntakeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def post(self, path: str, raw: bytes = b"", name: str = "reply.eml") -> Any:
        return self.client.post(path, {"mail": SimpleUploadedFile(name, raw)} if raw else {})

    def test_a_requests_page_offers_it_and_files_it(self) -> None:
        page = f"/o/acme/requests/{self.sent.pk}/"
        self.assertContains(self.client.get(page), f"{page}mail/")
        self.assertContains(self.client.get(f"{page}mail/"), "on your word")
        response = self.post(f"{page}mail/", outlook_mail("x@example.org"), "reply.msg")
        self.assertRedirects(response, page, fetch_redirect_response=False)
        self.assertContains(self.client.get(page), "kept byte for byte")

    def test_the_list_of_mail_offers_it_and_says_what_became_of_it(self) -> None:
        self.assertContains(self.client.get("/o/acme/triage/"), "/o/acme/triage/upload/")
        response = self.post("/o/acme/triage/upload/", mail(sender="x@elsewhere.example"))
        row = InboundMail.objects.get()
        self.assertRedirects(response, f"/o/acme/triage/{row.pk}/", fetch_redirect_response=False)
        self.assertContains(self.client.get(f"/o/acme/triage/{row.pk}/"), "kept, but not in a request")

    def test_what_is_filed_elsewhere_is_told(self) -> None:
        other, raw = self.send(), mail(to=self.address)
        row = self.take_in(raw)
        response = self.post(f"/o/acme/requests/{other.pk}/mail/", raw)
        self.assertRedirects(response, f"/o/acme/triage/{row.pk}/", fetch_redirect_response=False)
        self.assertContains(self.client.get(f"/o/acme/triage/{row.pk}/"), "is here already")

    def test_bad_input_is_told(self) -> None:
        for path in ("/o/acme/triage/upload/", f"/o/acme/requests/{self.sent.pk}/mail/"):
            assert self.post(path).status_code == 422
            self.assertContains(self.post(path, b"%PDF-1.7"), ".eml or .msg", status_code=422)
            with mock.patch("requests_app.intake.forms.MOST_BYTES", 3):
                self.assertContains(self.post(path, mail()), "larger than 25 MB", status_code=422)
        assert not InboundMail.objects.exists()

    def test_while_nothing_can_be_read_it_is_kept(self) -> None:
        with mock.patch.object(filing, "read_mail", side_effect=ChildUnavailable("no")):
            response = self.post("/o/acme/triage/upload/", mail())
        self.assertRedirects(response, "/o/acme/triage/", fetch_redirect_response=False)
        page = self.client.get("/o/acme/triage/")
        self.assertContains(page, "The mail is kept.")
        self.assertContains(page, "will be read in a moment")

    def test_an_auditor_adds_nothing_and_an_outsider_finds_nothing(self) -> None:
        for person, status in ((self.auditor, 403), (self.outsider, 404)):
            self.client.force_login(person)
            for path in ("/o/acme/triage/upload/", f"/o/acme/requests/{self.sent.pk}/mail/"):
                assert self.post(path, mail()).status_code == status
        self.assertNotContains(self.client.get("/o/other/triage/"), "Re: Opt-out")
        assert not InboundMail.objects.exists()
