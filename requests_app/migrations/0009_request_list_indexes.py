from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0008_catalogue_order'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='optoutrequest',
            index=models.Index(fields=['organisation', 'responsible', '-id'], name='request_responsible'),
        ),
        migrations.AddIndex(
            model_name='optoutrequest',
            index=models.Index(fields=['organisation', 'workspace', '-id'], name='request_workspace'),
        ),
        migrations.AddIndex(
            model_name='optoutrequest',
            index=models.Index(fields=['organisation', 'procedure', '-id'], name='request_procedure'),
        ),
        migrations.AddIndex(
            model_name='optoutrequest',
            index=models.Index(fields=['organisation', 'subject'], name='request_subject'),
        ),
        migrations.AddIndex(
            model_name='optoutrequest',
            index=models.Index(fields=['organisation', 'reference'], name='request_reference'),
        ),
    ]
