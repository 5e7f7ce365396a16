import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0015_imported_rounds'),
        ('rewards', '0002_encodings'),
    ]

    operations = [
        migrations.CreateModel(
            name='Overview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('axis', models.CharField(choices=[('helpfulness', 'Helpfulness'), ('safety', 'Safety')], max_length=20)),
                ('counted_at', models.DateTimeField(null=True)),
                ('took', models.DurationField(default=datetime.timedelta)),
                ('counted_to', models.BigIntegerField(default=0)),
                ('figures', models.JSONField(default=dict)),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='overviews', to='projects.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'axis'), name='one_overview_an_axis')],
            },
        ),
    ]
