"""Plain SQL for the few statements that run with every mail and every event.

Django takes many times as long to write such a statement as the database takes to run it, and sending a mail would cost
twice the processor time. The values go through the model's fields, as Django's own do.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection, models


class KeptQuery:
    """Some values of one row, read with SQL that Django writes once, when the first is asked for."""

    def __init__(self, query: Callable[[Any], models.QuerySet[Any, tuple[Any, ...]]]) -> None:
        """`query` returns a values_list of the row with the key that it is given; it has no other parameter."""
        self._query = query
        self._kept: dict[str, tuple[str, Any, Any]] = {}

    def row(self, key: object) -> tuple[Any, ...]:
        """Return the values of the row with this key. Raises ObjectDoesNotExist where there is none."""
        if connection.vendor not in self._kept:
            compiler = self._query(key).query.get_compiler(connection=connection)
            sql, _key = compiler.as_sql()
            converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
            self._kept[connection.vendor] = sql, converters, compiler.query.get_meta().model
        sql, converters, model = self._kept[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(sql, [model._meta.pk.get_db_prep_value(key, connection)])
            found = cursor.fetchone()
        if found is None:
            raise model.DoesNotExist
        row = list(found)
        for place, (conversions, expression) in converters.items():
            for convert in conversions:
                row[place] = convert(row[place], expression, connection)
        return tuple(row)


def insert_row(row: models.Model) -> None:
    """Insert a new row of a model without parents, and set its key where the database gives it."""
    meta = row._meta
    fields: list[Any] = [field for field in meta.concrete_fields if row.pk is not None or not field.primary_key]
    columns = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {_quoted(meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608  # names of our own
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        if row.pk is not None:
            cursor.execute(statement, values)
        else:
            cursor.execute(f"{statement} RETURNING {_quoted(_field(row, 'pk').column)}", values)
            [(row.pk,)] = cursor.fetchall()
    row._state.adding, row._state.db = False, connection.alias


def update_rows(model: type[models.Model], values: Mapping[str, Any], where: Mapping[str, Any]) -> int:
    """Write the values to the rows that have all of `where`, and return how many; a tuple there is one of several."""
    parameters: list[Any] = []

    def compared(name: str, wanted: tuple[object, ...]) -> str:
        field = _field(model, name)
        parameters.extend(field.get_db_prep_save(value, connection) for value in wanted)
        marks = ", ".join(["%s"] * len(wanted))
        return f"{_quoted(field.column)} IN ({marks})" if len(wanted) > 1 else f"{_quoted(field.column)} = {marks}"

    new = ", ".join(compared(name, (value,)) for name, value in values.items())
    which = " AND ".join(
        compared(name, value if isinstance(value, tuple) else (value,)) for name, value in where.items()
    )
    with connection.cursor() as cursor:
        statement = f"UPDATE {_quoted(model._meta.db_table)} SET {new} WHERE {which}"  # noqa: S608  # names of our own
        cursor.execute(statement, parameters)
        changed: int = cursor.rowcount
        return changed


def _field(model: models.Model | type[models.Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
