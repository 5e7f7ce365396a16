from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0003_origins")]
    operations = [
        migrations.AlterField(
            "import",
            "done",
            models.PositiveBigIntegerField(
                default=0, help_text="of `size`: what is read of the file, then what is stored of it"
            ),
        ),
    ]
