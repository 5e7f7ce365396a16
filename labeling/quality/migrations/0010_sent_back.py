"""What reviewers sent back was counted as surplus. Figures of before are computed once more."""

from django.db import migrations, models

AGAIN = """
UPDATE quality_computation SET asked_at = now() WHERE asked_at IS NULL AND computed_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0009_sureness")]
    operations = [
        migrations.AddField("counts", "sent_back", models.PositiveIntegerField(default=0)),
        migrations.AddField("total", "sent_back", models.PositiveIntegerField(default=0)),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
    ]
