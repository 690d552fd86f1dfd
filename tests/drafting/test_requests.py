from requests_app.drafting.draft import GroundRefused
from requests_app.drafting.requests import (
    DraftRefused,
    EditedMeanwhile,
    draft_of,
    problems_of,
    save_draft,
    snapshot_of,
    start_request,
)
from requests_app.drafting.values import ValuesRefused
from requests_app.models import Event, OptOutRequest, OwnWording, Status
from tests.drafting.people import AWKWARD
from tests.drafting.requests import RequestsTestCase, new_version, new_workspace


class StartTests(RequestsTestCase):
    def test_it_is_filled_from_organisation_and_workspace(self) -> None:
        values = self.draft().values
        assert values["workspace_url"] == "https://acme.slack.com"
        assert values["organisation_name"] == "Acme GmbH"
        assert values["organisation_address"] == "Musterstraße 1\n10115 Berlin\nGermany"
        assert values["organisation_country"] == "DE"
        assert (values["signatory_name"], values["signatory_email"]) == ("Jane Doe", "jane.doe@example.org")
        assert values["recipient_email"] == ""

    def test_without_a_signatory_whoever_drafts_it_signs(self) -> None:
        self.acme.signatory_name = self.acme.signatory_email = ""
        self.acme.save()
        values = self.draft().values
        assert (values["signatory_name"], values["signatory_email"]) == ("Adam", "adam@example.org")

    def test_no_example_is_taken_for_a_value(self) -> None:
        for name in ("linkedin/genai-training-toggle", "microsoft/windows-diagnostic-data"):
            with self.subTest(name):
                opt_out_request = self.draft_for(name)
                own = [field.name for field in snapshot_of(opt_out_request).fields]
                assert [opt_out_request.values[field] for field in own] == [""] * len(own)

    def test_language_and_ground_have_a_sensible_default(self) -> None:
        self.acme.language = "de"
        self.acme.save()
        opt_out_request = self.draft()
        assert (opt_out_request.locale, opt_out_request.ground) == ("de", "vendor_choice")
        assert self.draft(locale="fr", ground="gdpr_instruction").locale == "fr"
        self.acme.language = "nl"
        self.acme.save()
        assert self.draft().locale == "en"

    def test_what_does_not_fit_is_refused(self) -> None:
        with self.assertRaises(GroundRefused):
            self.draft(ground="contract_amendment")
        with self.assertRaises(DraftRefused):
            self.draft(locale="xx")
        elsewhere = new_workspace(self.other, self.slack)
        with self.assertRaises(DraftRefused):
            start_request(self.by(), elsewhere, self.procedure)
        self.procedure.retired_at = self.acme.created_at
        with self.assertRaises(DraftRefused):
            self.draft()
        assert OptOutRequest.objects.count() == 0

    def test_it_has_a_history_of_its_own(self) -> None:
        opt_out_request = self.draft()
        (event,) = Event.objects.filter(stream=opt_out_request.stream)
        assert (event.action, event.actor, event.source) == ("request_drafted", f"user:{self.admin.pk}", "web")
        assert event.detail["procedure"] == "slack/global-models"
        assert event.detail["version_hash"] == opt_out_request.version.content_hash
        assert len(opt_out_request.stream.name) == 32

    def test_it_keeps_to_the_version_it_was_drafted_from(self) -> None:
        opt_out_request = self.draft()
        new_version(self.procedure, ask=dict.fromkeys(("en", "de", "fr"), "Something else."))
        opt_out_request.refresh_from_db()
        assert "Something else." not in draft_of(opt_out_request).body
        assert "Something else." in draft_of(self.draft()).body


