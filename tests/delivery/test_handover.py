import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings

from requests_app.delivery import handover
from requests_app.delivery.evidence import EvidenceRefused
from requests_app.delivery.handover import (
    HandOverRefused,
    How,
    OutputRefused,
    hows_of,
    output_of,
    outputs_of,
    submit_request,
)
from requests_app.drafting.choices import start_chosen
from requests_app.drafting.requests import EditedMeanwhile, draft_of, save_draft, snapshot_of, start_request
from requests_app.drafting.values import ValuesRefused, fields_for
from requests_app.models import (
    Event,
    Evidence,
    Membership,
    Message,
    MoveRefused,
    OptOutRequest,
    Organisation,
    Role,
    Status,
    User,
)
from tests.database import HistoryTransactionTestCase
from tests.drafting.requests import IDENTIFIERS, RequestsTestCase, find, load_vendor, new_version, new_workspace


class OutputsTests(RequestsTestCase):
    def names(self, opt_out_request: OptOutRequest) -> list[str]:
        return [output.name for output in outputs_of(opt_out_request)]

    def test_an_email_is_handed_over_as_text_eml_and_letter(self) -> None:
        assert self.names(self.draft()) == ["message.txt", "request.eml", "letter.pdf"]

    def test_a_setting_comes_with_its_files(self) -> None:
        names = self.names(self.draft_for("microsoft/windows-diagnostic-data", tenant_id="x", device_group="All"))
        assert "instructions.txt" in names
        assert "request.eml" not in names

    def test_each_download_has_the_same_bytes(self) -> None:
        draft = self.draft()
        assert outputs_of(draft) == outputs_of(draft)
        eml = output_of(draft, "request.eml")
        assert eml
        assert f"<{draft.stream.name}.1@example.org>".encode() in eml.content

    def test_what_is_missing_blocks_every_output(self) -> None:
        draft = self.draft()
        draft.values["workspace_url"] = ""
        for make in (outputs_of, lambda row: output_of(row, "message.txt")):
            with self.assertRaises(ValuesRefused):
                make(draft)

    def test_no_value_makes_a_header_or_a_second_line(self) -> None:
        draft = self.draft()
        good = dict(draft.values, recipient_name="Legal", recipient_email="notices@example.com")
        for field in fields_for(snapshot_of(draft)):
            for character in "\r\0\v\f\x85\u2028\u2029" + ("" if field.type == "multiline" else "\n"):
                draft.values = {**good, field.name: f"a{character}Bcc: x@example.org"}
                with self.subTest(field.name, character=character), self.assertRaises(ValuesRefused):
                    output_of(draft, "request.eml")

    def test_two_recipients_in_one_are_refused(self) -> None:
        draft = self.draft()
        for address in ("a@b.com,x@y.z", "a@b.com;x@y.z", "a@b.com x@y.z", "<a@b.com>", "a@b.com?bcc=x@y.z"):
            draft.values["recipient_email"] = address
            with self.subTest(address), self.assertRaises(ValuesRefused):
                output_of(draft, "request.eml")

    def test_an_unknown_name_is_none(self) -> None:
        assert output_of(self.draft(), "../../etc/passwd") is None

    def test_demo_data_has_no_email_and_bears_a_mark(self) -> None:
        self.acme.is_demo = True
        self.acme.save()
        outputs = {output.name: output.content for output in outputs_of(self.draft())}
        assert "request.eml" not in outputs
        assert b"Subject: [DEMO] " in outputs["message.txt"]

    def test_a_letter_that_does_not_fit_is_left_out_of_an_email(self) -> None:
        draft = self.draft()
        draft.values["organisation_name"] = "\N{CUNEIFORM SIGN A}"
        assert self.names(draft) == ["message.txt", "request.eml"]


class HowTests(RequestsTestCase):
    def test_ways_follow_the_channel_and_a_letter_can_always_be_posted(self) -> None:
        assert hows_of(snapshot_of(self.draft())) == (How.EMAIL, How.POST)
        policy = snapshot_of(self.draft_for("microsoft/windows-diagnostic-data"))
        assert hows_of(policy)[0] == How.SETTING
        assert How.POST not in hows_of(policy)


