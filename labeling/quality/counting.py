"""What each person did in each round, counted in one statement over what `reading.said_in` has read."""

from typing import Any

from django.db import connection

from labeling.projects.models import Project
from labeling.quality.models import Counts
from labeling.quality.telling import TOLD

HURRIED = 3  # times less than one usually takes


def sums(figure: str) -> str:
    told = f"SELECT round, axis, person, count(*) AS {figure}_of, count(*) FILTER (WHERE hit) AS {figure}"
    return f"{told} FROM ({TOLD[figure]}) told GROUP BY round, axis, person"


COUNTS = f"""
WITH pace AS (  -- time grows with length, alike for all: what is left is each person's own
    SELECT axis, coalesce(regr_slope(ln(seconds), ln(read)), 0) AS growth
    FROM quality_said WHERE seconds > 0 AND read > 0 GROUP BY axis
), timed AS (
    SELECT round, axis, person, seconds, ln(seconds) - growth * ln(read) AS took
    FROM quality_said JOIN pace USING (axis) WHERE seconds > 0 AND read > 0
), usual AS (
    SELECT axis, person, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS took FROM timed GROUP BY axis, person
), times AS (
    SELECT timed.round, axis, person, count(*) AS timed, sum(timed.seconds) AS seconds,
        count(*) FILTER (WHERE timed.took < usual.took - ln(%(hurried)s::float8)) AS hurried
    FROM timed JOIN usual USING (axis, person) GROUP BY timed.round, axis, person
), majorities AS (
    {sums("majority")}
), golds AS (
    {sums("gold")}
), again AS (
    {sums("repeats")}
), habits AS (
    SELECT round, axis, person, count(*) AS done, count(*) FILTER (WHERE chose_a IS NULL) AS cannot,
        count(*) FILTER (WHERE sent_back AND NOT withdrawn) AS sent_back,
        count(*) FILTER (WHERE surplus AND NOT withdrawn) AS surplus, count(*) FILTER (WHERE withdrawn) AS withdrawn,
        count(*) FILTER (WHERE chose_a IS NULL OR sent_back OR surplus OR withdrawn) AS excluded,
        count(chose_a) AS judged,
        ARRAY[
            count(*) FILTER (WHERE counted AND abs(step) = 1), count(*) FILTER (WHERE counted AND abs(step) = 2),
            count(*) FILTER (WHERE counted AND abs(step) = 3), count(*) FILTER (WHERE counted AND abs(step) = 4)
        ] AS degrees, count(*) FILTER (WHERE chose_a) AS chose_a,
        count(*) FILTER (WHERE x <> 0) AS longer_of, count(*) FILTER (WHERE x <> 0 AND (x > 0) = (y = 1)) AS longer,
        count(x) AS lengths, coalesce(sum(x), 0) AS sum_x, coalesce(sum(y) FILTER (WHERE x IS NOT NULL), 0) AS sum_y,
        coalesce(sum(x * x), 0) AS sum_xx, coalesce(sum(x * y), 0) AS sum_xy,
        coalesce(sum(typed), 0) AS typed, coalesce(sum(pasted), 0) AS pasted
    FROM quality_said GROUP BY round, axis, person
)
SELECT habits.*, coalesce(timed, 0) AS timed, coalesce(seconds, 0) AS seconds, coalesce(hurried, 0) AS hurried,
    coalesce(majority_of, 0) AS majority_of, coalesce(majority, 0) AS majority,
    coalesce(gold_of, 0) AS gold_of, coalesce(gold, 0) AS gold,
    coalesce(repeats_of, 0) AS repeats_of, coalesce(repeats, 0) AS repeats
FROM habits LEFT JOIN times USING (round, axis, person) LEFT JOIN majorities USING (round, axis, person)
LEFT JOIN golds USING (round, axis, person) LEFT JOIN again USING (round, axis, person)
"""  # noqa: S608 - constants only


def counts(project: Project) -> list[Counts]:
    """None of them saved."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"hurried": HURRIED})
        names = [str(column.name) for column in cursor.description or ()]
        rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in cursor]
    keys = {"round": "round_id", "person": "person_id"}
    return [Counts(project=project, **{keys.get(name, name): value for name, value in row.items()}) for row in rows]
