"""A model version is frozen once it is checked, a clarification always, what shapes pairs while a round is open.

Versions of rounds that were opened before checks existed have answered there; they count as checked.
"""

from django.db import migrations

CHECKED = """
DROP TRIGGER projects_modelversion_is_frozen ON projects_modelversion;
UPDATE projects_modelversion SET checked_at = created_at WHERE id IN (
    SELECT model_version_id FROM projects_pairpolicyentry entry
    JOIN projects_round round ON round.id = entry.round_id WHERE round.state <> 'draft');
CREATE TRIGGER projects_modelversion_is_frozen BEFORE UPDATE ON projects_modelversion FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.* AND (OLD.checked_at IS NOT NULL
          OR to_jsonb(OLD) - ARRAY['sha256', 'checked_at', 'check_error']
             IS DISTINCT FROM to_jsonb(NEW) - ARRAY['sha256', 'checked_at', 'check_error']))
    EXECUTE FUNCTION refuse_change()
"""
UNCHECKED = """
DROP TRIGGER projects_modelversion_is_frozen ON projects_modelversion;
CREATE TRIGGER projects_modelversion_is_frozen BEFORE UPDATE ON projects_modelversion FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_change()
"""
CLARIFICATION = """
CREATE TRIGGER projects_clarification_is_frozen BEFORE UPDATE OR DELETE ON projects_clarification
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
PAIRS = """
CREATE FUNCTION refuse_pairs_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM projects_round WHERE project_id = OLD.id AND state = 'open') THEN
        RAISE EXCEPTION 'turns, pacing, gates and redraws of a project stay while a round is open'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_project_keeps_its_pairs BEFORE UPDATE ON projects_project FOR EACH ROW
    WHEN ((OLD.max_turns, OLD.pacing, OLD.gates, OLD.max_redraws)
          IS DISTINCT FROM (NEW.max_turns, NEW.pacing, NEW.gates, NEW.max_redraws))
    EXECUTE FUNCTION refuse_pairs_change()
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_gates_stock_checks")]
    operations = [
        migrations.RunSQL(CHECKED, UNCHECKED),
        migrations.RunSQL(CLARIFICATION, "DROP TRIGGER projects_clarification_is_frozen ON projects_clarification"),
        migrations.RunSQL(
            PAIRS,
            "DROP TRIGGER projects_project_keeps_its_pairs ON projects_project; DROP FUNCTION refuse_pairs_change()",
        ),
    ]
