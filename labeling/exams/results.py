"""How an exam went: who passed, and what each of its items does."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from labeling.exams.models import Attempt, Exam, Item

ENOUGH = 20  # answers; with fewer, a correlation says little
WEAK = 0.2  # below it an item hardly tells good from weak candidates (Ebel, Measuring Educational Achievement, 1965)

# What is earned is 1 or 0, or a grade in fifths. Its correlation with what was earned in the rest of the part is, for
# 1 and 0, the point-biserial one: (M1 - M0) / s * sqrt(p * q), with M1 and M0 the mean rest of those who were right and
# wrong, s its standard deviation, p and q their shares (Lord and Novick, Statistical Theories of Mental Test Scores,
# 1968, 15.5). The item itself is left out of the rest, since it always agrees with itself (Henrysson, 1963).
STATISTICS = """
WITH earned AS (
    SELECT sitting.id AS sitting, item.id AS item, CASE
        WHEN item.kind = 'text' THEN coalesce(grade.score, 0) / 5.0
        ELSE coalesce((answer.value = ANY(item.accepted))::int, 0)
    END AS earned
    FROM exams_sitting sitting
    JOIN exams_attempt attempt ON attempt.id = sitting.attempt_id
    JOIN exams_part part ON part.id = sitting.part_id
    JOIN exams_item item ON item.part_id = part.id AND NOT item.practice
    LEFT JOIN exams_answer answer ON answer.attempt_id = attempt.id AND answer.item_id = item.id
        AND (answer.value IS NOT NULL OR answer.text <> '')
    CROSS JOIN LATERAL (
        SELECT count(*) AS given, percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS score
        FROM exams_grade WHERE answer_id = answer.id
    ) grade
    WHERE attempt.exam_id = %s AND sitting.finished_at IS NOT NULL
        AND (part.at_least IS NULL OR answer.id IS NOT NULL)
        AND (item.kind <> 'text' OR answer.id IS NULL OR grade.given >= part.graders)
), with_rest AS (
    SELECT item, earned, avg(earned) OVER sitting AS mean, count(*) OVER sitting AS items
    FROM earned
    WINDOW sitting AS (PARTITION BY sitting)
)
SELECT item, count(*), avg(earned)::float, corr(earned, (mean * items - earned) / nullif(items - 1, 0))
FROM with_rest
GROUP BY item
"""


@dataclass(frozen=True)
class Statistic:
    """`easiness` is the share that was right, or the mean grade as a share of the best one. `discrimination` is None
    where all earned the same."""

    item: Item
    seen: int = 0
    easiness: float | None = None
    discrimination: float | None = None

    @property
    def per_cent(self) -> int | None:
        return None if self.easiness is None else round(100 * self.easiness)

    @property
    def is_weak(self) -> bool:
        return self.seen >= ENOUGH and (self.discrimination is None or self.discrimination < WEAK)


def statistics(exam: Exam) -> list[Statistic]:
    """Of every item that counts, in the order of the exam."""
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS, [exam.pk])
        found = {item: rest for item, *rest in cursor}
    items = Item.objects.filter(part__exam=exam, practice=False).select_related("part")
    return [Statistic(item, *found.get(item.pk, ())) for item in items.order_by("part__number", "number")]


def tally(exam: Exam) -> dict[str, int]:
    """How many attempts are in each state, and how many there are."""
    counted = dict(exam.taken.order_by().values_list("state").annotate(Count("pk")))
    return {"taken": sum(counted.values()), **{str(state): counted.get(state, 0) for state in Attempt.State}}
