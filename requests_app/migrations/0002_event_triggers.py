"""The database itself refuses to change history: triggers on PostgreSQL and on SQLite.

An event is only ever added, as the next link of its stream. A stream keeps its name, and its head only moves on to an
event that exists. On SQLite the INSERT triggers also stop INSERT OR REPLACE, which deletes the old row without firing
a DELETE trigger. A later migration that makes SQLite rebuild one of the two tables must create its triggers again.
"""

from django.db import migrations
from django.db.utils import NotSupportedError

EVENT, STREAM = "requests_app_event", "requests_app_eventstream"

# (name, table, when, condition under which it is refused, message); the conditions are written for both databases.
RULES = [
    ("event_no_update", EVENT, "UPDATE", "TRUE", "events are append-only: UPDATE refused"),
    ("event_no_delete", EVENT, "DELETE", "TRUE", "events are append-only: DELETE refused"),
    (
        "event_no_replace",
        EVENT,
        "INSERT",
        # Two look-ups, each by its unique index: PostgreSQL answers one with OR by reading a young table through.
        f"EXISTS (SELECT 1 FROM {EVENT} e WHERE e.hash = NEW.hash) OR EXISTS"
        f" (SELECT 1 FROM {EVENT} e WHERE e.stream_id = NEW.stream_id AND e.sequence = NEW.sequence)",
        "events are append-only: an event with this hash or sequence exists",
    ),
    (
        "event_next_link",
        EVENT,
        "INSERT",
        "NOT ((NEW.sequence = 1 AND NEW.previous_hash = '" + "0" * 64 + "')"
        f" OR EXISTS (SELECT 1 FROM {EVENT} e WHERE e.stream_id = NEW.stream_id"
        " AND e.sequence = NEW.sequence - 1 AND e.hash = NEW.previous_hash))",
        "events are append-only: this is not the next link of its stream",
    ),
    (
        "stream_no_replace",
        STREAM,
        "INSERT",
        f"NEW.head_sequence <> 0 OR NEW.head_hash <> '{'0' * 64}' OR EXISTS (SELECT 1 FROM {STREAM} s"
        " WHERE s.id = NEW.id OR (s.organisation_id = NEW.organisation_id AND s.kind = NEW.kind AND s.name = NEW.name))",
        "a stream starts empty and only once",
    ),
    (
        "stream_keeps_name",
        STREAM,
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.organisation_id <> OLD.organisation_id OR NEW.kind <> OLD.kind OR NEW.name <> OLD.name",
        "a stream keeps its organisation, kind and name",
    ),
    (
        "stream_head_moves_on",
        STREAM,
        "UPDATE",
        "(NEW.head_sequence <> OLD.head_sequence OR NEW.head_hash <> OLD.head_hash) AND NOT"
        f" (NEW.head_sequence > OLD.head_sequence AND EXISTS (SELECT 1 FROM {EVENT} e WHERE e.stream_id = NEW.id"
        " AND e.sequence = NEW.head_sequence AND e.hash = NEW.head_hash))",
        "the head of a stream only moves on to a later event",
    ),
    ("stream_no_delete", STREAM, "DELETE", "TRUE", "streams are append-only: DELETE refused"),
]

# SQLite also finds a row by its hidden rowid, and REPLACE deletes the row that has it.
SQLITE_RULES = [
    (
        "event_no_replace_rowid",
        EVENT,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {EVENT} e WHERE e.rowid = NEW.rowid)",
        "events are append-only: an event with this rowid exists",
    ),
    (
        "stream_no_replace_rowid",
        STREAM,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {STREAM} s WHERE s.rowid = NEW.rowid)",
        "a stream starts empty and only once",
    ),
    ("stream_keeps_rowid", STREAM, "UPDATE", "NEW.rowid <> OLD.rowid", "a stream keeps its rowid"),
]


def sqlite_statements():
    for name, table, verb, condition, message in RULES + SQLITE_RULES:
        yield (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def postgresql_statements():
    for name, table, verb, condition, message in RULES:
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
            f" RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{message}'; END IF;"
            f" RETURN {'OLD' if verb == 'DELETE' else 'NEW'}; END $$"
        )
        yield f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    yield (
        "CREATE FUNCTION history_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
        " ERRCODE = 'restrict_violation', MESSAGE = 'history is append-only: TRUNCATE refused'; END $$"
    )
    for table in (EVENT, STREAM):
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION history_no_truncate()"
        )


STATEMENTS = {"sqlite": sqlite_statements, "postgresql": postgresql_statements}


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor not in STATEMENTS:
        raise NotSupportedError(f"Optout keeps its event log on PostgreSQL or SQLite, not on {vendor}.")
    for statement in STATEMENTS[vendor]():
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in (EVENT, STREAM):
            schema_editor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        schema_editor.execute("DROP FUNCTION history_no_truncate()")
        for name, *_ in RULES:
            schema_editor.execute(f"DROP FUNCTION {name}() CASCADE")
    else:
        for name, *_ in RULES + SQLITE_RULES:
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
