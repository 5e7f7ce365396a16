"""Judgements are appended; none is updated or deleted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0001_initial"), ("projects", "0002_frozen_rows")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER comparisons_judgement_is_appended BEFORE UPDATE OR DELETE ON comparisons_judgement "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER comparisons_judgement_is_appended ON comparisons_judgement",
        )
    ]
