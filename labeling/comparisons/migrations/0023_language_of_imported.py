from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0022_judged_elsewhere")]
    operations = [
        migrations.AddField(
            "comparison",
            "language",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="BCP 47 tag, where there is no turn to say it",
                max_length=35,
            ),
        ),
    ]
