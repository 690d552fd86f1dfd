import re
from typing import Any
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.catalogue.fields import complete_definition
from requests_app.drafting import views
from requests_app.drafting.requests import DraftRefused, save_draft
from requests_app.models import Event, OptOutRequest, Outcome, Status, Workspace
from tests.drafting.people import AWKWARD
from tests.drafting.requests import RequestsTestCase, find, load_vendor, new_version, new_workspace

NEW = "/o/acme/requests/new/"


class PagesTestCase(RequestsTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)

    def typed(self, draft: OptOutRequest, **changes: Any) -> dict[str, Any]:
        """Return what the form sends for the draft as it is saved, with changes; values are named as declared."""
        data = {f"value_{name}": value for name, value in draft.values.items()}
        data |= {"ground": draft.ground, "locale": draft.locale, "edition": draft.edition, "subject": draft.subject}
        if draft.body:
            data["body"] = draft.body
        return data | {f"value_{name}" if name in draft.values else name: value for name, value in changes.items()}

    def page(self, draft: OptOutRequest, what: str = "edit") -> str:
        return f"/o/acme/requests/{draft.pk}/{what}/"


class NewRequestTests(PagesTestCase):
    def post(self, address: str, *choices: str) -> Any:
        return self.client.post(address, {"choice": choices})

    def test_one_procedure_becomes_one_draft(self) -> None:
        key = f"{self.workspace.pk}-{self.procedure.pk}"
        response = self.post(f"{NEW}?workspace={self.workspace.pk}", key)
        draft = OptOutRequest.objects.get()
        self.assertRedirects(response, self.page(draft))
        assert (draft.created_by, draft.procedure) == (self.admin, self.procedure)

    def test_the_address_ticks_the_procedure_that_it_names(self) -> None:
        response = self.client.get(NEW, {"workspace": self.workspace.pk, "procedure": self.procedure.pk})
        ticked = re.findall(r'value="([0-9]+-[0-9]+)"[^>]*checked', response.content.decode())
        assert ticked == [f"{self.workspace.pk}-{self.procedure.pk}"]

    def test_everything_open_for_a_vendor_is_ticked_and_the_rest_says_why_not(self) -> None:
        self.draft()
        second = new_workspace(self.acme, self.slack, "Second")
        address = f"{NEW}?vendor={self.slack.pk}"
        response = self.client.get(address)
        self.assertContains(response, "A draft exists.", count=1)
        ticked = re.findall(r'value="([0-9]+-[0-9]+)"[^>]*checked', response.content.decode())
        # Statements are no switch: they can be chosen, but do not belong to everything open.
        assert ticked == [f"{second.pk}-{self.procedure.pk}"]
        everything = re.findall(
            r'name="choice" value="([0-9]+-[0-9]+)"[^>]*id="[^"]*" *(?:checked)? *>', response.content.decode()
        )
        assert len(everything) == 3
        self.assertRedirects(self.post(address, *everything), "/o/acme/requests/")
        assert OptOutRequest.objects.filter(workspace=second).count() == 2
        assert OptOutRequest.objects.count() == 4

    def test_what_is_retired_or_confirmed_is_skipped_and_what_was_refused_is_not(self) -> None:
        first, other = self.draft(), find("slack/generative-ai-statement")
        for outcome, open_again in ((Outcome.CONFIRMED, False), (Outcome.REFUSED, True)):
            OptOutRequest.objects.filter(pk=first.pk).update(status=Status.CLOSED, outcome=outcome)
            page = self.client.get(f"{NEW}?workspace={self.workspace.pk}").content.decode()
            key = f"{self.workspace.pk}-{self.procedure.pk}"
            assert bool(re.search(rf'value="{key}"[^>]*checked', page)) == open_again
        other.retired_at = self.acme.created_at
        other.save()
        self.assertContains(self.client.get(f"{NEW}?workspace={self.workspace.pk}"), "retired from the catalogue")
        self.post(f"{NEW}?workspace={self.workspace.pk}", f"{self.workspace.pk}-{other.pk}")
        assert OptOutRequest.objects.count() == 1

    def test_a_second_click_drafts_nothing_twice(self) -> None:
        key = f"{self.workspace.pk}-{self.procedure.pk}"
        for _ in range(2):
            response = self.post(f"{NEW}?workspace={self.workspace.pk}", key)
        self.assertContains(response, "Nothing was chosen that is still open")
        assert OptOutRequest.objects.count() == 1

    def test_choices_of_others_count_for_nothing(self) -> None:
        elsewhere = new_workspace(self.other, self.slack)
        self.post(f"{NEW}?workspace={self.workspace.pk}", f"{elsewhere.pk}-{self.procedure.pk}", "x", "1-2-3")
        assert OptOutRequest.objects.count() == 0
        assert self.client.get(f"{NEW}?workspace={elsewhere.pk}").status_code == 404
        assert self.client.get(f"{NEW}?vendor=999999").status_code == 404

    def test_without_a_workspace_it_says_what_to_do(self) -> None:
        Workspace.objects.all().delete()
        self.assertContains(self.client.get(NEW), "Add a workspace")
        self.assertContains(self.client.get(f"{NEW}?vendor={self.slack.pk}"), "/workspaces/new/")

    def test_as_many_queries_for_twenty_workspaces_as_for_ten(self) -> None:
        counts = []
        self.client.get(NEW)
        for start in (0, 10):
            for number in range(start, start + 10):
                new_workspace(self.acme, self.slack, f"W{number}")
            with CaptureQueriesContext(connection) as captured:
                self.client.get(f"{NEW}?vendor={self.slack.pk}")
            counts.append(len(captured))
        assert counts[0] == counts[1]


