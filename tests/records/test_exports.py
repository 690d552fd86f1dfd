import csv
import datetime
import io
import json
import os
import uuid
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import openpyxl
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.http import StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.test import SimpleTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from requests_app.models import (
    Action,
    Event,
    Export,
    ExportFormat,
    ExportState,
    OptOutRequest,
    Source,
    User,
    erase_personal_values,
)
from requests_app.models.export import export_path
from requests_app.records.cells import safe_text
from requests_app.records.export_rows import COLUMNS
from requests_app.records.kept_exports import remove_old_files
from tests.tracking.rows import make_procedure, make_request, make_vendor, make_workspace
from tests.world import AcmeTestCase

ADDRESS = "/o/acme/requests/export/"
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NASTY = [f"{start}cmd|' /C calc'!A0" for start in STARTS] + [
    " =1+1",
    "\u200b=1+1",
    "a;=1+1",
    "a\n=1+1",
    '"=1+1',
    "#N/A",
    "{=1}",
]


class CellTests(SimpleTestCase):
    def test_nothing_that_begins_a_formula_stays_at_the_beginning(self) -> None:
        for text in NASTY:
            with self.subTest(text):
                assert not safe_text(text).lstrip(' "\u200b\t\r\n').startswith(STARTS)

    def test_plain_text_comes_back_as_it_is(self) -> None:
        for text in ("", "Acme GmbH", "OPT-2026-000123", "a-b", "jane.doe@example.org", "1+1=2", "O'Neill"):
            assert safe_text(text) == text

    @given(st.text(), st.sampled_from(STARTS))
    def test_no_text_at_all_begins_a_formula(self, text: str, start: str) -> None:
        for made in (safe_text(text), safe_text(start + text), safe_text(" " + start + text)):
            assert not made.startswith(STARTS)
            assert not made.strip().startswith(STARTS)


class ExportTestCase(AcmeTestCase):
    def setUp(self) -> None:
        self.client.force_login(self.auditor)
        self.procedure = make_procedure(make_vendor("listed"))
        self.query = f"vendor={self.procedure.vendor_id}"

    def make(self, number: int, name: str = "Place", **values: Any) -> list[OptOutRequest]:
        place = make_workspace(self.acme, self.procedure.vendor, name)
        return [make_request(place, self.procedure, **values) for _ in range(number)]

    def ask(self, wanted: str, query: str = "") -> bytes:
        answer = self.client.post(ADDRESS, {"format": wanted, "query": query or self.query})
        assert isinstance(answer, StreamingHttpResponse), answer
        assert answer["Content-Disposition"].startswith("attachment")
        return answer.getvalue()

    def lines(self, content: bytes) -> list[list[str]]:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


