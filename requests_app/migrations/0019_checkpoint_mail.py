from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("requests_app", "0018_checkpoints"),)

    operations = (
        migrations.AddField(
            model_name="noticesettings",
            name="checkpoints",
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name="noticemail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("daily", "Every day"),
                    ("weekly", "Once a week"),
                    ("at_once", "At once"),
                    ("checkpoint", "Checkpoint"),
                ],
                max_length=10,
            ),
        ),
    )
