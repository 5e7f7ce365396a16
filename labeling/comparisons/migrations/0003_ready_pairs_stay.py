"""Once a pair is ready, its two responses are the ones that people judge: a redraw comes too late."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0002_judgements_are_appended")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER comparisons_comparison_ready_pair_stays BEFORE UPDATE ON comparisons_comparison "
            "FOR EACH ROW WHEN (OLD.ready_at IS NOT NULL AND (NEW.ready_at IS NULL OR "
            "(OLD.first_id, OLD.second_id) IS DISTINCT FROM (NEW.first_id, NEW.second_id))) EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER comparisons_comparison_ready_pair_stays ON comparisons_comparison",
        ),
    ]