class EditTests(PagesTestCase):
    def test_it_shows_form_preview_and_sources(self) -> None:
        response = self.client.get(self.page(self.draft()))
        for text in ("https://acme.slack.com", "feedback@slack.com", "Who may submit", "Sources last read", "Complete"):
            self.assertContains(response, text)
        self.assertContains(response, "Slack Global model opt-out request")
        self.assertNotContains(response, 'name="subject"')

    def test_it_saves_and_goes_on(self) -> None:
        draft = self.draft()
        data = self.typed(draft, signatory_name="John Roe", locale="de", action="hand_over")
        self.assertRedirects(self.client.post(self.page(draft), data), self.page(draft, "hand-over"))
        draft.refresh_from_db()
        assert (draft.values["signatory_name"], draft.locale, draft.edition) == ("John Roe", "de", 2)

    def test_wrong_values_are_kept_marked_and_block(self) -> None:
        draft = self.draft()
        data = self.typed(draft, workspace_url="not a link <b>", signatory_role="", action="hand_over")
        response = self.client.post(self.page(draft), data, follow=True)
        assert response.redirect_chain == [(self.page(draft) + "?check=1", 302)]
        self.assertContains(response, "2 values are missing or wrong")
        self.assertContains(response, 'value="not a link &lt;b&gt;"')
        self.assertContains(response, '<mark class="oo-gap">not a link &lt;b&gt;</mark>')
        self.assertContains(response, '<mark class="oo-gap">Role</mark>')
        self.assertContains(response, "Write a web address")
        self.assertNotContains(response, "<iframe")
        self.assertRedirects(self.client.get(self.page(draft, "hand-over")), self.page(draft) + "?check=1")

    def test_a_fresh_draft_is_not_red_all_over(self) -> None:
        draft = self.draft_for("microsoft/windows-diagnostic-data")
        assert b"is-invalid" not in self.client.get(self.page(draft)).content
        assert b"is-invalid" in self.client.get(self.page(draft) + "?check=1").content

    def test_what_cannot_be_kept_is_shown_again(self) -> None:
        draft = self.draft()
        response = self.client.post(self.page(draft), self.typed(draft, organisation_name="a\0b", signatory_name="New"))
        assert response.status_code == 422
        self.assertContains(response, 'value="New"', status_code=422)
        response = self.client.post(self.page(draft), self.typed(draft, ground="made_up"))
        assert response.status_code == 422
        draft.refresh_from_db()
        assert draft.edition == 1

    def test_awkward_values_are_shown_as_typed(self) -> None:
        draft = self.draft()
        for value in (*AWKWARD, "<script>alert(1)</script>", "\ue000x\ue001", "‮ reversed", "\x07"):
            with self.subTest(value):
                response = self.client.post(self.page(draft), self.typed(draft, organisation_name=value), follow=True)
                assert response.status_code == 200
                assert b"<script>alert" not in response.content
                draft.refresh_from_db()
                assert draft.values["organisation_name"] == value
                assert self.client.get(self.page(draft, "preview")).status_code == 200

    def test_the_text_is_edited_and_taken_back(self) -> None:
        draft = self.draft()
        self.assertNotContains(self.client.get(self.page(draft)), 'name="body"')
        self.client.post(self.page(draft), self.typed(draft, action="own_text"))
        draft.refresh_from_db()
        assert draft.body.startswith("Dear Slack")
        self.client.post(self.page(draft), self.typed(draft, body="Dear all,\r\n\r\nplease stop.", action="save"))
        draft.refresh_from_db()
        assert draft.body == "Dear all,\n\nplease stop."
        self.assertContains(self.client.get(self.page(draft, "preview")), "please stop.")
        self.client.post(self.page(draft), self.typed(draft, action="generated_text"))
        draft.refresh_from_db()
        assert draft.body == ""

    def test_text_is_not_edited_while_something_is_missing(self) -> None:
        draft = self.draft()
        data = self.typed(draft, workspace_url="", action="own_text")
        self.assertContains(self.client.post(self.page(draft), data, follow=True), "Fill in what is missing first")

    def test_two_people_lose_nothing(self) -> None:
        draft = self.draft()
        mine = self.typed(draft, signatory_name="Typed by me")
        save_draft(
            self.by(self.owner),
            draft,
            values={**draft.values, "signatory_name": "Saved by Olga"},
            subject="",
            body="",
            ground=draft.ground,
            locale="fr",
            edition=1,
        )
        response = self.client.post(self.page(draft), mine)
        assert response.status_code == 409
        page = response.content.decode()
        assert "Olga saved this draft while you were editing it" in page
        assert page.count("Saved by Olga") == 1
        assert 'value="Typed by me"' in page
        assert 'name="edition" value="2"' in page
        again = self.client.post(self.page(draft), mine | {"edition": 2})
        assert again.status_code == 302
        draft.refresh_from_db()
        assert (draft.values["signatory_name"], draft.edition) == ("Typed by me", 3)

    def test_a_newer_version_is_followed_only_when_somebody_says_so(self) -> None:
        draft = self.draft()
        self.assertNotContains(self.client.get(self.page(draft)), "newer version")
        new_version(
            self.procedure,
            ask=dict.fromkeys(("en", "de", "fr"), "Stop it for {{ workspace_url }} and {{ workspace_name }}."),
            fields=[complete_definition("workspace_url"), complete_definition("workspace_name")],
            grounds=["written_confirmation"],
        )
        page = self.client.get(self.page(draft))
        self.assertContains(page, "The catalogue has a newer version")
        self.assertNotContains(page, "Stop it for")
        data = self.typed(draft, signatory_role="Typed just now", action="latest_version")
        self.assertRedirects(self.client.post(self.page(draft), data), self.page(draft))
        draft = OptOutRequest.objects.get(pk=draft.pk)
        assert (draft.version.number, draft.ground) == (2, "written_confirmation")
        assert draft.values["workspace_url"] == "https://acme.slack.com"
        assert draft.values["signatory_role"] == "Typed just now"
        assert draft.values["workspace_name"] == ""
        event = Event.objects.filter(stream=draft.stream).order_by("-sequence")[0]
        assert event.detail["version_hash"] == draft.version.content_hash

    def test_what_is_handed_over_leads_to_the_request(self) -> None:
        draft = self.draft()
        OptOutRequest.objects.filter(pk=draft.pk).update(status=Status.SUBMITTED)
        for response in (self.client.get(self.page(draft)), self.client.post(self.page(draft), self.typed(draft))):
            self.assertRedirects(response, f"/o/acme/requests/{draft.pk}/", fetch_redirect_response=False)

    def test_a_missing_recipient_is_asked_for(self) -> None:
        load_vendor("zoom")
        draft = self.draft_for("zoom/no-training-statement")
        assert '<details class="oo-card" >' in self.client.get(self.page(draft)).content.decode()
        draft.values["recipient_name"] = "Legal"
        draft.save()
        assert '<details class="oo-card" open>' in self.client.get(self.page(draft)).content.decode()

    def test_every_kind_of_field_has_a_control(self) -> None:
        for name in ("aws/organizations-policy", "figma/content-training", "grammarly/product-improvement"):
            vendor = name.partition("/")[0]
            for procedure in load_vendor(vendor).procedures.all():
                with self.subTest(str(procedure)):
                    page = self.client.get(self.page(self.draft_for(str(procedure)), "edit"))
                    assert page.status_code == 200
                    Workspace.objects.filter(name="Other").update(name=f"Other {procedure}")


