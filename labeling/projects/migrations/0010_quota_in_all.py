from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0009_prompt_uses'),
    ]

    operations = [
        migrations.AddField(
            model_name='enrolment',
            name='quota_total',
            field=models.PositiveIntegerField(blank=True, help_text='judgements of a person in all; empty: no limit', null=True),
        ),
    ]
