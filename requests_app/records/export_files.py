"""The files of an export: CSV, XLSX and JSON, written row by row, so that a long list takes no more memory."""

import csv
import datetime
import io
import json
from typing import BinaryIO, Protocol

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from requests_app.models import Export, ExportFormat
from requests_app.records.cells import safe_text
from requests_app.records.export_rows import COLUMNS, Value

JSON_FORMAT = 1
MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.ZIP: "application/zip",
}
WIDTHS = {"procedure_title": 50, "subject": 50, "page": 50, "vendor": 25, "workspace": 25, "procedure": 30}
_TEXT = "s"  # openpyxl's word for a cell that is text, whatever it begins with


class Writer(Protocol):
    """A file that is being written."""

    def add(self, rows: list[dict[str, Value]]) -> None:
        """Write these rows."""

    def finish(self) -> None:
        """Write what comes after the last row."""


def writer_for(export: Export, file: BinaryIO) -> Writer:
    """Return what writes the export's format into the file."""
    if export.format == ExportFormat.CSV:
        return CsvWriter(file)
    return XlsxWriter(file) if export.format == ExportFormat.XLSX else JsonWriter(file, export)


class CsvWriter:
    """UTF-8 with the mark that Excel knows it by; every cell is quoted, dates and times are as in ISO 8601."""

    def __init__(self, file: BinaryIO) -> None:
        self.text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        self.csv = csv.writer(self.text, quoting=csv.QUOTE_ALL)
        self.csv.writerow(COLUMNS)

    def add(self, rows: list[dict[str, Value]]) -> None:
        self.csv.writerows([safe_text(_plain(row[name])) for name in COLUMNS] for row in rows)

    def finish(self) -> None:
        self.text.flush()
        self.text.detach()


class XlsxWriter:
    """One sheet; dates are dates, times are those of the organisation's time zone, all else is text."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.book = Workbook(write_only=True)
        self.sheet = self.book.create_sheet("Requests")
        self.sheet.freeze_panes = "A2"
        for number, name in enumerate(COLUMNS):
            self.sheet.column_dimensions[chr(ord("A") + number)].width = WIDTHS.get(name, 18)
        self.sheet.append([self._heading(name) for name in COLUMNS])

    def add(self, rows: list[dict[str, Value]]) -> None:
        for row in rows:
            self.sheet.append([self._cell(row[name]) for name in COLUMNS])

    def finish(self) -> None:
        self.book.save(self.file)

    def _heading(self, name: str) -> object:
        cell = WriteOnlyCell(self.sheet, name)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, value: Value) -> object:
        """Return what openpyxl writes; a text is said to be one, or it would guess from how it begins."""
        if isinstance(value, datetime.datetime):
            return value.replace(tzinfo=None)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        cell = WriteOnlyCell(self.sheet, safe_text(value))
        cell.data_type = _TEXT
        return cell


class JsonWriter:
    """One object as docs/requests-export.schema.json describes it; nothing in it is escaped for spreadsheets."""

    def __init__(self, file: BinaryIO, export: Export) -> None:
        self.file, self.is_first = file, True
        organisation = export.organisation
        head = {
            "format": JSON_FORMAT,
            "kind": "optout-requests",
            "organisation": {"id": str(organisation.pk), "slug": organisation.slug, "name": organisation.name},
            "query": export.query,
            "made_at": timezone.now().isoformat(timespec="seconds"),
            "requests": [],
        }
        self._write(json.dumps(head, ensure_ascii=False).removesuffix("]}"))

    def add(self, rows: list[dict[str, Value]]) -> None:
        for row in rows:
            self._write("\n" if self.is_first else ",\n")
            self.is_first = False
            self._write(json.dumps({name: _json(row[name]) for name in COLUMNS}, ensure_ascii=False))

    def finish(self) -> None:
        self._write("\n]}\n")

    def _write(self, text: str) -> None:
        self.file.write(text.encode("utf-8", "replace"))


def _plain(value: Value) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else str(value)


def _json(value: Value) -> str | int | None:
    if isinstance(value, datetime.date):  # a datetime is one, too
        return _plain(value)
    return value
