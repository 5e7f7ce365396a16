"""How much a person did in a day is counted as it is done; yesterday and today, which are under way, are counted here."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNT = """
    INSERT INTO comparisons_workday (person_id, project_id, axis, day, done)
    SELECT assignment.person_id, comparison.project_id, assignment.axis, (done_at AT TIME ZONE %s)::date, count(*)
    FROM comparisons_assignment assignment
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE assignment.done_at > now() - interval '2 days'
    GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0008_reports_and_passes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Workday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("axis", models.CharField(choices=[("helpfulness", "Helpfulness"), ("safety", "Safety")], max_length=20)),
                ("day", models.DateField()),
                ("done", models.PositiveIntegerField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "project", "day", "axis"), name="one_workday_an_axis")
                ],
            },
        ),
        migrations.RunSQL([(COUNT, [settings.TIME_ZONE])], migrations.RunSQL.noop),
    ]
