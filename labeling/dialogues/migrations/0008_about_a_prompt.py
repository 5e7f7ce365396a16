"""What is known of a prompt beside its text. It never changes either, but for the language, which its author corrects."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialogues', '0007_handovers'),
    ]

    operations = [
        migrations.AddField(
            model_name='turn',
            name='attack',
            field=models.CharField(blank=True, choices=[('psychological', 'psychological manipulation'), ('logic', 'logic manipulation'), ('syntactic', 'syntactic manipulation'), ('semantic', 'semantic manipulation'), ('perspective', 'perspective manipulation'), ('non_english', 'non-English language'), ('other', 'other')], max_length=20),
        ),
        migrations.AddField(
            model_name='turn',
            name='keystrokes',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='turn',
            name='language',
            field=models.CharField(blank=True, help_text='BCP 47 tag; see projects.languages', max_length=35),
        ),
        migrations.AddField(
            model_name='turn',
            name='language_from',
            field=models.CharField(blank=True, choices=[('set', 'the prompt set says so'), ('author', 'its author says so'), ('assumed', 'offered and left, or told by the script')], max_length=10),
        ),
        migrations.AddField(
            model_name='turn',
            name='pasted_chars',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='turn',
            name='risk',
            field=models.CharField(blank=True, choices=[('illicit', 'illicit and criminal activities'), ('hateful', 'hateful and harmful activities'), ('unqualified', 'unqualified advice')], max_length=20),
        ),
        migrations.AddField(
            model_name='turn',
            name='typed_chars',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunSQL(
            """
            DROP TRIGGER dialogues_turn_is_frozen ON dialogues_turn;
            CREATE TRIGGER dialogues_turn_is_frozen BEFORE UPDATE ON dialogues_turn FOR EACH ROW
            WHEN (to_jsonb(OLD) - ARRAY['language', 'language_from']
                  IS DISTINCT FROM to_jsonb(NEW) - ARRAY['language', 'language_from'])
            EXECUTE FUNCTION refuse_change()
            """,
            """
            DROP TRIGGER dialogues_turn_is_frozen ON dialogues_turn;
            CREATE TRIGGER dialogues_turn_is_frozen BEFORE UPDATE ON dialogues_turn FOR EACH ROW
            WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse_change()
            """,
        ),
    ]