class SubmitTests(RequestsTestCase):
    def submit(self, opt_out_request: OptOutRequest, **given: object) -> OptOutRequest:
        values: dict[str, object] = {"on": self.acme.today(), "how": "email"}
        return submit_request(self.by(), opt_out_request, **(values | given))  # type: ignore[arg-type]

    def test_it_freezes_what_was_handed_over(self) -> None:
        draft = self.draft()
        before = outputs_of(draft)
        text = draft_of(draft)
        self.submit(draft)
        sent = OptOutRequest.objects.get(pk=draft.pk)
        year = self.acme.today().year
        assert (sent.reference, sent.status, sent.submitted_how) == (f"OPT-{year}-000001", "submitted", "email")
        assert (sent.submitted_on, sent.answer_by) == (self.acme.today(), text.answer_by)
        assert sent.snapshot
        assert sent.snapshot["version_hash"] == sent.version.content_hash
        assert sent.snapshot["recipient"]["email"] == text.recipient_email
        assert draft_of(sent) == text
        assert outputs_of(sent) == before

    def test_the_exact_bytes_are_kept_with_their_hash(self) -> None:
        draft = self.draft()
        before = {output.name: output.content for output in outputs_of(draft)}
        self.submit(draft)
        messages = Message.objects.filter(request=draft, direction="outgoing")
        assert {message.name: bytes(message.raw) for message in messages} == before
        assert all(message.sha256 == hashlib.sha256(bytes(message.raw)).hexdigest() for message in messages)

    def test_the_events_name_the_evidence(self) -> None:
        draft = self.submit(self.draft(), proof=SimpleUploadedFile("sent.png", b"\x89PNG\r\n\x1a\n..."))
        events = list(Event.objects.filter(stream=draft.stream))
        assert [event.action for event in events] == [
            "request_drafted",
            "request_submitted",
            "message_handed_over",
            "message_handed_over",
            "message_handed_over",
            "evidence_added",
        ]
        assert events[1].detail["reference"] == draft.reference
        assert "Jane" not in events[1].detail_json
        assert events[1].personal["signatory"] == "Jane Doe"
        assert [event.evidence for event in events[2:5]] == [[message.sha256] for message in draft.messages.all()]
        assert events[5].evidence == [Evidence.objects.get().sha256]

    def test_a_letter_to_be_posted_has_to_be_drawn(self) -> None:
        draft = self.draft_for("zoom/privacy-letter")
        draft.values |= {field.name: field.example for field in snapshot_of(draft).fields}
        draft.values["organisation_name"] = "\N{CUNEIFORM SIGN A}"
        draft.save()
        with self.assertRaisesMessage(OutputRefused, "The letter cannot be drawn"):
            self.submit(draft, how="post")
        self.assert_nothing_happened(draft)

    def test_no_later_change_touches_it(self) -> None:
        draft = self.draft()
        sent = self.submit(draft)
        kept = outputs_of(sent), sent.snapshot
        new_version(self.procedure, ask=dict.fromkeys(("en", "de", "fr"), "Something else."))
        Organisation.objects.filter(pk=self.acme.pk).update(name="Renamed AG", postal_address="Elsewhere")
        self.workspace.identifiers.clear()
        self.workspace.save()
        after = OptOutRequest.objects.select_related("organisation", "version").get(pk=sent.pk)
        assert (outputs_of(after), after.snapshot) == kept
        assert draft_of(after).values["organisation_name"] == "Acme GmbH"

    def test_missing_values_block(self) -> None:
        draft = self.draft()
        draft.values["workspace_url"] = ""
        draft.save()
        with self.assertRaises(ValuesRefused):
            self.submit(draft)
        self.assert_nothing_happened(draft)

    def test_the_day_is_between_draft_and_today(self) -> None:
        draft = self.draft()
        for days in (-1, 1):
            with self.assertRaises(HandOverRefused):
                self.submit(draft, on=self.acme.today() + timedelta(days=days))
        self.assert_nothing_happened(draft)

    def test_a_way_that_does_not_fit_is_refused(self) -> None:
        draft = self.draft()
        for how in ("setting", "pigeon", "post"):
            with self.assertRaises(HandOverRefused):
                self.submit(draft, how=how)
        self.assert_nothing_happened(draft)

    def test_a_second_time_is_told_and_doubles_nothing(self) -> None:
        draft = self.draft()
        stale = OptOutRequest.objects.select_related("organisation", "version", "stream").get(pk=draft.pk)
        self.submit(draft)
        messages, events = Message.objects.count(), Event.objects.count()
        with self.assertRaises(MoveRefused):
            self.submit(stale)
        assert (Message.objects.count(), Event.objects.count()) == (messages, events)

    def test_what_somebody_saved_in_between_is_not_overlooked(self) -> None:
        draft = self.draft()
        save_draft(
            self.by(self.owner),
            draft,
            values=draft.values,
            subject="",
            body="Other words",
            ground=draft.ground,
            locale="en",
            edition=1,
        )
        with self.assertRaises(EditedMeanwhile):
            self.submit(draft)

    def test_no_letter_is_drawn_inside_a_transaction(self) -> None:
        depths = []

        def outputs(row: OptOutRequest, **given: object) -> tuple[handover.Output, ...]:
            depths.append(len(connection.savepoint_ids))
            return ()

        before = len(connection.savepoint_ids)
        with mock.patch.object(handover, "outputs_of", outputs):
            self.submit(self.draft())
        assert depths == [before]

    def test_references_count_up_within_a_year(self) -> None:
        references = [self.submit(self.draft()).reference for _ in range(3)]
        year = self.acme.today().year
        assert references == [f"OPT-{year}-00000{number}" for number in (1, 2, 3)]
        self.acme.refresh_from_db()
        assert self.acme.last_reference == {str(year): 3}

    @override_settings(MEDIA_ROOT="/proc/nowhere")
    def test_a_proof_that_cannot_be_kept_records_nothing(self) -> None:
        draft = self.draft()
        with self.assertRaises(EvidenceRefused):
            self.submit(draft, proof=SimpleUploadedFile("sent.png", b"x"))
        self.assert_nothing_happened(draft)

    def assert_nothing_happened(self, draft: OptOutRequest) -> None:
        row = OptOutRequest.objects.get(pk=draft.pk)
        assert (row.status, row.reference, row.snapshot) == (Status.DRAFT, "", None)
        assert not Message.objects.exists()
        assert Event.objects.filter(stream=draft.stream).count() == 1
        assert Organisation.objects.get(pk=self.acme.pk).last_reference == {}


