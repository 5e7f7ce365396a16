"""How known answers do: what is said of each of them, which look wrong, and which comparisons could be more."""

from typing import Any

from django.db import connection

from labeling.comparisons.models import Degree, Judgement
from labeling.projects.models import Axis, Project, Round
from labeling.quality import gold, wrong_gold
from labeling.quality.models import GoldAnswer
from labeling.quality.wrong_gold import Answer, Evidence

PROPOSED = 10  # of a page
AGREE = 3  # people, of whom nobody differs

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
AGREED = """
SELECT agreed.judgement
FROM comparisons_overlap overlap
JOIN projects_round round ON round.id = overlap.round_id AND round.project_id = %(project)s
JOIN comparisons_comparison comparison ON comparison.id = overlap.comparison_id AND comparison.retired_at IS NULL
CROSS JOIN LATERAL (
    SELECT max(said.id) AS judgement
    FROM comparisons_assignment assignment JOIN comparisons_judgement said ON said.id = assignment.judgement_id
    WHERE assignment.comparison_id = overlap.comparison_id AND assignment.axis = overlap.axis
        AND assignment.kind IN ('author', 'overlap', 'rework') AND assignment.slot IS NOT NULL
    HAVING count(*) >= %(agree)s AND count(DISTINCT coalesce(said.chosen_id, gen_random_uuid())) = 1
        AND min(said.degree) >= %(least)s
        AND count(DISTINCT (said.chosen_safe, said.rejected_safe)) = 1
) agreed
WHERE overlap.axis = %(axis)s AND overlap.free = '{}' AND overlap.wanted >= %(agree)s AND NOT EXISTS (
    SELECT FROM quality_goldanswer before
    WHERE before.comparison_id = overlap.comparison_id AND before.axis = overlap.axis
)
ORDER BY overlap.id DESC LIMIT %(most)s
"""
"""The newest whose judgements agree in all, by much; the last one of each. What was retired is not proposed again."""


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


def proposed(project: Project, axis: Axis) -> list[Judgement]:
    """One of each comparison that could be certain: at least three agree in all, and nobody by less than "better"."""
    terms: dict[str, Any] = {
        "project": project.pk,
        "axis": axis,
        "agree": AGREE,
        "least": int(Degree.BETTER),
        "most": PROPOSED,
    }
    with connection.cursor() as cursor:
        cursor.execute(AGREED, terms)
        keys = [key for (key,) in cursor]
    return list(
        Judgement.objects.filter(pk__in=keys).select_related("assignment__comparison", "chosen").order_by("-pk")
    )
