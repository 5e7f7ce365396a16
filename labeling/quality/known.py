"""How known answers do: what is said of each of them, and which look wrong."""

from django.db import connection

from labeling.projects.models import Axis, Project, Round
from labeling.quality import gold, wrong_gold
from labeling.quality.models import GoldAnswer
from labeling.quality.wrong_gold import Answer, Evidence

SAID = f"""
SELECT gold.id, assignment.person_id, {gold.RIGHT}
FROM quality_goldanswer gold
JOIN LATERAL (
    SELECT gold.comparison_id AS id
    UNION ALL SELECT copy.comparison_id FROM quality_goldcopy copy WHERE copy.source_id = gold.comparison_id
) given ON true
JOIN comparisons_assignment assignment ON assignment.comparison_id = given.id AND assignment.axis = gold.axis
    AND assignment.kind = 'gold'
JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id AND judgement.outcome = 'judged'
WHERE gold.project_id = %(project)s AND gold.axis = %(axis)s AND gold.retired_at IS NULL
"""  # noqa: S608 - constants only


def look() -> None:
    """At all of every project in which people work."""
    working = GoldAnswer.objects.standing().filter(project__rounds__state__in=[Round.State.OPEN, Round.State.REVIEW])
    for project in Project.objects.filter(pk__in=working.values("project")):
        for axis in project.axes_in_order():
            look_at(project, axis)


def look_at(project: Project, axis: Axis) -> None:
    """Count anew what is said of each, and suspend those that look wrong."""
    found = weighed(project, axis)
    for one in GoldAnswer.objects.standing().filter(project=project, axis=axis):
        evidence = found.get(one.pk, Evidence([]))
        right, missed = evidence.right, evidence.missed
        counted = {"answers": right.of, "right": right.hits, "trusted": missed.of, "missed": missed.hits}
        if any(getattr(one, name) != value for name, value in counted.items()):
            GoldAnswer.objects.filter(pk=one.pk).update(**counted)
        if evidence.is_wrong:
            gold.suspend(one)


def weighed(project: Project, axis: str) -> dict[int, Evidence]:
    """By key, of all that stand."""
    doubtful = GoldAnswer.objects.suspects().filter(project=project, axis=axis).values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(SAID, {"project": project.pk, "axis": axis})
        answers = [Answer(*row) for row in cursor]
    return wrong_gold.weigh(answers, doubtful)
