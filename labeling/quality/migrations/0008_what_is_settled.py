from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quality", "0007_totals")]
    operations = [
        migrations.AddField(
            "computation",
            "settled_to",
            models.BigIntegerField(default=0, help_text="the same, and that none up to it can be missing"),
        ),
        migrations.AddField(
            "computation",
            "looked_to",
            models.BigIntegerField(default=0, help_text="key up to which none is missing once"),
        ),
        migrations.AddField(
            "computation",
            "looked_by",
            models.BigIntegerField(default=0, help_text="transactions before this one are over"),
        ),
        migrations.AddField(
            "computation",
            "wholes",
            models.PositiveIntegerField(default=0, help_text="how often it was asked to look at all of it since"),
        ),
    ]
