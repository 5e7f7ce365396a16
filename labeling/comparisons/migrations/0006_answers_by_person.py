"""What somebody answered is read the newest first; the key of a judgement only grows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0005_a_reason_not_to_judge")]
    operations = [
        migrations.AddIndex("assignment", models.Index(fields=["person", "judgement"], name="judged_by_person")),
    ]
