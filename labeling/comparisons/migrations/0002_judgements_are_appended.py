"""Judgements are appended; none is updated or deleted. What they are about stays as it was shown."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0001_initial"), ("projects", "0002_frozen_rows")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER comparisons_judgement_is_appended BEFORE UPDATE OR DELETE ON comparisons_judgement "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER comparisons_judgement_is_appended ON comparisons_judgement",
        ),
        # What was shown, to whom, on which side and by which guideline.
        migrations.RunSQL(
            "CREATE TRIGGER comparisons_comparison_context_is_frozen BEFORE UPDATE ON comparisons_comparison FOR EACH ROW "
            "WHEN ((OLD.context, OLD.turn_id, OLD.round_id) IS DISTINCT FROM (NEW.context, NEW.turn_id, NEW.round_id)) "
            "EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER comparisons_comparison_context_is_frozen ON comparisons_comparison",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER comparisons_assignment_terms_are_frozen BEFORE UPDATE ON comparisons_assignment FOR EACH ROW "
            "WHEN ((OLD.comparison_id, OLD.axis, OLD.slot, OLD.swapped, OLD.guideline_id) IS DISTINCT FROM "
            "(NEW.comparison_id, NEW.axis, NEW.slot, NEW.swapped, NEW.guideline_id)) "
            "EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER comparisons_assignment_terms_are_frozen ON comparisons_assignment",
        ),
    ]
