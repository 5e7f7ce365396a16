"""Papers that are written keep the order they were taken in: of what is there, everything is fixed."""

import django.db.models.deletion
import labeling.exams.scoring
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0003_what_somebody_lacks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='grant',
            name='ended_because',
            field=models.TextField(blank=True, help_text='the person reads it'),
        ),
        migrations.AddField(
            model_name='grant',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='grant',
            name='reason',
            field=models.TextField(blank=True, help_text='why it was given without an exam'),
        ),
        migrations.AddField(
            model_name='item',
            name='fixed',
            field=models.BooleanField(default=True, help_text="its options stay in their order, and a pair's responses on their sides"),
        ),
        migrations.AlterField(
            model_name='item',
            name='fixed',
            field=models.BooleanField(default=False, help_text="its options stay in their order, and a pair's responses on their sides"),
        ),
        migrations.AddField(
            model_name='part',
            name='apart',
            field=models.PositiveSmallIntegerField(default=1, help_text='by how much two grades may differ before a third person grades'),
        ),
        migrations.AddField(
            model_name='part',
            name='graders',
            field=models.PositiveSmallIntegerField(default=1, help_text='people who grade each text, one or two'),
        ),
        migrations.AlterField(
            model_name='grade',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grades', to='exams.answer'),
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('answer', 'grader'), name='everybody_grades_a_text_once'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_because', ''), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='taken_back_by_somebody_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='part',
            constraint=models.CheckConstraint(condition=models.Q(('graders', 1), models.Q(('graders', 2), ('rule', labeling.exams.scoring.Rule['MEAN'])), _connector='OR'), name='one_or_two_grade_where_people_grade'),
        ),
    ]
