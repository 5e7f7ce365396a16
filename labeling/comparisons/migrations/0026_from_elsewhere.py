"""What people here began, and what was made elsewhere, are handed out in turns: so it is kept which is which."""

from django.db import migrations, models

KEPT = """
CREATE OR REPLACE FUNCTION comparisons_overlap_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.language := comparisons_language_of(NEW.comparison_id);
    NEW.elsewhere := (SELECT turn_id IS NULL FROM comparisons_comparison WHERE id = NEW.comparison_id);
    RETURN NEW;
END $$;
UPDATE comparisons_overlap overlap SET elsewhere = true
FROM comparisons_comparison compared WHERE compared.id = overlap.comparison_id AND compared.turn_id IS NULL;
"""
FORGOTTEN = """
CREATE OR REPLACE FUNCTION comparisons_overlap_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.language := comparisons_language_of(NEW.comparison_id);
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0025_rework_to_do"), ("projects", "0015_imported_rounds")]
    operations = [
        migrations.AddField("overlap", "elsewhere", models.BooleanField(db_default=False, editable=False)),
        migrations.RunSQL(KEPT, FORGOTTEN),
        migrations.RemoveIndex("overlap", "overlaps_with_room"),
        migrations.AddIndex(
            "overlap",
            models.Index(
                condition=models.Q(("free", []), _negated=True),
                fields=["round", "axis", "elsewhere", "language", "id"],
                name="overlaps_waiting",
            ),
        ),
    ]
