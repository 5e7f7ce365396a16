"""An event says by which command somebody changed a thing outside of a page, of accounts' own tables it says whose they
are, and events are not emptied either."""

from django.db import migrations, models

ADD = """
CREATE OR REPLACE FUNCTION audit_add(kind text, only_these text[], not_these text[], was jsonb, now jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    whole CONSTANT jsonb := coalesce(now, was);
    id CONSTANT text := whole ->> 'id';
    old_values jsonb;
    new_values jsonb;
    names jsonb;
    member jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(name, was -> name) FILTER (WHERE was ? name), '{}'),
           coalesce(jsonb_object_agg(name, now -> name) FILTER (WHERE now ? name), '{}')
    INTO old_values, new_values
    FROM jsonb_object_keys(whole) name
    WHERE name <> 'id' AND was -> name IS DISTINCT FROM now -> name AND name <> ALL (not_these)
        AND (only_these = '{}' OR name = ANY (only_these)) AND name !~ '(^|_)(password|digest|token|secret|key)$';
    IF was IS NOT NULL AND now IS NOT NULL AND new_values = '{}' THEN
        RETURN;
    END IF;
    SELECT coalesce(jsonb_object_agg(name, whole -> name), '{}') INTO names FROM jsonb_object_keys(whole) name
    WHERE name IN ('name', 'number', 'version', 'axis', 'kind', 'title') AND only_these = '{}'
        OR name LIKE '%\\_id' AND name NOT IN ('person_id', 'user_id', 'project_id', 'cohort_id', 'created_by_id');
    SELECT to_jsonb(membership) INTO member
    FROM cohorts_membership membership WHERE membership.id = (whole ->> 'membership_id')::bigint;
    INSERT INTO audit_event (actor_id, command, kind, action, object_id, rows, person_id, project_id, cohort_id, about, before, after)
    SELECT nullif(current_setting('tandem.actor', true), '')::bigint, coalesce(current_setting('tandem.command', true), ''), kind,
        CASE WHEN was IS NULL THEN 'added' WHEN now IS NULL THEN 'removed' ELSE 'changed' END, id, 1,
        coalesce(CASE WHEN kind = 'cohorts.person' THEN id ELSE whole ->> 'person_id' END, whole ->> 'user_id',
            member ->> 'person_id')::bigint,
        CASE
            WHEN kind = 'projects.project' THEN id::bigint
            WHEN whole ? 'project_id' THEN (whole ->> 'project_id')::bigint
            WHEN whole ? 'round_id' THEN
                (SELECT project_id FROM projects_round round WHERE round.id = (whole ->> 'round_id')::bigint)
            WHEN whole ? 'guideline_id' THEN
                (SELECT project_id FROM projects_guidelineversion version
                 WHERE version.id = (whole ->> 'guideline_id')::bigint)
        END,
        coalesce(CASE WHEN kind = 'cohorts.cohort' THEN id ELSE whole ->> 'cohort_id' END, member ->> 'cohort_id')::bigint,
        names, old_values, new_values;
END $$
"""
MANY = """
CREATE OR REPLACE FUNCTION audit_add_many(kind text, action text, together text, what jsonb, many bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO audit_event (actor_id, command, kind, action, object_id, rows, project_id, cohort_id, about, before, after)
    VALUES (nullif(current_setting('tandem.actor', true), '')::bigint,
        coalesce(current_setting('tandem.command', true), ''), kind, action, '', many,
        CASE WHEN together = 'project_id' THEN what::bigint END, CASE WHEN together = 'cohort_id' THEN what::bigint END,
        jsonb_build_object(together, what), '{}', '{}')
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_where_many_rows_are_one_event")]
    operations = [
        migrations.AddField("event", "command", models.CharField(blank=True, db_default="", default="", max_length=60)),
        migrations.RunSQL(ADD, migrations.RunSQL.noop),
        migrations.RunSQL(MANY, migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE TRIGGER audit_event_is_not_emptied BEFORE TRUNCATE ON audit_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER audit_event_is_not_emptied ON audit_event",
        ),
    ]
