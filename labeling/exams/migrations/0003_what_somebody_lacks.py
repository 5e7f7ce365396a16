"""What a project asks of a person who does not have it, as a function: the desk is read with it, for every pair."""

from django.db import migrations

LACKING = """
CREATE FUNCTION exams_lacking(who bigint, at_project bigint, on_axis text, in_round bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(wanted.id)
    FROM exams_requirement required
    JOIN exams_qualification wanted ON wanted.id = required.qualification_id
    WHERE required.project_id = at_project AND required.axis = on_axis
        AND (required.since_id IS NULL OR EXISTS (
            SELECT FROM projects_roundguideline asked
            JOIN projects_guidelineversion current ON current.id = asked.guideline_id
            JOIN projects_guidelineversion since ON since.id = required.since_id
            WHERE asked.round_id = in_round AND asked.axis = on_axis AND current.number >= since.number
        ))
        AND NOT EXISTS (
            SELECT FROM exams_grant held
            JOIN exams_qualification has ON has.id = held.qualification_id
            WHERE held.person_id = who AND held.ended_at IS NULL
                AND has.name = wanted.name AND has.version >= wanted.version
        )
$$
"""


class Migration(migrations.Migration):
    dependencies = [("exams", "0002_frozen_exams"), ("projects", "0003_gates_stock_checks")]
    operations = [
        migrations.RunSQL(LACKING, "DROP FUNCTION exams_lacking(bigint, bigint, text, bigint)"),
    ]
