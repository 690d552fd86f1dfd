"""Rows as JSON that both databases read back to the same values, and their way into an empty database.

The triggers of the event log stay on: streams are put in empty, events link by link, then the heads move on.
"""

import base64
import datetime
import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Cast
from django.db.models.sql import InsertQuery

from requests_app.models import Event, EventStream
from requests_app.models.event_format import NO_HASH
from requests_app.models.secret import EncryptedTextField

# Sessions are signed in again, and who works now shows itself; neither belongs to what is kept.
LEFT_OUT = {"django_session", "usersessions_usersession", "requests_app_heartbeat"}
# What `migrate` itself puts into an empty database: replaced by the rows of the backup, which others refer to.
MADE_BY_MIGRATE = ("auth_permission", "django_content_type")
TOGETHER, MOST_BYTES = 200, 4 * 1024 * 1024
HEADS = ("head_sequence", "head_hash")

Rows = type[models.Model]


def tables() -> list[Rows]:
    """Return the models whose rows are kept, each after those that it refers to."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table not in LEFT_OUT]
    ordered: list[Rows] = []
    waiting = sorted(found, key=lambda model: model._meta.db_table)
    while waiting:
        ready = [model for model in waiting if not _named_by(model) & set(waiting) - {model}]
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def _named_by(model: Rows) -> set[Any]:
    return {field.remote_field.model for field in model._meta.concrete_fields if field.remote_field}


def columns_of(model: Rows) -> list[str]:
    """Return the columns in the order of the values of a row."""
    return [str(field.attname) for field in model._meta.concrete_fields]


def rows_of(model: Rows) -> Iterator[bytes]:
    """Yield each row as a JSON list of its values; events in the order of their chains."""
    order = ("stream_id", "sequence") if model is Event else ("pk",)
    columns = [_as_stored(field) for field in model._meta.concrete_fields]
    for values in model._base_manager.order_by(*order).values_list(*columns).iterator(chunk_size=500):
        yield json.dumps([_portable(value) for value in values], ensure_ascii=False).encode()


def _as_stored(field: Any) -> Any:
    """Return what reads the column; of a secret the encrypted text, so that no password leaves the field's key."""
    is_secret = isinstance(field, EncryptedTextField)
    return Cast(field.attname, models.TextField()) if is_secret else field.attname


def _writing(field: Any) -> Any:
    """Return what writes the column; an encrypted text goes back as it came."""
    if not isinstance(field, EncryptedTextField):
        return field
    plain: models.TextField[str, str] = models.TextField(db_column=field.column)
    plain.set_attributes_from_name(field.name)
    return plain


def _portable(value: Any) -> Any:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes | memoryview | bytearray):
        return base64.b64encode(bytes(value)).decode()
    return value


def insert_rows(model: Rows, columns: list[str], rows: Iterable[bytes]) -> None:
    """Insert the rows with their keys, as they are: no column is filled in or set to now."""
    fields = [_writing(field) for field in model._meta.concrete_fields if field.attname in columns]
    batch: list[models.Model] = []
    size = 0
    for raw in rows:
        values = dict(zip(columns, json.loads(raw), strict=True))
        if model is EventStream:
            values = {name: value for name, value in values.items() if name not in HEADS}
        batch.append(model(**{field.attname: _value(field, values) for field in fields}))
        size += len(raw)
        if len(batch) >= TOGETHER or size >= MOST_BYTES:
            _insert(model, fields, batch)
            batch, size = [], 0
    _insert(model, fields, batch)


def _value(field: Any, values: dict[str, Any]) -> Any:
    if field.attname not in values:  # the head of a stream, which moves on once its events are there
        return 0 if field.attname == "head_sequence" else NO_HASH
    value = values[field.attname]
    if isinstance(field, models.BinaryField):
        return None if value is None else base64.b64decode(value)
    return value if isinstance(field, models.JSONField) else field.to_python(value)


def _insert(model: Rows, fields: list[Any], batch: list[models.Model]) -> None:
    """Insert without pre_save, which would set "added at" to now."""
    if batch:
        query = InsertQuery(model)
        query.insert_values(fields, batch, raw=True)
        query.get_compiler(connection=connection).execute_sql()


def move_heads_on() -> None:
    """Set the head of each stream to its last event, as the triggers allow."""
    last = Event.objects.filter(stream=models.OuterRef("pk")).order_by("-sequence")
    EventStream.objects.filter(models.Exists(Event.objects.filter(stream=models.OuterRef("pk")))).update(
        head_sequence=models.Subquery(last.values("sequence")[:1]), head_hash=models.Subquery(last.values("hash")[:1])
    )


def heads() -> dict[str, tuple[int, str]]:
    """Return the head of each stream: how many events, and the hash of the last."""
    rows = EventStream.objects.values_list("pk", *HEADS)
    return {str(key): (sequence, digest) for key, sequence, digest in rows.iterator(chunk_size=2000)}


def last_keys() -> dict[str, int]:
    """Return the highest key that each table with numbered rows has given, also to rows that are gone."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table, column in _numbered():
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [connection.ops.quote_name(table), column])
                cursor.execute(f"SELECT last_value FROM {cursor.fetchone()[0]} WHERE is_called")  # noqa: S608
                if row := cursor.fetchone():
                    found[table] = row[0]
        else:
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            known = dict(cursor.fetchall())
            found = {table: known[table] for table, _column in _numbered() if table in known}
    return found


def move_keys_on(last: dict[str, int]) -> None:
    """Have new rows get keys above all that were ever given: the history names rows that are gone by their keys."""
    with connection.cursor() as cursor:
        for table, column in _numbered():
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT max({column}) FROM {name}")  # noqa: S608  # names of ours
            highest = max(cursor.fetchone()[0] or 0, last.get(table, 0))
            if not highest:
                continue
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, column, highest])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, highest])


def _numbered() -> list[tuple[str, str]]:
    """Return the tables whose rows the database numbers, with the column of the number."""
    fields = ((model._meta.db_table, model._meta.auto_field) for model in tables())
    return [(table, str(field.column)) for table, field in fields if field]


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it is at one moment, without keeping anybody from writing."""
    if connection.in_atomic_block:
        yield
        return
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgresql else "BEGIN DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
