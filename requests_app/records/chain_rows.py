"""Events as their stored text, straight from the database: what was tampered with may not parse as anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from requests_app.models import EventPersonalValue, EventStream

CHUNK = 2000  # rows in memory at a time


@contextmanager
def any_bytes_as_text() -> Iterator[None]:
    """Let SQLite hand out text that is no UTF-8, with surrogates in it, instead of failing without naming the row."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    usual = driver.text_factory
    driver.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual


class UtcText(Func):
    """A stored moment as 2026-11-24T07:15:00.000000Z, or as whatever else SQLite's text column holds."""

    output_field = TextField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        # Django leaves the fraction away when it is zero.
        column, parameters = compiler.compile(self.source_expressions[0])
        day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
        time = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
        return (
            f"CASE WHEN {column} GLOB '{day} {time}' THEN replace({column}, ' ', 'T') || '.000000Z'"
            f" WHEN {column} GLOB '{day} {time}.*' THEN replace({column}, ' ', 'T') || 'Z' ELSE {column} END",
            [*parameters] * 5,
        )


class EventRow(NamedTuple):
    """One event as stored, with the head of its stream at that moment; hash and all else are None without an event."""

    head_sequence: int
    head_hash: str
    hash: str | None
    sequence: int | None
    previous_hash: str
    format: int
    occurred_at: str
    recorded_at: str
    actor: str
    action: str
    source: str
    subject_type: str
    subject_id: str
    detail: str
    evidence: str
    software_version: str


class PersonalRow(NamedTuple):
    """One personal value that has not been erased, with the detail of its event."""

    sequence: int
    detail: str
    name: str
    salt: str
    value: str


def event_rows(stream: EventStream) -> Iterator[EventRow]:
    """Yield the events of a stream in order, and one row without an event when it has none.

    One statement reads the head and the events: what is written meanwhile is seen as a whole or not at all.
    """
    columns = [
        *("hash", "sequence", "previous_hash", "format", "occurred_at", "recorded_at", "actor", "action", "source"),
        *("subject_type", "subject_id", "detail_json", "evidence_json", "software_version"),
    ]
    moments = {"occurred_at", "recorded_at"}
    rows = (
        EventStream.objects.filter(pk=stream.pk)
        .order_by("events__sequence")
        .values_list(
            "head_sequence",
            "head_hash",
            *(UtcText(f"events__{name}") if name in moments else F(f"events__{name}") for name in columns),
        )
    )
    return (EventRow(*row) for row in rows.iterator(CHUNK))


def personal_rows(stream: EventStream) -> Iterator[PersonalRow]:
    """Yield the personal values that are still there, in the order of the stream's events."""
    rows = (
        EventPersonalValue.objects.filter(event__stream=stream)
        .order_by("event__sequence", "name")
        .values_list("event__sequence", "event__detail_json", "name", "salt", "value_json")
    )
    return (PersonalRow(*row) for row in rows.iterator(CHUNK))
