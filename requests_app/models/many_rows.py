"""Writing many rows of one model in one statement.

On PostgreSQL the rows travel as one JSON text: bulk_create takes three times as long, and bulk_update the square of the
number of rows. Elsewhere the database is in our own process, where that costs little.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def insert_many(rows: Sequence[models.Model]) -> None:
    """Insert the rows, all of one model, and set the keys that the database gives."""
    if not rows:
        return
    if connection.vendor != "postgresql":
        type(rows[0])._default_manager.bulk_create(rows)
        return
    meta = type(rows[0])._meta
    generated = rows[0].pk is None
    fields: list[Any] = [field for field in meta.concrete_fields if not (generated and field.primary_key)]
    columns = ", ".join(_quoted(field.column) for field in fields)
    statement = (
        f"INSERT INTO {_quoted(meta.db_table)} ({columns}) SELECT {columns} FROM {_recordset(fields)} "  # noqa: S608
        f"RETURNING {_quoted(_key(meta).column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(rows, fields)])
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def update_many(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these fields of the rows, all of one model; the caller holds their locks."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    if connection.vendor != "postgresql":
        for row in rows:
            values = {field.attname: getattr(row, field.attname) for field in fields}
            type(row)._default_manager.filter(pk=row.pk).update(**values)
        return
    table, key = _quoted(meta.db_table), _key(meta)
    new = ", ".join(f"{_quoted(field.column)} = new.{_quoted(field.column)}" for field in fields)
    statement = (
        f"UPDATE {table} SET {new} FROM {_recordset([key, *fields])} "  # noqa: S608  # names of our own columns only
        f"WHERE {table}.{_quoted(key.column)} = new.{_quoted(key.column)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(rows, [key, *fields])])


def _key(meta: Any) -> Any:
    return meta.pk


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _recordset(fields: Sequence[Any]) -> str:
    """Return the JSON parameter as a table of these columns.

    Their types are without the lengths: a cast to varchar(64) would cut what is too long in silence.
    """
    columns = ", ".join(f"{_quoted(field.column)} {_type(field)}" for field in fields)
    return f"json_to_recordset(%s) AS new({columns})"


def _type(field: Any) -> str:
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return kind.partition("(")[0]


def _as_json(rows: Sequence[models.Model], fields: Sequence[Any]) -> str:
    """Return the values by column; days, moments and UUIDs as text that the database reads."""
    names = [(field.column, field.attname) for field in fields]
    return json.dumps([{column: getattr(row, name) for column, name in names} for row in rows], default=str)