class PreviewTests(PagesTestCase):
    def test_it_follows_what_is_typed_and_saves_nothing(self) -> None:
        draft = self.draft()
        data = self.typed(draft, organisation_name="Typing Ltd", workspace_url="")
        response = self.client.post(self.page(draft, "preview"), data, headers={"HX-Request": "true"})
        self.assertContains(response, "Typing Ltd")
        self.assertContains(response, '<mark class="oo-gap">Workspace URL</mark>')
        self.assertNotContains(response, "<html")
        draft.refresh_from_db()
        assert (draft.edition, draft.values["organisation_name"]) == (1, "Acme GmbH")
        assert Event.objects.filter(stream=draft.stream).count() == 1

    def test_what_is_typed_may_be_anything(self) -> None:
        draft = self.draft()
        response = self.client.post(self.page(draft, "preview"), {"value_organisation_name": "\0", "edition": "x"})
        assert response.status_code == 200

    def test_the_page_shows_the_letter_in_a_frame(self) -> None:
        draft = self.draft()
        page = self.client.get(self.page(draft, "preview"))
        self.assertContains(page, f'<iframe class="oo-pdf mt-2" src="{self.page(draft, "output")}letter.pdf#')

    def test_settings_are_shown_with_their_instructions(self) -> None:
        draft = self.draft_for("microsoft/windows-diagnostic-data", device_group="All devices")
        page = self.client.get(self.page(draft, "preview"))
        self.assertContains(page, "instructions.txt")
        self.assertContains(page, "AllowTelemetry")

    def test_a_wording_that_cannot_be_filled_is_shown_as_a_problem(self) -> None:
        self.acme.wordings.create(procedure=self.procedure, locale="en", text="{{ nothing }}")
        page = self.client.get(self.page(self.draft(), "preview"))
        self.assertContains(page, "own wording cannot be filled")


