from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exams", "0004_grading_by_two_and_orders")]
    operations = [
        migrations.AddField(
            "exam",
            "before_removal",
            models.TextField(
                blank=True,
                default="",
                help_text="that of a draft out of which something was taken, until something else is changed",
            ),
            preserve_default=False,
        )
    ]
