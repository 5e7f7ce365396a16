"""An event of many rows stands in the history of their project or cohort too."""

from django.db import migrations

NOTE = """
CREATE OR REPLACE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql AS $$
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
        PERFORM audit_add_many(TG_ARGV[0], 'added', together, to_jsonb(new_rows) -> together, count(*))
        FROM new_rows GROUP BY to_jsonb(new_rows) -> together;
    ELSE
        PERFORM audit_add_many(TG_ARGV[0], 'removed', together, to_jsonb(old_rows) -> together, count(*))
        FROM old_rows GROUP BY to_jsonb(old_rows) -> together;
    END IF;
    RETURN NULL;
END $$
"""
MANY = """
CREATE OR REPLACE FUNCTION audit_add_many(kind text, action text, together text, what jsonb, many bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO audit_event (actor_id, kind, action, object_id, rows, project_id, cohort_id, about, before, after)
    VALUES (nullif(current_setting('tandem.actor', true), '')::bigint, kind, action, '', many,
        CASE WHEN together = 'project_id' THEN what::bigint END, CASE WHEN together = 'cohort_id' THEN what::bigint END,
        jsonb_build_object(together, what), '{}', '{}')
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_what_is_watched_is_noted")]
    operations = [
        migrations.RunSQL(MANY, migrations.RunSQL.noop),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
