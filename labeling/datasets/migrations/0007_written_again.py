from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("datasets", "0006_cancelled_pushes")]
    operations = [
        migrations.RemoveConstraint("snapshot", "ready_has_all_files"),
        migrations.AddConstraint(
            "snapshot",
            models.CheckConstraint(
                condition=Q(state__in=("ready", "erased", "waiting", "writing"), ready_at__isnull=False)
                & ~Q(artifact="")
                & ~Q(digest="")
                & Q(writing_seconds__isnull=False)
                | ~Q(state__in=("ready", "erased")) & Q(ready_at=None, artifact="", writing_seconds=None),
                name="ready_has_all_files",
            ),
        ),
    ]
