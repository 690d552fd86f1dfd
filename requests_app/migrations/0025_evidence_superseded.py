"""Evidence is replaced by a newer file and never overwritten: the database refuses to change what proves something.

The words about it may go, where personal data is erased, and so may the whole row of a demo. A later migration that
makes SQLite rebuild the table must create these triggers again.
"""

import django.db.models.deletion
from django.db import migrations, models

TABLE, NAME = "requests_app_evidence", "evidence_stays_what_it_is"
MESSAGE = "evidence is never overwritten: add a newer file that supersedes it"
KEPT = ("id", "request_id", "file", "size", "media_type", "sha256", "added_at")


def create(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join([f"NEW.{column} <> OLD.{column}" for column in KEPT])
    changed += f" OR NEW.supersedes_id {differs} OLD.supersedes_id"
    if postgresql:
        schema_editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {changed} THEN RAISE EXCEPTION"
            f" USING ERRCODE = 'restrict_violation', MESSAGE = '{MESSAGE}'; END IF; RETURN NEW; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()", params=None
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} WHEN {changed}"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
            params=None,
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP FUNCTION {NAME}() CASCADE", params=None)
    else:
        schema_editor.execute(f"DROP TRIGGER {NAME}")


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0024_campaigns")]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="supersedes",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="superseded_by",
                to="requests_app.evidence",
            ),
        ),
        migrations.RunPython(create, drop),
    ]
