import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0004_stored_so_far"),
        ("projects", "0015_imported_rounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            "Push",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="on the hub: owner/name", max_length=200)),
                ("private", models.BooleanField(help_text="where it was made for this")),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "told_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="when whoever sends it was last heard of"
                    ),
                ),
                ("done", models.PositiveBigIntegerField(default=0, help_text="bytes, of `total`")),
                ("total", models.PositiveBigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("sending", "is being sent"), ("done", "is there"), ("failed", "failed")],
                        default="sending",
                        max_length=10,
                    ),
                ),
                ("error", models.TextField(blank=True, help_text="why it failed and what to do, for people")),
                (
                    "address",
                    models.URLField(blank=True, help_text="of the commit that it became", max_length=500),
                ),
                (
                    "by",
                    models.ForeignKey(
                        help_text="empty: a command",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pushes", to="datasets.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["-begun_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "sending")), fields=("snapshot",), name="one_push_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "failed"), _negated=True) | models.Q(("error", ""), _negated=True),
                        name="failed_pushes_say_why",
                    ),
                ],
            },
        ),
    ]