def in_threads(act: Callable[[], object], count: int) -> None:
    """Do it so many times at once; on SQLite, where the suite's database is in memory, one after the other."""

    def act_and_leave() -> None:
        try:
            act()
        finally:
            connection.close()

    if connection.vendor == "sqlite":
        for _ in range(count):
            act()
        return
    threads = [threading.Thread(target=act_and_leave) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


class ConcurrentTests(HistoryTransactionTestCase):
    """Several people, or one with an impatient finger."""

    def setUp(self) -> None:
        self.acme = Organisation.objects.create(
            name="Acme GmbH",
            slug="acme",
            postal_address="Musterstraße 1",
            country="DE",
            signatory_name="Jane Doe",
            signatory_role="Owner",
            signatory_email="jane.doe@example.org",
        )
        user = User.objects.create_user("adam@example.org", None, name="Adam")
        self.member = Membership.objects.create(organisation=self.acme, user=user, role=Role.ADMIN)
        self.workspace = new_workspace(self.acme, load_vendor("slack"), identifiers=IDENTIFIERS)
        self.procedure = find("slack/global-models")

    def draft(self) -> OptOutRequest:
        return start_request(self.member, self.workspace, self.procedure)

    def test_a_double_click_drafts_once(self) -> None:
        chosen = {f"{self.workspace.pk}-{self.procedure.pk}"}
        in_threads(lambda: start_chosen(self.member, [self.workspace], chosen), 4)
        assert OptOutRequest.objects.count() == 1

    def submit_all(self, drafts: list[OptOutRequest]) -> list[str]:
        """Submit each in a thread of its own; return the references, or the names of what was raised."""
        ended: list[str] = []
        waiting = list(drafts)

        def submit() -> None:
            try:
                sent = submit_request(self.member, waiting.pop(), on=self.acme.today(), how="email")
                ended.append(sent.reference)
            except MoveRefused as error:
                ended.append(type(error).__name__)

        in_threads(submit, len(drafts))
        return ended

    def test_no_reference_is_given_twice(self) -> None:
        ended = self.submit_all([self.draft() for _ in range(6)])
        assert len(ended) == 6
        assert len(set(ended)) == 6
        assert Organisation.objects.get().last_reference == {str(self.acme.today().year): 6}

    def test_a_double_click_submits_once(self) -> None:
        pk = self.draft().pk
        copies = [OptOutRequest.objects.select_related("organisation", "stream").get(pk=pk) for _ in range(4)]
        ended = self.submit_all(copies)
        assert sorted(ended) == ["MoveRefused"] * 3 + [f"OPT-{self.acme.today().year}-000001"]
        assert Message.objects.filter(name="message.txt").count() == 1
