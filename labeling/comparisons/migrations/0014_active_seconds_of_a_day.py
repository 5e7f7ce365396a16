"""A pace is that of a day, which is counted as it is done."""

from django.db import migrations, models

COUNT = """
UPDATE comparisons_workday workday SET timed = counted.timed, active_seconds = counted.seconds
FROM (
    SELECT assignment.person_id, comparison.project_id, assignment.axis, workday.day,
        count(*) AS timed, sum(judgement.active_seconds) AS seconds
    FROM comparisons_judgement judgement
    JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    JOIN comparisons_workday workday ON workday.person_id = assignment.person_id
        AND workday.project_id = comparison.project_id AND workday.axis = assignment.axis
    WHERE judgement.revision = 1 AND judgement.active_seconds > 0
        AND (judgement.created_at AT TIME ZONE %s)::date = workday.day
    GROUP BY 1, 2, 3, 4
) counted
WHERE (workday.person_id, workday.project_id, workday.axis, workday.day)
    = (counted.person_id, counted.project_id, counted.axis, counted.day)
"""


def count(apps, schema_editor):
    from django.utils import timezone

    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COUNT, [timezone.get_default_timezone_name()])


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0013_reports_about_no_pair")]

    operations = [
        migrations.AddField("workday", "timed", models.PositiveIntegerField(default=0)),
        migrations.AddField("workday", "active_seconds", models.FloatField(default=0)),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
