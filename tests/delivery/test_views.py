import email
import email.policy
from datetime import timedelta
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.delivery import views
from requests_app.delivery.outputs import OutputRefused
from requests_app.drafting.requests import EditedMeanwhile, draft_of, snapshot_of
from requests_app.drafting.sheet import entries
from requests_app.models import Event, Message, OptOutRequest
from tests.delivery.test_evidence import MediaTestCase
from tests.records.records import picture


class DeliveryTestCase(MediaTestCase):
    def address(self, what: str = "hand-over/", row: OptOutRequest | None = None) -> str:
        return f"/o/acme/requests/{(row or self.request_row).pk}/{what}"

    def submit(self, **changes: Any) -> Any:
        data = {"on": self.acme.today().isoformat(), "how": "email", **changes}
        return self.client.post(self.address("submitted/"), data)


class HandOverTests(DeliveryTestCase):
    def test_every_way_out_of_an_email(self) -> None:
        page = self.client.get(self.address())
        for text in (
            'data-copy="#copy-subject"',
            'data-copy="#copy-body"',
            'data-copy="#copy-all"',
            'href="mailto:feedback@slack.com?subject=Slack%20Global%20model%20opt-out%20request&amp;body=Dear',
            "output/request.eml",
            "output/letter.pdf?download",
            "Record that it was sent",
        ):
            self.assertContains(page, text)
        self.assertNotContains(page, "too long for a link")

    def test_a_long_text_goes_by_file_instead(self) -> None:
        self.request_row.body = "Please stop. " * 200
        self.request_row.save()
        page = self.client.get(self.address())
        self.assertContains(page, "too long for a link")
        self.assertNotContains(page, "mailto:")

    def test_a_form_has_a_copy_button_for_each_field(self) -> None:
        row = self.draft_for("intercom/fin-training", workspace_id="abc123")
        row.values |= {field.name: field.example for field in snapshot_of(row).fields}
        row.save()
        page = self.client.get(self.address(row=row)).content.decode()
        assert page.count('data-copy="#field-') == len(entries(draft_of(row)))
        assert "output/sheet.txt" in page
        assert "Vendor&#x27;s form filled in" in page

    def test_settings_come_with_instructions(self) -> None:
        row = self.draft_for("microsoft/windows-diagnostic-data", device_group="All devices")
        page = self.client.get(self.address(row=row))
        self.assertContains(page, "output/instructions.txt")
        self.assertContains(page, "Setting or policy applied")
        self.assertNotContains(page, "request.eml")

    def test_demo_data_cannot_be_sent(self) -> None:
        self.acme.is_demo = True
        self.acme.save()
        page = self.client.get(self.address())
        self.assertContains(page, "This is demo data")
        self.assertNotContains(page, "mailto:")
        assert self.client.get(self.address("output/request.eml")).status_code == 404
        assert b"[DEMO]" in self.client.get(self.address("output/message.txt")).content

    def test_the_page_needs_few_queries(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            self.client.get(self.address())
        assert len(captured) <= 13

    def test_an_auditor_looks_and_records_nothing(self) -> None:
        self.client.force_login(self.auditor)
        page = self.client.get(self.address())
        self.assertNotContains(page, "Record that it was sent")
        assert self.submit().status_code == 403

    def test_another_organisation_finds_nothing(self) -> None:
        self.client.force_login(self.outsider)
        for what in ("hand-over/", "output/request.eml"):
            assert self.client.get(self.address(what)).status_code == 404
        assert self.submit().status_code == 404

    def test_a_settings_file_that_cannot_be_written_says_why(self) -> None:
        with mock.patch("requests_app.delivery.views.output_names", side_effect=OutputRefused("no such thing")):
            response = self.client.get(self.address(), follow=True)
        self.assertContains(response, "no such thing")


class OutputTests(DeliveryTestCase):
    def test_the_email_is_ready_to_send(self) -> None:
        response = self.client.get(self.address("output/request.eml"))
        message = email.message_from_bytes(response.content, policy=email.policy.default)
        assert (message["To"], message["Subject"]) == (
            "Slack Customer Experience team <feedback@slack.com>",
            "Slack Global model opt-out request",
        )
        assert response["Content-Disposition"].startswith('attachment; filename="request.eml"')
        assert response.content == self.client.get(self.address("output/request.eml")).content

    def test_the_letter_may_be_framed_by_our_own_pages_only(self) -> None:
        response = self.client.get(self.address("output/letter.pdf"))
        assert response.content.startswith(b"%PDF-")
        assert response["X-Frame-Options"] == "SAMEORIGIN"
        assert response["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert response["Content-Disposition"].startswith("inline")
        download = self.client.get(self.address("output/letter.pdf?download"))
        assert download["Content-Disposition"].startswith("attachment")
        for other in (download, self.client.get(self.address("output/message.txt"))):
            assert other["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in other["Content-Security-Policy"]

    def test_what_is_missing_blocks_with_a_reason(self) -> None:
        self.request_row.values["workspace_url"] = ""
        self.request_row.save()
        response = self.client.get(self.address("output/letter.pdf"))
        assert response.status_code == 422
        self.assertContains(response, "workspace_url: This is missing", status_code=422)

    def test_other_names_are_not_found(self) -> None:
        for name in ("nothing.txt", "..%2f..%2fetc%2fpasswd", "%00"):
            assert self.client.get(self.address(f"output/{name}")).status_code == 404

    def test_after_the_hand_over_the_kept_bytes_are_given_out(self) -> None:
        before = self.client.get(self.address("output/request.eml")).content
        self.submit()
        after = self.client.get(self.address("output/request.eml"))
        assert after.content == before
        assert "OPT-" in after["Content-Disposition"]
        message = Message.objects.get(name="request.eml")
        response = self.client.get(f"/o/acme/messages/{message.pk}/")
        assert response.content == before
        assert "attachment" in response["Content-Disposition"]
        self.client.force_login(self.outsider)
        assert self.client.get(f"/o/other/messages/{message.pk}/").status_code == 404


class SubmittedTests(DeliveryTestCase):
    def test_it_is_recorded_with_its_proof(self) -> None:
        response = self.submit(proof=SimpleUploadedFile("sent.png", picture()))
        self.assertRedirects(response, self.address(""), fetch_redirect_response=False)
        self.request_row.refresh_from_db()
        assert self.request_row.reference == f"OPT-{self.acme.today().year}-000001"
        assert self.request_row.evidence.get().name == "sent.png"

    def test_twice_is_told_and_doubles_nothing(self) -> None:
        self.submit()
        events = Event.objects.count()
        self.assertRedirects(self.submit(), self.address(""), fetch_redirect_response=False)
        assert Event.objects.count() == events
        self.assertRedirects(self.client.get(self.address()), self.address(""), fetch_redirect_response=False)

    def test_bad_input_keeps_what_was_given(self) -> None:
        for days in (-1, 1):
            day = (self.acme.today() + timedelta(days=days)).isoformat()
            response = self.submit(on=day, how="post")
            self.assertContains(response, f'value="{day}"', status_code=422)
            self.assertContains(response, '<option value="post" selected>', status_code=422)
        assert self.submit(how="pigeon").status_code == 422
        self.assertContains(self.submit(how="post"), "postal address", status_code=422)
        assert not Message.objects.exists()

    def test_missing_values_lead_back_to_the_form(self) -> None:
        self.request_row.values["workspace_url"] = ""
        self.request_row.save()
        response = self.submit()
        self.assertRedirects(response, self.address("edit/?check=1"))
        assert not Message.objects.exists()

    def test_a_change_in_between_is_told(self) -> None:
        collision = EditedMeanwhile(self.request_row)
        with mock.patch.object(views, "submit_request", side_effect=collision):
            self.assertRedirects(self.submit(), self.address())
