"""Saving the same columns of many rows at once: bulk_update costs the square of their number, this does not."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_many(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these fields of the rows, all of one model; the caller holds their locks.

    PostgreSQL joins the new values in one statement. Elsewhere each row is a statement: inside one process that costs
    little.
    """
    if not rows:
        return
    fields: list[Any] = [type(rows[0])._meta.get_field(name) for name in names]
    if connection.vendor == "postgresql":
        _joined(rows, fields)
        return
    for row in rows:
        values = {field.attname: getattr(row, field.attname) for field in fields}
        type(row)._default_manager.filter(pk=row.pk).update(**values)


def _joined(rows: Sequence[models.Model], fields: list[Any]) -> None:
    """UPDATE ... FROM unnest, with one array for each column."""
    meta, quote = type(rows[0])._meta, connection.ops.quote_name
    key: Any = meta.pk
    columns = [quote(field.column) for field in fields]
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in (key, *fields))
    new = ", ".join(f"{column} = new.{column}" for column in columns)
    table = quote(meta.db_table)
    statement = (
        f"UPDATE {table} SET {new} FROM unnest({arrays}) AS new(key, {', '.join(columns)}) "  # noqa: S608  # names only
        f"WHERE {table}.{quote(key.column)} = new.key"
    )
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in (key, *fields)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _type(field: Any) -> str:
    """Return the type of a column without its length: an array of varchar(64) would cut what is too long in silence."""
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return kind.partition("(")[0]
