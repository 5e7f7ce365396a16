"""A pair that is ready keeps its responses, but for one that was stopped and is asked for again before it is judged."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION refuse_change_of_a_ready_pair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ready_at IS NULL
        AND (NEW.first_id = OLD.first_id OR EXISTS (
            SELECT FROM dialogues_completion WHERE id = OLD.first_id AND finish_reason = 'stopped'))
        AND (NEW.second_id = OLD.second_id OR EXISTS (
            SELECT FROM dialogues_completion WHERE id = OLD.second_id AND finish_reason = 'stopped'))
        AND (NEW.first_id, NEW.second_id) IS DISTINCT FROM (OLD.first_id, OLD.second_id)
        AND NOT EXISTS (
            SELECT FROM comparisons_assignment WHERE comparison_id = OLD.id AND judgement_id IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is never changed: add a new row instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
TRIGGER = """
DROP TRIGGER comparisons_comparison_ready_pair_stays ON comparisons_comparison;
CREATE TRIGGER comparisons_comparison_ready_pair_stays BEFORE UPDATE ON comparisons_comparison
FOR EACH ROW WHEN (OLD.ready_at IS NOT NULL AND (NEW.ready_at IS NULL OR
(OLD.first_id, OLD.second_id) IS DISTINCT FROM (NEW.first_id, NEW.second_id)))
EXECUTE FUNCTION {function}();
"""


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0010_refused_choices")]
    operations = [
        migrations.RunSQL(
            FUNCTION + TRIGGER.format(function="refuse_change_of_a_ready_pair"),
            TRIGGER.format(function="refuse_change") + "DROP FUNCTION refuse_change_of_a_ready_pair()",
        ),
    ]
