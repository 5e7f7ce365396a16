"""Rows that never change are guarded by the database, so that no code path, console or admin page can."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: add a new row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


ROUND = """
CREATE FUNCTION refuse_round_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    states CONSTANT text[] := ARRAY['draft', 'open', 'review', 'closed'];
    step CONSTANT integer := array_position(states, NEW.state::text) - array_position(states, OLD.state::text);
    moving CONSTANT text[] := ARRAY['state', 'opened_at', 'closed_at', 'prompt_set_id'];
BEGIN
    IF step NOT IN (0, 1) THEN
        RAISE EXCEPTION 'a round goes from % to the next state, not to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'draft' AND to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        RAISE EXCEPTION 'an opened round is never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_round_keeps_its_terms BEFORE UPDATE ON projects_round
    FOR EACH ROW EXECUTE FUNCTION refuse_round_change()
"""

POLICY = """
CREATE FUNCTION refuse_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM projects_round WHERE id IN (OLD.round_id, NEW.round_id) FOR SHARE;  -- waits for one that is opening
    IF EXISTS (SELECT FROM projects_round
               WHERE id IN (OLD.round_id, NEW.round_id) AND state <> 'draft') THEN
        RAISE EXCEPTION 'the terms of an opened round are never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER projects_pairpolicyentry_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON projects_pairpolicyentry
    FOR EACH ROW EXECUTE FUNCTION refuse_policy_change();
CREATE TRIGGER projects_roundguideline_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON projects_roundguideline
    FOR EACH ROW EXECUTE FUNCTION refuse_policy_change()
"""


AXES = """
CREATE FUNCTION refuse_axes_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_round WHERE project_id = OLD.id AND state <> 'draft') THEN
        RAISE EXCEPTION 'the axes of a project stay once a round has been opened'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_project_keeps_its_axes BEFORE UPDATE ON projects_project FOR EACH ROW
    WHEN (OLD.axes IS DISTINCT FROM NEW.axes) EXECUTE FUNCTION refuse_axes_change()
"""


def frozen(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_is_frozen BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER {table}_is_frozen ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change()"),
        frozen("projects_guidelineversion"),
        frozen("projects_modelversion"),
        migrations.RunSQL(
            ROUND,
            "DROP TRIGGER projects_round_keeps_its_terms ON projects_round; DROP FUNCTION refuse_round_change()",
        ),
        migrations.RunSQL(
            AXES, "DROP TRIGGER projects_project_keeps_its_axes ON projects_project; DROP FUNCTION refuse_axes_change()"
        ),
        migrations.RunSQL(
            POLICY,
            "DROP TRIGGER projects_pairpolicyentry_is_frozen ON projects_pairpolicyentry; "
            "DROP TRIGGER projects_roundguideline_is_frozen ON projects_roundguideline; "
            "DROP FUNCTION refuse_policy_change()",
        ),
    ]
