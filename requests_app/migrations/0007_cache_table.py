"""The table of Django's database cache, which counts attempts to sign in (CACHES in settings.py says why)."""

from django.core.management import call_command
from django.db import migrations


def create_table(apps, schema_editor):
    call_command("createcachetable", "optout_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0006_setup_link")]

    # The table stays behind when the migration is undone: it holds nothing that lasts.
    operations = [migrations.RunPython(create_table, migrations.RunPython.noop)]
