"""A reason is about one response; nobody could give one before."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0003_ready_pairs_stay")]
    operations = [
        migrations.RenameField("judgement", "reasons", "chosen_reasons"),
        migrations.AddField(
            "judgement",
            "rejected_reasons",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=50), blank=True, default=list, size=None
            ),
        ),
    ]
