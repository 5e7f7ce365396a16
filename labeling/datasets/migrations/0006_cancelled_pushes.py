from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0005_pushes")]
    operations = [
        migrations.AddField("push", "cancel_asked_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "push",
            "state",
            models.CharField(
                choices=[
                    ("sending", "is being sent"),
                    ("done", "is there"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                ],
                default="sending",
                max_length=10,
            ),
        ),
    ]