class FormatTests(ExportTestCase):
    def test_filters_that_no_column_holds_are_refused(self) -> None:
        query = "q=" + "\N{PAPERCLIP}" * 200
        for wanted in ("csv", "zip"):
            with self.subTest(wanted):
                answer = self.client.post("/o/acme/requests/export/", {"format": wanted, "query": query}, follow=True)
                self.assertContains(answer, "too long to be kept")

    def test_csv_has_exactly_the_filtered_list_in_its_order(self) -> None:
        rows = self.make(3, status="submitted", submitted_on=datetime.date(2026, 11, 24))
        self.make(1, "Elsewhere", status="draft")
        found = self.lines(self.ask("csv", f"{self.query}&status=submitted&sort=old"))
        assert found[0] == list(COLUMNS)
        assert [line[-1].rsplit("/", 2)[1] for line in found[1:]] == [str(row.pk) for row in rows]
        assert found[1][COLUMNS.index("submitted_on")] == "2026-11-24"

    def test_two_readers_of_xlsx_see_the_same_and_no_formula(self) -> None:
        for number, text in enumerate(NASTY):
            self.make(1, f"{text} {number}", subject=text, status="submitted")
        content = self.ask("xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for row in book["Requests"].iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
        subjects = {cell.value for cell in cells if cell.column == COLUMNS.index("subject") + 1}
        assert not any(str(value).startswith(STARTS) for value in subjects)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Requests").to_python()
        assert len(sheet) == len(NASTY) + 1
        assert {row[COLUMNS.index("subject")] for row in sheet} == subjects
        assert b"<f>" not in content

    def test_no_cell_of_csv_starts_a_formula(self) -> None:
        for number, text in enumerate(NASTY):
            self.make(1, f"{text} {number}", subject=text, status="submitted")
        for line in self.lines(self.ask("csv")):
            assert not any(cell.strip().startswith(STARTS) for cell in line)

    def test_json_is_as_its_schema_says_and_escapes_nothing(self) -> None:
        self.make(2, "=1+1", status="closed", outcome="refused", closed_on=datetime.date(2026, 11, 24))
        found = json.loads(self.ask("json"))
        schema = json.loads((settings.BASE_DIR / "docs" / "requests-export.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(found, schema)
        assert [row["workspace"] for row in found["requests"]] == ["=1+1", "=1+1"]
        jsonschema.validate(json.loads(self.ask("json", "q=nothing-is-called-so")), schema)
        jsonschema.validate(json.loads(self.ask("json", "sort=old")), schema)

    def test_a_thousand_rows_take_as_many_queries_as_ten(self) -> None:
        counts = []
        self.client.get("/o/acme/")
        for number in (10, 990):
            self.make(number, f"Place of {number}", status="submitted")
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert self.ask("csv").count(b"\n") >= number
            counts.append(len(caught))
        assert counts[0] == counts[1]

    def test_the_history_says_what_was_exported_and_by_whom(self) -> None:
        self.make(2)
        self.ask("csv")
        event = Event.objects.filter(action=Action.RECORD_EXPORTED).latest("sequence")
        export = Export.objects.first()
        assert export
        assert event.actor == f"user:{self.auditor.pk}"
        assert (event.detail["requests"], event.evidence) == (2, [export.sha256])

    def test_requests_of_others_are_not_in_it(self) -> None:
        make_request(make_workspace(self.other, self.procedure.vendor), self.procedure)
        assert len(self.lines(self.ask("csv"))) == 1

    def test_by_a_filter_that_cannot_be_read_nothing_is_exported(self) -> None:
        self.make(2)
        for query in ("campaign=all", "vendor=slack", "workspace=0", "sent_from=yesterday"):
            assert len(self.lines(self.ask("csv", query))) == 1, query

    def test_an_unknown_format_leads_back(self) -> None:
        self.assertContains(self.client.post(ADDRESS, {"format": "exe"}, follow=True), "Choose a format first")


class LongTests(ExportTestCase):
    def start(self, number: int = 3) -> Export:
        """Return an export that is too long to wait for."""
        self.make(number, status="submitted")
        with patch("requests_app.records.exports.AT_ONCE", 0):
            answer = self.client.post(ADDRESS, {"format": "csv", "query": self.query})
        export = Export.objects.latest("pk")
        assert answer["Location"] == f"/o/acme/exports/{export.pk}/"
        return export

    def test_it_waits_for_the_clock_and_shows_its_progress_and_log(self) -> None:
        export = self.start()
        page = self.client.get(f"/o/acme/exports/{export.pk}/")
        self.assertContains(page, "Waits")
        self.assertContains(page, "every 2s")
        self.assertContains(page, f"Vendor: {self.procedure.vendor.name}")
        self.assertContains(self.client.get("/o/acme/exports/"), export.file_name)
        call_command("run_jobs", stdout=io.StringIO())
        page = self.client.get(f"/o/acme/exports/{export.pk}/", headers={"HX-Request": "true"})
        self.assertContains(page, "3 of 3 requests written")
        export.refresh_from_db()
        assert export.log.endswith(f"Finished: 3 requests, {filesizeformat(export.size)}.\n")
        self.assertNotContains(page, "every 2s")
        answer = self.client.get(f"/o/acme/exports/{export.pk}/file/")
        assert isinstance(answer, StreamingHttpResponse)
        assert len(self.lines(answer.getvalue())) == 4

    def test_its_log_speaks_the_language_of_whoever_started_it(self) -> None:
        User.objects.filter(pk=self.auditor.pk).update(language="de")
        export = self.start()
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        with translation.override("de"):
            assert gettext("Begun.") in export.log
            assert filesizeformat(export.size) in export.log

    def test_cancelled_before_it_began_it_leaves_no_file(self) -> None:
        export = self.start()
        self.client.post(f"/o/acme/exports/{export.pk}/cancel/")
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert (export.state, export.path) == (ExportState.CANCELLED, "")
        assert self.client.get(f"/o/acme/exports/{export.pk}/file/").status_code == 404

    def test_cancelled_while_it_is_written_it_leaves_no_file(self) -> None:
        export = self.start()
        before = self.files()
        real = Export.objects.filter(pk=export.pk)
        with patch("requests_app.records.exports.chunks_of", lambda *_: iter([real.update(is_cancelled=True) and []])):
            call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert export.state == ExportState.CANCELLED
        assert "Cancelled." in export.log
        assert not self.files() - before  # old ones of nobody may go

    def test_what_a_dead_worker_had_is_begun_anew_three_times(self) -> None:
        export = self.start()
        late = timezone.now() - datetime.timedelta(minutes=5)
        Export.objects.filter(pk=export.pk).update(
            state="running", claim="00000000000000000000000000000001", claimed_until=late, attempts=1
        )
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert (export.state, export.attempts) == (ExportState.DONE, 2)
        Export.objects.filter(pk=export.pk).update(state="running", claimed_until=late, attempts=3)
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert export.state == ExportState.FAILED

    def test_what_another_worker_has_is_left_alone(self) -> None:
        export = self.start()
        until = timezone.now() + datetime.timedelta(minutes=1)
        Export.objects.filter(pk=export.pk).update(
            state="running", claim="00000000000000000000000000000001", claimed_until=until
        )
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert export.state == ExportState.RUNNING

    def test_a_full_disk_is_told_and_leaves_no_file(self) -> None:
        export, before = self.start(), self.files()
        full = OSError(28, "No space left on device")
        with patch("requests_app.records.exports._write", side_effect=full):
            call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert export.state == ExportState.FAILED
        assert "No space left on device" in export.log
        assert not self.files() - before  # old ones of nobody may go

    def test_after_a_week_the_file_is_removed_and_the_row_stays(self) -> None:
        export = self.start()
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        kept = Path(default_storage.path(export.path))
        assert remove_old_files(timezone.now() + datetime.timedelta(days=6)) == 0
        assert kept.exists()
        remove_old_files(timezone.now() + datetime.timedelta(days=8))
        assert not kept.exists()
        assert self.client.get(f"/o/acme/exports/{export.pk}/file/").status_code == 404
        self.assertContains(self.client.get(f"/o/acme/exports/{export.pk}/"), "not kept any more")

    def test_what_a_killed_worker_had_half_written_goes_and_nothing_else(self) -> None:
        export = self.start()
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        kept = Path(default_storage.path(export.path))
        half, begun = kept.with_name("half"), kept.with_name("begun")
        for path, age in ((half, 7), (begun, 1), (kept, 7)):
            path.touch()
            at = timezone.now().timestamp() - age * 3600
            os.utime(path, (at, at))
        remove_old_files(timezone.now())
        assert (kept.exists(), begun.exists(), half.exists()) == (True, True, False)

    def test_cancelled_after_its_worker_died_it_leaves_no_file_either(self) -> None:
        export, claim = self.start(), uuid.uuid4()
        half = Path(default_storage.path(export_path(claim)))
        half.parent.mkdir(parents=True, exist_ok=True)
        half.touch()
        late = timezone.now() - datetime.timedelta(minutes=5)
        Export.objects.filter(pk=export.pk).update(state="running", claim=claim, claimed_until=late, is_cancelled=True)
        call_command("run_jobs", stdout=io.StringIO())
        export.refresh_from_db()
        assert (export.state, half.exists()) == (ExportState.CANCELLED, False)

    def test_what_was_searched_for_goes_with_the_file_and_can_be_erased_from_the_history(self) -> None:
        export = self.start()
        Export.objects.filter(pk=export.pk).update(query="q=Jane+Doe")
        call_command("run_jobs", stdout=io.StringIO())
        event = Event.objects.filter(action=Action.RECORD_EXPORTED).latest("sequence")
        assert event.personal["query"] == "q=Jane+Doe"
        assert "Jane" not in event.detail_json
        remove_old_files(timezone.now() + datetime.timedelta(days=6))
        assert Export.objects.get(pk=export.pk).query
        remove_old_files(timezone.now() + datetime.timedelta(days=8))
        assert Export.objects.get(pk=export.pk).query == ""
        erase_personal_values(event, actor="clock", source=Source.CLOCK)
        assert Event.objects.get(pk=event.pk).personal == {}

    def test_a_failed_export_forgets_it_too(self) -> None:
        export = self.start()
        eight_days_ago = timezone.now() - datetime.timedelta(days=8)
        Export.objects.filter(pk=export.pk).update(query="q=Jane", state="failed", ended_at=eight_days_ago)
        remove_old_files(timezone.now())
        assert Export.objects.get(pk=export.pk).query == ""

    def files(self) -> set[Path]:
        return {path for path in Path(default_storage.path("exports")).rglob("*") if path.is_file()}

    def test_each_format_has_its_name(self) -> None:
        assert set(ExportFormat.values) == {"csv", "xlsx", "json", "zip"}
