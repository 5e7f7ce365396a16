from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0024_language_of_overlaps")]
    operations = [
        migrations.AddIndex(
            "assignment",
            models.Index(
                condition=models.Q(("done_at", None), ("kind", "rework"), ("slot__isnull", False)),
                fields=["person"],
                name="rework_to_do",
            ),
        ),
    ]
