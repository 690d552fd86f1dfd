from typing import Any
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests_app.models import Action, Event, EventStream, Procedure, Workspace
from requests_app.tracking.identifiers import identifier_fields
from requests_app.tracking.workspace_changes import WorkspaceValues, register_workspace
from tests.tracking.rows import make_procedure, make_vendor, make_workspace
from tests.world import AcmeTestCase

HOSTILE = "<script>alert(1)</script> {{ x }} ' \" \u202e אב"


class WorkspacePagesTestCase(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.admin)
        self.new = f"/o/acme/workspaces/new/?vendor={self.slack.pk}"

    def last_event(self) -> Event:
        found = Event.objects.filter(stream=EventStream.of_organisation(self.acme)).order_by("-sequence").first()
        assert found
        return found

    def post(self, address: str, **values: Any) -> Any:
        return self.client.post(address, {"name": "Design team", **values})


class ChooseVendorTests(WorkspacePagesTestCase):
    def test_the_vendor_comes_first(self) -> None:
        self.assertContains(self.client.get("/o/acme/workspaces/new/"), f"?vendor={self.slack.pk}")

    def test_it_finds_by_a_part_of_the_name(self) -> None:
        make_vendor("findme", name="Find Me Inc.", search_text="find me inc. findme")
        found = self.client.get("/o/acme/workspaces/new/?q=fINd")
        self.assertContains(found, "Find Me Inc.")
        self.assertNotContains(found, f"?vendor={self.slack.pk}")

    def test_htmx_gets_the_list_alone(self) -> None:
        response = self.client.get("/o/acme/workspaces/new/?q=no+such+thing", headers={"HX-Request": "true"})
        self.assertContains(response, "No such vendor")
        self.assertNotContains(response, "<html")

    def test_another_organisations_vendor_is_not_found(self) -> None:
        theirs = make_vendor("theirs", organisation=self.other)
        assert self.client.get(f"/o/acme/workspaces/new/?vendor={theirs.pk}").status_code == 404


class NewWorkspaceTests(WorkspacePagesTestCase):
    def test_it_asks_what_the_procedures_need(self) -> None:
        response = self.client.get(self.new)
        for field in identifier_fields(self.slack):
            self.assertContains(response, f'name="identifier_{field.name}"')
            self.assertContains(response, field.help["en"], html=False)

    def test_it_registers_with_an_event_that_keeps_names_out_of_the_chain(self) -> None:
        response = self.post(self.new, identifier_workspace_url="https://acme-design.slack.com", plan="Business+")
        added = Workspace.objects.get(name="Design team")
        self.assertRedirects(response, f"/o/acme/workspaces/{added.pk}/")
        assert added.identifiers == {"workspace_url": "https://acme-design.slack.com"}
        event = self.last_event()
        assert (event.action, event.subject_id) == (Action.WORKSPACE_REGISTERED, str(added.pk))
        assert event.personal["identifiers"] == added.identifiers
        assert "acme-design" not in event.detail_json
        assert "Design team" not in event.detail_json

    def test_a_wrong_identifier_is_told_and_nothing_typed_is_lost(self) -> None:
        response = self.post(self.new, identifier_workspace_url="not an address", notes="Keep me")
        self.assertContains(response, "https://")
        self.assertContains(response, "not an address")
        self.assertContains(response, "Keep me")
        assert not Workspace.objects.filter(name="Design team").exists()

    def test_a_second_one_of_the_same_name_is_refused(self) -> None:
        self.post(self.new)
        self.assertContains(self.post(self.new), "Choose another name")
        assert Workspace.objects.filter(name="Design team").count() == 1

    def test_a_colleague_who_was_faster_is_no_error(self) -> None:
        adam = self.membership(self.admin)
        register_workspace(adam, self.slack, WorkspaceValues("Design team"))
        with mock.patch("requests_app.tracking.forms.WorkspaceForm.clean_name", lambda form: "Design team"):
            response = self.post(self.new)
        self.assertContains(response, "Choose another name")

    def test_several_at_one_vendor(self) -> None:
        self.post(self.new, name="One")
        self.post(self.new, name="Two")
        assert Workspace.objects.filter(organisation=self.acme, vendor=self.slack).count() == 3

    def test_text_is_shown_as_typed(self) -> None:
        self.post(self.new, name=HOSTILE, notes=HOSTILE)
        added = Workspace.objects.get(name=HOSTILE)
        response = self.client.get(f"/o/acme/workspaces/{added.pk}/")
        self.assertNotContains(response, "<script>alert")
        self.assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt; {{ x }}")

    def test_nul_is_refused(self) -> None:
        assert self.post(self.new, name="a\0b", identifier_workspace_url="\0").status_code == 200

    def test_somebody_outside_the_organisation_cannot_be_responsible(self) -> None:
        self.assertContains(self.post(self.new, responsible=self.outsider.pk), "Select a valid choice")

    def test_an_auditor_may_not(self) -> None:
        self.client.force_login(self.auditor)
        assert self.client.get(self.new).status_code == 403
        assert self.post(self.new).status_code == 403


