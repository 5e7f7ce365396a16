"""What stands out of people is kept with the figures. Those of before are computed once more."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

AGAIN = """
UPDATE quality_computation SET asked_at = now() WHERE asked_at IS NULL AND computed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0015_imported_rounds"),
        ("quality", "0006_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Total",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("done", models.PositiveIntegerField(default=0)),
                ("cannot", models.PositiveIntegerField(default=0)),
                ("surplus", models.PositiveIntegerField(default=0)),
                ("withdrawn", models.PositiveIntegerField(default=0)),
                ("excluded", models.PositiveIntegerField(default=0)),
                ("judged", models.PositiveIntegerField(default=0)),
                ("chose_a", models.PositiveIntegerField(default=0)),
                ("longer", models.PositiveIntegerField(default=0)),
                ("longer_of", models.PositiveIntegerField(default=0)),
                ("lengths", models.PositiveIntegerField(default=0)),
                ("sum_x", models.FloatField(default=0)),
                ("sum_y", models.FloatField(default=0)),
                ("sum_xx", models.FloatField(default=0)),
                ("sum_xy", models.FloatField(default=0)),
                ("gold", models.PositiveIntegerField(default=0)),
                ("gold_of", models.PositiveIntegerField(default=0)),
                ("repeats", models.PositiveIntegerField(default=0)),
                ("repeats_of", models.PositiveIntegerField(default=0)),
                ("majority", models.PositiveIntegerField(default=0)),
                ("majority_of", models.PositiveIntegerField(default=0)),
                ("timed", models.PositiveIntegerField(default=0)),
                ("hurried", models.PositiveIntegerField(default=0)),
                ("seconds", models.FloatField(default=0, help_text="active, of the timed")),
                ("typed", models.BigIntegerField(default=0, help_text="characters of their own prompts")),
                ("pasted", models.BigIntegerField(default=0)),
                (
                    "axis",
                    models.CharField(
                        choices=[("helpfulness", "Helpfulness"), ("safety", "Safety")],
                        max_length=20,
                    ),
                ),
                (
                    "signals",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="totals",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "axis", "person"), name="one_total_a_person")
                ],
            },
        ),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