class SaveTests(RequestsTestCase):
    def save(self, opt_out_request: OptOutRequest, **changes: object) -> OptOutRequest:
        given: dict[str, object] = {
            "values": opt_out_request.values,
            "subject": opt_out_request.subject,
            "body": opt_out_request.body,
            "ground": opt_out_request.ground,
            "locale": opt_out_request.locale,
            "edition": opt_out_request.edition,
        }
        return save_draft(self.by(), opt_out_request, **(given | changes))  # type: ignore[arg-type]

    def test_it_saves_and_says_what_changed(self) -> None:
        first = self.draft()
        saved = self.save(first, values={**first.values, "workspace_url": "https://b.slack.com"}, locale="de")
        assert (saved.edition, saved.locale) == (2, "de")
        event = Event.objects.get(stream=first.stream, action="request_changed")
        assert event.detail == {"edition": 2, "changed": ["locale", "workspace_url"]}

    def test_nothing_changed_is_no_edition_and_no_event(self) -> None:
        first = self.draft()
        assert self.save(first).edition == 1
        assert Event.objects.filter(stream=first.stream).count() == 1

    def test_wrong_and_missing_values_are_kept_and_block(self) -> None:
        first = self.draft()
        values = {**first.values, "workspace_url": "nonsense <x>", "signatory_role": ""}
        saved = self.save(first, values=values)
        saved.refresh_from_db()
        assert saved.values["workspace_url"] == "nonsense <x>"
        assert [problem.field for problem in problems_of(saved)] == ["workspace_url", "signatory_role"]
        with self.assertRaises(ValuesRefused):
            draft_of(saved)

    def test_what_the_workspace_did_not_know_is_kept_for_the_next_request(self) -> None:
        workspace = new_workspace(self.acme, self.slack, "Second")
        opt_out_request = start_request(self.by(), workspace, self.procedure)
        for url in ("not an address", "https://second.slack.com", "https://third.slack.com"):
            opt_out_request = self.save(opt_out_request, values={**opt_out_request.values, "workspace_url": url})
        workspace.refresh_from_db()
        assert workspace.identifiers == {"workspace_url": "https://second.slack.com"}
        event = Event.objects.get(action="workspace_changed")
        assert event.personal == {"identifiers": workspace.identifiers}

    def test_an_unknown_value_is_not_kept(self) -> None:
        first = self.draft()
        assert "evil" not in self.save(first, values={**first.values, "evil": "x"}, locale="fr").values

    def test_the_second_of_two_people_is_told(self) -> None:
        first = self.draft()
        self.save(first, subject="Mine")
        with self.assertRaises(EditedMeanwhile) as caught:
            self.save(first, subject="Yours")
        assert caught.exception.current.subject == "Mine"
        first.refresh_from_db()
        assert first.subject == "Mine"

    def test_what_is_handed_over_is_not_changed(self) -> None:
        first = self.draft()
        OptOutRequest.objects.filter(pk=first.pk).update(status=Status.SUBMITTED)
        with self.assertRaises(DraftRefused):
            self.save(first, subject="Later")

    def test_awkward_values_come_out_as_typed(self) -> None:
        first = self.draft()
        for value in AWKWARD:
            with self.subTest(value):
                saved = self.save(first, values={**first.values, "organisation_name": value}, edition=first.edition)
                first.refresh_from_db()
                assert saved.values["organisation_name"] == value
                assert value.strip() in draft_of(first).body


class TextTests(RequestsTestCase):
    def own_wording(self, text: str, locale: str = "en") -> None:
        OwnWording.objects.create(organisation=self.acme, procedure=self.procedure, locale=locale, text=text)

    def test_the_organisations_own_wording_is_used(self) -> None:
        self.own_wording("Leave {{ workspace_url }} alone.")
        assert "Leave https://acme.slack.com alone." in draft_of(self.draft()).body
        assert "Leave" not in draft_of(self.draft(locale="de")).body

    def test_a_wording_that_cannot_be_filled_is_a_problem_to_mend(self) -> None:
        self.own_wording("Leave {{ something }} alone.")
        (problem,) = problems_of(self.draft())
        assert problem.field == "body"
        assert "something" in problem.message

    def test_text_of_this_request_stands_as_it_is(self) -> None:
        first = self.draft_for("zoom/no-training-statement")
        first.subject, first.body = "Our words {{ x }}", "Dear all,\n\n{{ workspace_url }} & 100 %"
        first.values.update(organisation_name="Acme", **{f.name: f.example for f in snapshot_of(first).fields})
        draft = draft_of(first)
        assert draft.subject == "Our words {{ x }}"
        assert draft.body == "Dear all,\n\n{{ workspace_url }} & 100 %"

    def test_a_prescribed_subject_is_never_edited(self) -> None:
        first = self.draft()
        first.subject = "Something else"
        assert draft_of(first).subject == snapshot_of(first).facts["subject_line"]["value"]

    def test_a_line_break_in_a_subject_is_a_problem(self) -> None:
        first = self.draft()
        first.subject = "Hello\nBcc: x@example.org"
        assert [problem.field for problem in problems_of(first)] == ["subject"]

    def test_it_needs_one_query(self) -> None:
        first = OptOutRequest.objects.select_related("organisation", "version").get(pk=self.draft().pk)
        with self.assertNumQueries(1):
            draft_of(first)