class EditWorkspaceTests(WorkspacePagesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.edit = f"/o/acme/workspaces/{self.workspace.pk}/edit/"

    def test_it_saves_what_changed(self) -> None:
        response = self.post(self.edit, name="Renamed", identifier_workspace_url="https://acme.slack.com")
        self.assertRedirects(response, f"/o/acme/workspaces/{self.workspace.pk}/")
        event = self.last_event()
        assert (event.action, event.personal["name"]) == (Action.WORKSPACE_CHANGED, "Renamed")
        assert "name" in event.detail["changed"]

    def test_saving_the_same_writes_nothing(self) -> None:
        values = {f"identifier_{name}": value for name, value in self.workspace.identifiers.items()}
        before = Event.objects.count()
        self.post(self.edit, name=self.workspace.name, **values)
        assert Event.objects.count() == before

    def test_what_no_procedure_asks_for_any_more_is_kept(self) -> None:
        Workspace.objects.filter(pk=self.workspace.pk).update(identifiers={"old": "kept"})
        self.post(self.edit, identifier_workspace_url="https://new.slack.com")
        found = Workspace.objects.get(pk=self.workspace.pk)
        assert found.identifiers == {"old": "kept", "workspace_url": "https://new.slack.com"}

    def test_another_organisations_workspace_is_not_found(self) -> None:
        self.client.force_login(self.outsider)
        assert self.client.get(f"/o/other/workspaces/{self.workspace.pk}/edit/").status_code == 404


class RetireTests(WorkspacePagesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.retire = f"/o/acme/workspaces/{self.workspace.pk}/retire/"

    def test_it_is_kept_and_can_be_taken_back(self) -> None:
        self.client.post(self.retire)
        assert self.last_event().action == Action.WORKSPACE_RETIRED
        page = self.client.get(f"/o/acme/workspaces/{self.workspace.pk}/")
        self.assertContains(page, "Use this workspace again")
        self.assertNotContains(page, "Draft this request")
        self.assertNotContains(self.client.get("/o/acme/workspaces/"), self.workspace.name)
        self.assertContains(self.client.get("/o/acme/workspaces/?state=retired"), self.workspace.name)
        self.client.post(self.retire, {"restore": "1"})
        self.assertContains(self.client.get("/o/acme/workspaces/"), self.workspace.name)

    def test_an_auditor_may_not(self) -> None:
        self.client.force_login(self.auditor)
        assert self.client.post(self.retire).status_code == 403


class WorkspacePageTests(WorkspacePagesTestCase):
    def test_it_shows_each_opt_out_and_a_way_on(self) -> None:
        procedure = Procedure.objects.filter(vendor__slug="zoom")[0]
        zoom = make_workspace(self.acme, procedure.vendor)
        response = self.client.get(f"/o/acme/workspaces/{zoom.pk}/")
        self.assertContains(response, procedure.title["en"])
        self.assertContains(response, f"?workspace={zoom.pk}&amp;procedure={procedure.pk}")

    def test_what_is_under_way_leads_to_its_request(self) -> None:
        response = self.client.get(f"/o/acme/workspaces/{self.workspace.pk}/")
        last = self.workspace.requests.filter(procedure=self.submitted.procedure).latest("pk")
        self.assertContains(response, f"/o/acme/requests/{last.pk}/")
        self.assertContains(response, "In progress")

    def test_an_auditor_sees_it_without_buttons(self) -> None:
        self.client.force_login(self.auditor)
        response = self.client.get(f"/o/acme/workspaces/{self.workspace.pk}/")
        self.assertNotContains(response, "Draft everything open")
        self.assertNotContains(response, "Retire")

    def test_a_vendor_without_procedures_says_so(self) -> None:
        bare = make_workspace(self.acme, make_vendor("bare"))
        self.assertContains(self.client.get(f"/o/acme/workspaces/{bare.pk}/"), "knows no opt-out")


class ListTests(WorkspacePagesTestCase):
    def queries(self, address: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert self.client.get(address).status_code == 200
        return len(context)

    def test_twenty_rows_take_as_many_queries_as_ten(self) -> None:
        vendors = [make_vendor(f"v{number}") for number in range(20)]
        for vendor in vendors:
            make_procedure(vendor)
        self.queries("/o/acme/")  # the first page of a session writes it
        for address in ("/o/acme/workspaces/", "/o/acme/workspaces/gaps/", "/o/acme/"):
            Workspace.objects.filter(vendor__in=vendors).delete()
            for vendor in vendors[:10]:
                make_workspace(self.acme, vendor, responsible=self.admin)
            ten = self.queries(address)
            for vendor in vendors[10:]:
                make_workspace(self.acme, vendor, responsible=self.owner)
            assert self.queries(address) == ten, address

    def test_filters_narrow_the_list(self) -> None:
        vendor = make_vendor("done")
        make_workspace(self.acme, vendor, "Nothing to do here", responsible=self.owner)
        for query, expected in (
            ("", True),
            (f"vendor={vendor.pk}", True),
            (f"vendor={self.slack.pk}", False),
            (f"responsible={self.owner.pk}", True),
            (f"responsible={self.admin.pk}", False),
            ("state=open", False),
            ("q=NOTHING+to", True),
            ("q=slack", False),
            ("vendor=x", False),
            ("responsible=-1", False),
            ("state=%00", False),
            ("colour=red", True),
        ):
            with self.subTest(query):
                found = self.client.get(f"/o/acme/workspaces/?{query}")
                assert ("Nothing to do here" in found.content.decode()) == expected

    def test_an_empty_list_says_why(self) -> None:
        self.assertContains(self.client.get("/o/acme/workspaces/?q=zzz"), "No workspace fits")
        self.client.force_login(self.outsider)
        self.assertContains(self.client.get("/o/other/workspaces/"), "No workspaces yet")
        self.assertContains(self.client.get("/o/other/workspaces/gaps/"), "Nothing is open")

    def test_the_gap_list_shows_what_is_open_and_nothing_else(self) -> None:
        procedure = make_procedure(make_vendor("gappy"), title={"en": "Stop the gap"})
        make_workspace(self.acme, procedure.vendor)
        self.assertContains(self.client.get("/o/acme/workspaces/gaps/"), "Stop the gap")
        self.assertContains(self.client.get("/o/acme/workspaces/gaps/?channel=email"), "Stop the gap")
        for query in ("channel=form", "channel=x", "vendor=x", "procedure=0", "state=x"):
            self.assertNotContains(self.client.get(f"/o/acme/workspaces/gaps/?{query}"), "Stop the gap")
        self.assertNotContains(self.client.get("/o/acme/workspaces/gaps/?state=done"), "Stop the gap")

    def test_outsiders_find_nothing(self) -> None:
        self.client.force_login(self.outsider)
        for address in ("workspaces/", "workspaces/gaps/", f"workspaces/{self.workspace.pk}/"):
            assert self.client.get(f"/o/acme/{address}").status_code == 404
