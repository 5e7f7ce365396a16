"""How a change becomes an event, and that an event is never changed."""

from django.db import migrations

# One row of a watched table that was another one, or none, before; or is another one, or none, since.
ADD = """
CREATE FUNCTION audit_add(kind text, only_these text[], not_these text[], was jsonb, now jsonb) RETURNS void
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
        OR name LIKE '%\\_id' AND name NOT IN ('person_id', 'project_id', 'cohort_id', 'created_by_id');
    SELECT to_jsonb(membership) INTO member
    FROM cohorts_membership membership WHERE membership.id = (whole ->> 'membership_id')::bigint;
    INSERT INTO audit_event (actor_id, kind, action, object_id, rows, person_id, project_id, cohort_id, about, before, after)
    SELECT nullif(current_setting('tandem.actor', true), '')::bigint, kind,
        CASE WHEN was IS NULL THEN 'added' WHEN now IS NULL THEN 'removed' ELSE 'changed' END, id, 1,
        coalesce(CASE WHEN kind = 'cohorts.person' THEN id ELSE whole ->> 'person_id' END, member ->> 'person_id')::bigint,
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

# Called once a statement. Its arguments: kind, the column of rows that are one event, the columns that are kept, the
# columns that are not; see kinds.py.
NOTE = """
CREATE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    together CONSTANT text := TG_ARGV[1];
    only_these CONSTANT text[] := string_to_array(TG_ARGV[2], ',');
    not_these CONSTANT text[] := string_to_array(TG_ARGV[3], ',');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM audit_add(TG_ARGV[0], only_these, not_these, to_jsonb(old_rows), to_jsonb(new_rows))
        FROM old_rows JOIN new_rows USING (id) WHERE old_rows IS DISTINCT FROM new_rows;
    ELSIF TG_OP = 'INSERT' AND together = '' THEN
        PERFORM audit_add(TG_ARGV[0], only_these, not_these, NULL, to_jsonb(new_rows)) FROM new_rows;
    ELSIF TG_OP = 'DELETE' AND together = '' THEN
        PERFORM audit_add(TG_ARGV[0], only_these, not_these, to_jsonb(old_rows), NULL) FROM old_rows;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO audit_event (actor_id, kind, action, object_id, rows, about, before, after)
        SELECT nullif(current_setting('tandem.actor', true), '')::bigint, TG_ARGV[0], 'added', '', count(*),
            jsonb_build_object(together, to_jsonb(new_rows) -> together), '{}', '{}'
        FROM new_rows GROUP BY to_jsonb(new_rows) -> together;
    ELSE
        INSERT INTO audit_event (actor_id, kind, action, object_id, rows, about, before, after)
        SELECT nullif(current_setting('tandem.actor', true), '')::bigint, TG_ARGV[0], 'removed', '', count(*),
            jsonb_build_object(together, to_jsonb(old_rows) -> together), '{}', '{}'
        FROM old_rows GROUP BY to_jsonb(old_rows) -> together;
    END IF;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("projects", "0002_frozen_rows")]
    operations = [
        migrations.RunSQL(ADD, "DROP FUNCTION audit_add(text, text[], text[], jsonb, jsonb)"),
        migrations.RunSQL(NOTE, "DROP FUNCTION audit_note() CASCADE"),  # and with it the triggers of watched tables
        migrations.RunSQL(
            "CREATE TRIGGER audit_event_is_appended BEFORE UPDATE OR DELETE ON audit_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER audit_event_is_appended ON audit_event",
        ),
    ]