class AccessTests(PagesTestCase):
    def test_an_auditor_reads_the_preview_only(self) -> None:
        draft = self.draft()
        self.client.force_login(self.auditor)
        assert self.client.get(self.page(draft, "preview")).status_code == 200
        self.assertNotContains(self.client.get(self.page(draft, "preview")), "/edit/")
        assert self.client.post(self.page(draft, "preview")).status_code == 403
        assert self.client.get(self.page(draft)).status_code == 403
        assert self.client.post(self.page(draft), {}).status_code == 403
        assert self.client.get(NEW).status_code == 403

    def test_an_outsider_finds_nothing(self) -> None:
        draft = self.draft()
        self.client.force_login(self.outsider)
        for organisation in ("acme", "other"):
            for what in ("edit", "preview"):
                assert self.client.get(f"/o/{organisation}/requests/{draft.pk}/{what}/").status_code == 404

    def test_the_pages_need_few_queries(self) -> None:
        draft = self.draft()
        for what in ("edit", "preview"):
            with CaptureQueriesContext(connection) as captured:
                self.client.get(self.page(draft, what))
            assert len(captured) <= 14, what

    def test_a_draft_handed_over_while_it_was_saved_is_told(self) -> None:
        draft = self.draft()
        with mock.patch.object(views, "save_draft", side_effect=DraftRefused("handed over already")):
            response = self.client.post(self.page(draft), self.typed(draft))
        self.assertRedirects(response, f"/o/acme/requests/{draft.pk}/", fetch_redirect_response=False)
