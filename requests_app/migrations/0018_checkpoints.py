"""Leaves of the tree and checkpoints, which are only ever added: triggers on PostgreSQL and on SQLite see to it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.utils import NotSupportedError

TABLES = ("requests_app_treeleaf", "requests_app_checkpoint")
REFUSED = "checkpoints are append-only: {verb} refused"


def sqlite_statements():
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED.format(verb=verb)}'); END"
            )
    # INSERT OR REPLACE deletes the old row without firing a DELETE trigger; it also finds a row by its hidden rowid.
    for table, same in (
        (
            TABLES[0],
            "t.event_id = NEW.event_id OR t.position = NEW.position AND t.organisation_id = NEW.organisation_id",
        ),
        (TABLES[1], "t.id = NEW.id OR t.size = NEW.size AND t.organisation_id = NEW.organisation_id"),
    ):
        taken = f"EXISTS (SELECT 1 FROM {table} t WHERE {same} OR t.rowid = NEW.rowid)"  # noqa: S608  # all from here
        refuse = f"SELECT RAISE(ABORT, '{REFUSED.format(verb='REPLACE')}')"
        yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} BEGIN {refuse}; END"


def postgresql_statements():
    yield (
        "CREATE FUNCTION checkpoints_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
        f" ERRCODE = 'restrict_violation', MESSAGE = '{REFUSED.format(verb='')}' || TG_OP; END $$"
    )
    for table in TABLES:
        yield (
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION checkpoints_stay()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_stay()"
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
        schema_editor.execute("DROP FUNCTION checkpoints_stay() CASCADE")
    else:
        for table in TABLES:
            for end in ("no_update", "no_delete", "no_replace"):
                schema_editor.execute(f"DROP TRIGGER {table}_{end}")


class Migration(migrations.Migration):
    dependencies = (("requests_app", "0017_inbound_hooks"),)

    operations = (
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.PositiveBigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("document", models.TextField()),
                ("signature", models.CharField(max_length=128)),
                ("public_key", models.CharField(max_length=64)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkpoints",
                        to="requests_app.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("organisation_id", "size"),
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "size"), name="one_checkpoint_of_a_size")
                ],
            },
        ),
        migrations.CreateModel(
            name="TreeLeaf",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="leaf",
                        serialize=False,
                        to="requests_app.event",
                    ),
                ),
                ("position", models.PositiveBigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="requests_app.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("organisation_id", "position"),
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "position"), name="one_leaf_of_a_position")
                ],
            },
        ),
        migrations.RunPython(create, drop),
    )
