"""A page's name for a pair is its author's own: two pages that give the same one take a pair each."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialogues', '0008_about_a_prompt'),
        ('projects', '0009_prompt_uses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='dialogue',
            name='taken_as',
            field=models.UUIDField(help_text="what its author's page, which took it from stock, called it", null=True),
        ),
        migrations.AddConstraint(
            model_name='dialogue',
            constraint=models.UniqueConstraint(fields=('author', 'taken_as'), name='taken_once_by_a_name'),
        ),
    ]
