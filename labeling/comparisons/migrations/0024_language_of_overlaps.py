"""What wants people is found by the language of its prompt, which is kept beside it: once for all of a comparison from
elsewhere, and as often as its author corrects it for a turn. Those and what people here began are handed out in turns, so
it is kept which is which."""

from django.db import migrations, models

KEPT = """
CREATE FUNCTION comparisons_language_of(comparison uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT split_part(coalesce(turn.language, compared.language), '-', 1)
    FROM comparisons_comparison compared LEFT JOIN dialogues_turn turn ON turn.id = compared.turn_id
    WHERE compared.id = comparison
$$;
CREATE FUNCTION comparisons_overlap_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.language := comparisons_language_of(NEW.comparison_id);
    NEW.elsewhere := (SELECT turn_id IS NULL FROM comparisons_comparison WHERE id = NEW.comparison_id);
    RETURN NEW;
END $$;
CREATE FUNCTION comparisons_turn_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH held AS (  -- in the order in which everybody holds them
        SELECT overlap.id
        FROM comparisons_comparison compared JOIN comparisons_overlap overlap ON overlap.comparison_id = compared.id
        WHERE compared.turn_id = NEW.id ORDER BY overlap.axis FOR UPDATE OF overlap
    )
    UPDATE comparisons_overlap overlap SET language = split_part(NEW.language, '-', 1)
    FROM held WHERE overlap.id = held.id;
    RETURN NULL;
END $$;
CREATE TRIGGER comparisons_overlap_has_language BEFORE INSERT ON comparisons_overlap
    FOR EACH ROW EXECUTE FUNCTION comparisons_overlap_language();
CREATE TRIGGER comparisons_turn_was_corrected AFTER UPDATE OF language ON dialogues_turn
    FOR EACH ROW WHEN (OLD.language IS DISTINCT FROM NEW.language) EXECUTE FUNCTION comparisons_turn_language();
UPDATE comparisons_overlap overlap SET language = comparisons_language_of(compared.id), elsewhere = compared.turn_id IS NULL
FROM comparisons_comparison compared WHERE compared.id = overlap.comparison_id;
"""
FORGOTTEN = """
DROP TRIGGER comparisons_turn_was_corrected ON dialogues_turn;
DROP TRIGGER comparisons_overlap_has_language ON comparisons_overlap;
DROP FUNCTION comparisons_turn_language(), comparisons_overlap_language(), comparisons_language_of(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0023_language_of_imported"),
        ("dialogues", "0011_begun_by_constraints"),
        ("projects", "0015_imported_rounds"),
    ]
    operations = [
        migrations.AddField(
            "overlap",
            "language",
            models.CharField(
                db_default="",
                editable=False,
                help_text="of the prompt, without region; empty: not named",
                max_length=35,
            ),
        ),
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
