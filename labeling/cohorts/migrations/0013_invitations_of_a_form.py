from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0012_links_for_a_first_visit")]
    operations = [
        migrations.AddField(
            "invitation",
            "key",
            models.UUIDField(null=True, help_text="of the form that made it; sent twice it makes one"),
        ),
        migrations.AddConstraint(
            "invitation",
            models.UniqueConstraint(fields=["key", "cohort", "email"], name="one_invitation_a_form"),
        ),
    ]
