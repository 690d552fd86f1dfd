from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.drafting.own_wording import (
    OwnWordingRefused,
    example_of,
    latest_snapshot,
    return_to_shipped,
    save_own_wording,
)
from requests_app.drafting.requests import draft_of
from requests_app.models import Event, OwnWording
from tests.drafting.requests import RequestsTestCase

REFUSED = (
    "",
    "   ",
    "{{ unknown }}",
    "{{ recipient_email }}",
    "{{ workspace_url | upcase }}",
    "{% if true %}x{% endif %}",
    "{% include 'en/request.liquid' %}",
    "{{ workspace_url.size }}",
    "{{ workspace_url",
    "a \x07 bell",
    "right \u202e left",
)


class OwnWordingTests(RequestsTestCase):
    def test_it_may_name_declared_required_fields_only(self) -> None:
        snapshot = latest_snapshot(self.procedure)
        for text in REFUSED:
            with self.subTest(text), self.assertRaises(OwnWordingRefused):
                example_of(snapshot, text)
        filled = example_of(snapshot, "Stop it for {{ workspace_url }}, says {{ organisation_name }}.")
        assert filled == "Stop it for https://example.slack.com, says Example GmbH."

    def test_it_is_used_until_the_catalogues_is_taken_again(self) -> None:
        draft = self.draft()
        own = save_own_wording(self.by(), self.procedure, "en", "Stop it for {{ workspace_url }}.")
        assert "Stop it for https://acme.slack.com." in draft_of(draft).body
        return_to_shipped(self.by(), own)
        assert "Stop it" not in draft_of(draft).body
        events = Event.objects.filter(action="settings_changed")
        assert [event.detail["change"] for event in events] == ["saved", "returned"]
        assert events[0].detail["wording"] == "slack/global-models"


class WordingPagesTests(RequestsTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        self.address = f"/o/acme/settings/wordings/{self.procedure.pk}/de/"

    def post(self, text: str, action: str = "save", **more: Any) -> Any:
        return self.client.post(self.address, {"text": text, "action": action}, **more)

    def test_the_form_begins_with_the_catalogues_wording(self) -> None:
        self.assertContains(self.client.get(self.address), "Bitte schließen Sie den Workspace")

    def test_it_saves_lists_and_returns(self) -> None:
        self.assertContains(self.client.get("/o/acme/settings/wordings/"), "No wording of your own")
        self.assertRedirects(self.post("Lasst {{ workspace_url }} in Ruhe."), "/o/acme/settings/wordings/")
        assert OwnWording.objects.get().updated_by == self.admin
        self.assertContains(self.client.get("/o/acme/settings/wordings/"), "in Ruhe.")
        self.post("", "return")
        assert not OwnWording.objects.exists()

    def test_a_wrong_one_comes_back_with_what_to_change(self) -> None:
        for text in REFUSED[2:]:
            with self.subTest(text):
                response = self.post(text)
                assert response.status_code == 422
        self.assertContains(self.post("{{ unknown }} <b>"), "There is no placeholder unknown here", status_code=422)
        self.assertContains(self.post("{{ unknown }} <b>"), "{{ unknown }} &lt;b&gt;</textarea>", status_code=422)
        assert not OwnWording.objects.exists()

    def test_it_is_shown_with_examples_and_not_saved(self) -> None:
        self.assertContains(self.post("Für {{ workspace_url }}", "preview"), "Für https://example.slack.com")
        part = self.post("Für {{ workspace_url }}", "preview", headers={"HX-Request": "true"})
        self.assertContains(part, "Für https://example.slack.com")
        self.assertNotContains(part, "<html")
        assert not OwnWording.objects.exists()

    def test_the_list_leads_to_the_form(self) -> None:
        found: dict[str, str | int] = {"procedure": self.procedure.pk, "language": "de"}
        self.assertRedirects(self.client.get("/o/acme/settings/wordings/", found), self.address)

    def test_only_languages_of_requests_exist(self) -> None:
        assert self.client.get(self.address.replace("/de/", "/xx/")).status_code == 404

    def test_an_auditor_reads_and_an_outsider_finds_nothing(self) -> None:
        self.client.force_login(self.auditor)
        assert self.client.get("/o/acme/settings/wordings/").status_code == 200
        assert self.client.get(self.address).status_code == 403
        self.client.force_login(self.outsider)
        assert self.client.get(self.address).status_code == 404

    def test_as_many_queries_for_two_as_for_one(self) -> None:
        counts = []
        self.client.get("/o/acme/settings/wordings/")
        for locale in ("en", "de"):
            OwnWording.objects.create(organisation=self.acme, procedure=self.procedure, locale=locale, text="Stop.")
            with CaptureQueriesContext(connection) as captured:
                self.client.get("/o/acme/settings/wordings/")
            counts.append(len(captured))
        assert counts[0] == counts[1]
