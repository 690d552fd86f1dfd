"""A procedure version is a snapshot that requests rely on: the database refuses to change or delete it.

A later migration that makes SQLite rebuild the table must create these triggers again.
"""

from django.db import migrations

TABLE = "requests_app_procedureversion"
MESSAGE = "a procedure version never changes: {verb} refused"


def create(apps, schema_editor):
    for verb in ("UPDATE", "DELETE"):
        name, message = f"procedureversion_no_{verb.lower()}", MESSAGE.format(verb=verb)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
                f" ERRCODE = 'restrict_violation', MESSAGE = '{message}'; END $$",
                params=None,
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()", params=None
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{message}'); END",
                params=None,
            )


def drop(apps, schema_editor):
    for verb in ("update", "delete"):
        name = f"procedureversion_no_{verb}"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {name}() CASCADE", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0002_event_triggers")]

    operations = [migrations.RunPython(create, drop)]
