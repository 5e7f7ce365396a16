"""A prompt never changes. A finished response and where it came from never change either; being set aside by a redraw is all that may follow."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("dialogues", "0001_initial"), ("projects", "0002_frozen_rows")]
    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER dialogues_completion_done_is_final BEFORE UPDATE ON dialogues_completion FOR EACH ROW
            WHEN (OLD.state = 'done' AND
                  to_jsonb(OLD) - ARRAY['discarded_at', 'discard_reason']
                  IS DISTINCT FROM to_jsonb(NEW) - ARRAY['discarded_at', 'discard_reason'])
            EXECUTE FUNCTION refuse_change()
            """,
            "DROP TRIGGER dialogues_completion_done_is_final ON dialogues_completion",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER dialogues_turn_is_frozen BEFORE UPDATE ON dialogues_turn FOR EACH ROW "
            "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER dialogues_turn_is_frozen ON dialogues_turn",
        ),
    ]
