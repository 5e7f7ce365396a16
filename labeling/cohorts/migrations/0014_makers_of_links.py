"""Links for a first visit that nobody used yet do not say who made them: they end, and are made anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

END = "UPDATE cohorts_signinlink SET expires_at = now() WHERE first_visit AND used_at IS NULL AND expires_at > now()"


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0013_invitations_of_a_form")]
    operations = [
        migrations.RunSQL(END, migrations.RunSQL.noop),
        migrations.RemoveField("signinlink", "first_visit"),
        migrations.AddField(
            "signinlink",
            "made_by",
            models.ForeignKey(
                help_text="none: a command of the installation",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
