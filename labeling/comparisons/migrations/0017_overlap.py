"""Several people judge a comparison: slots that are held, lapse and are given to others."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FROZEN = """
DROP TRIGGER comparisons_assignment_terms_are_frozen ON comparisons_assignment;
CREATE TRIGGER comparisons_assignment_terms_are_frozen BEFORE UPDATE ON comparisons_assignment FOR EACH ROW
WHEN ((OLD.comparison_id, OLD.axis, {column}, OLD.swapped, OLD.guideline_id) IS DISTINCT FROM
    (NEW.comparison_id, NEW.axis, {new}, NEW.swapped, NEW.guideline_id))
EXECUTE FUNCTION refuse_change()
"""
BY_PERSON = FROZEN.format(column="OLD.person_id, OLD.kind", new="NEW.person_id, NEW.kind")
BY_SLOT = FROZEN.format(column="OLD.slot", new="NEW.slot")


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0016_workdays_of_a_person'),
        ('projects', '0011_overlap_share'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(BY_PERSON, BY_SLOT),
        migrations.CreateModel(
            name='Overlap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('axis', models.CharField(choices=[('helpfulness', 'Helpfulness'), ('safety', 'Safety')], max_length=20)),
                ('wanted', models.PositiveSmallIntegerField()),
                ('most', models.PositiveSmallIntegerField()),
                ('free', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, size=None)),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='chance',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='comparison',
            name='retired_at',
            field=models.DateTimeField(help_text='when a second person had said that it cannot be judged', null=True),
        ),
        migrations.AlterField(
            model_name='assignment',
            name='slot',
            field=models.PositiveSmallIntegerField(default=0, null=True),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('done_at', None), ('slot__isnull', False)), fields=['leased_until'], name='leases_by_their_end'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['gold', 'repeat', 'adjudication']), _negated=True), ('slot', None), _connector='OR'), name='counted_have_slots'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'author'), ('leased_until', None), ('slot', 0)), models.Q(('kind', 'author'), _negated=True), _connector='OR'), name='authors_come_first'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('chance', None), models.Q(('chance__gt', 0), ('chance__lte', 1)), _connector='OR'), name='chance_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['author', 'overlap', 'gold'])), fields=('comparison', 'person', 'axis'), name='seen_once_but_in_repeats'),
        ),
        migrations.AddField(
            model_name='overlap',
            name='comparison',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='overlaps', to='comparisons.comparison'),
        ),
        migrations.AddField(
            model_name='overlap',
            name='round',
            field=models.ForeignKey(db_index=False, help_text="the comparison's", on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.round'),
        ),
        migrations.AddIndex(
            model_name='overlap',
            index=models.Index(condition=models.Q(('free', []), _negated=True), fields=['round', 'axis', 'id'], name='overlaps_with_room'),
        ),
        migrations.AddConstraint(
            model_name='overlap',
            constraint=models.UniqueConstraint(fields=('comparison', 'axis'), name='one_overlap_an_axis'),
        ),
        migrations.AddConstraint(
            model_name='overlap',
            constraint=models.CheckConstraint(condition=models.Q(('wanted__gte', 1), ('wanted__lte', models.F('most'))), name='overlap_within_most'),
        ),
    ]
