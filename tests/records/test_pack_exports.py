import datetime
import io
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.utils import timezone

from requests_app.models import Action, Event, Export, ExportState
from requests_app.records import exports
from requests_app.records.pack_order import requests_of
from requests_app.records.pack_verification import verify_file
from tests.records.packs import PackTestCase

ADDRESS = "/o/acme/requests/export/"


class PackExportTests(PackTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.auditor)

    def start(self, query: str = "") -> Export:
        """Return the export that a press of the button makes."""
        answer = self.client.post(ADDRESS, {"format": "zip", "query": query})
        export = Export.objects.latest("pk")
        assert answer["Location"] == f"/o/acme/exports/{export.pk}/"
        return export

    def work(self, export: Export) -> Export:
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        return export

    def files(self) -> set[Path]:
        return {path for path in Path(default_storage.path("exports")).rglob("*") if path.is_file()}

    def test_it_waits_for_the_clock_and_is_a_pack_that_verifies(self) -> None:
        export = self.start()
        assert export.state == ExportState.QUEUED
        self.work(export)
        assert export.state == ExportState.DONE, export.log
        assert "left out" in export.log
        answer = self.client.get(f"/o/acme/exports/{export.pk}/file/")
        assert isinstance(answer, StreamingHttpResponse)
        assert "evidence-pack-" in answer["Content-Disposition"]
        assert verify_file(io.BytesIO(answer.getvalue())).is_good

    def test_the_history_of_the_organisation_has_one_event_about_it(self) -> None:
        before = Event.objects.filter(action=Action.RECORD_EXPORTED).count()
        export = self.work(self.start())
        events = Event.objects.filter(action=Action.RECORD_EXPORTED)
        assert events.count() == before + 1
        event = events.latest("recorded_at")
        assert event.detail["requests"] == 2
        assert event.detail["sha256"] == export.sha256
        assert len(event.detail["checkpoint"]) == 64
        assert event.stream.kind == "organisation"

    def test_a_list_with_nothing_to_prove_is_refused_at_once(self) -> None:
        before = Export.objects.count()
        page = self.client.post(ADDRESS, {"format": "zip", "query": "status=draft"}, follow=True)
        self.assertContains(page, "nothing to prove")
        assert Export.objects.count() == before

    def test_cancelled_while_it_is_made_it_leaves_no_file(self) -> None:
        export, before = self.start(), self.files()

        def cancelled(keys: list[int]) -> Any:
            Export.objects.filter(pk=export.pk).update(is_cancelled=True)
            return requests_of(keys)

        with patch("requests_app.records.pack.requests_of", cancelled):
            self.work(export)
        assert export.state == ExportState.CANCELLED
        assert not self.files() - before

    def test_what_a_dead_worker_had_is_begun_anew(self) -> None:
        export, late = self.start(), timezone.now() - datetime.timedelta(minutes=5)
        Export.objects.filter(pk=export.pk).update(
            state="running", claim="00000000000000000000000000000001", claimed_until=late, attempts=1, written=1
        )
        self.work(export)
        assert (export.state, export.attempts, export.written) == (ExportState.DONE, 2, 2)

    def test_it_renews_its_hold_after_every_record(self) -> None:
        export, held = self.start(), list[datetime.datetime | None]()
        real = exports._note

        def noted(one: Export) -> None:
            real(one)
            held.append(Export.objects.values_list("claimed_until", flat=True).get(pk=export.pk))

        with patch("requests_app.records.exports._note", noted):
            self.work(export)
        assert len(held) >= 4
        assert len(set(held)) == len(held)

    def test_while_one_is_made_another_one_waits(self) -> None:
        first, second = self.start(), self.start()
        until = timezone.now() + datetime.timedelta(minutes=1)
        Export.objects.filter(pk=first.pk).update(
            state="running", claim="00000000000000000000000000000001", claimed_until=until
        )
        assert self.work(second).state == ExportState.QUEUED

    def test_a_record_that_cannot_be_made_is_named_in_the_log(self) -> None:
        kept = Path(self.found.evidence.latest("pk").file.path)
        content = kept.read_bytes()
        self.addCleanup(kept.write_bytes, content)
        kept.write_bytes(content + b"x")
        export, before = self.start(), self.files()
        self.work(export)
        assert export.state == ExportState.FAILED
        assert f"{self.found.reference}: " in export.log
        assert not self.files() - before

    def test_somebody_of_another_organisation_sees_nothing_of_it(self) -> None:
        export = self.work(self.start())
        self.client.force_login(self.outsider)
        for address in (f"/o/acme/exports/{export.pk}/", f"/o/acme/exports/{export.pk}/file/"):
            assert self.client.get(address).status_code == 404
        assert self.client.post(ADDRESS, {"format": "zip"}).status_code == 404

    def test_the_list_offers_it(self) -> None:
        self.assertContains(self.client.get("/o/acme/requests/"), "Evidence pack (ZIP)")
