"""What is known of the comparisons that a snapshot holds out: one statement, and one more for what models say of them.

A snapshot that has a preference for every judgement says the same of a comparison several times, or both: here each
counts once, by the majority.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from labeling.comparisons.wanted import UNNAMED
from labeling.datasets.membership import PREFERS_FIRST
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Aggregation, Wanted
from labeling.rewards.models import Run
from labeling.rewards.report.held import Held

HELD_OUT = """
WITH said AS (
    SELECT member.axis, member.root_id, member.first_better, member.first_safe, member.second_safe, judgement.degree,
        judgement.created_at, assignment.comparison_id, assignment.person_id,
        assignment.kind = 'adjudication' AS is_last_word, judgement.chosen_id = comparison.first_id AS chose_first
    FROM datasets_member member
    JOIN comparisons_judgement judgement ON judgement.id = member.judgement_id
    JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    WHERE member.snapshot_id = %(snapshot)s AND member.held_out AND member.reason = ''
), voted AS (
    SELECT *, sum(CASE WHEN chose_first THEN 1 ELSE -1 END) FILTER (WHERE NOT is_last_word) OVER pair AS lead,
        sum(CASE WHEN chose_first THEN 1 ELSE -1 END) FILTER (WHERE is_last_word) OVER pair AS last_word
    FROM said WINDOW pair AS (PARTITION BY axis, comparison_id)
), preferred AS (
    SELECT *, {prefers_first} AS prefers_first FROM voted
), pair AS (
    SELECT axis, comparison_id, min(root_id) AS root, bool_and(prefers_first) AS prefers_first,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY degree) FILTER (
            WHERE chose_first = prefers_first AND is_last_word = (last_word IS NOT NULL)
        ) AS degree,
        count(*) FILTER (WHERE NOT is_last_word AND chose_first) AS for_first,
        count(*) FILTER (WHERE NOT is_last_word) AS judges,
        bool_and(first_safe) AS first_safe, bool_and(second_safe) AS second_safe,
        array_agg(DISTINCT person_id) AS people, min(created_at) AS began_at, max(created_at) AS ended_at
    FROM preferred GROUP BY axis, comparison_id
)
SELECT pair.comparison_id, pair.axis, pair.root, pair.prefers_first, coalesce(pair.degree, 0), pair.for_first,
    pair.judges, char_length(first.text), char_length(second.text), pair.first_safe, pair.second_safe, round.number,
    (jsonb_array_length(comparison.context) + 1) / 2, coalesce(turn.language, comparison.language),
    coalesce(prompt.category, ''), coalesce(turn.risk, ''),
    ARRAY(
        SELECT DISTINCT membership.cohort_id
        FROM cohorts_membership membership
        JOIN projects_enrolment enrolment ON enrolment.cohort_id = membership.cohort_id
        WHERE membership.person_id = ANY(pair.people) AND membership.joined_at <= pair.ended_at
            AND (membership.left_at IS NULL OR membership.left_at > pair.began_at)
            AND enrolment.project_id = comparison.project_id AND enrolment.axis = pair.axis
    )
FROM pair
JOIN comparisons_comparison comparison ON comparison.id = pair.comparison_id
JOIN projects_round round ON round.id = comparison.round_id
JOIN dialogues_completion first ON first.id = comparison.first_id
JOIN dialogues_completion second ON second.id = comparison.second_id
LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
LEFT JOIN projects_prompt prompt ON prompt.id = turn.prompt_id
ORDER BY pair.axis, comparison.created_at, comparison.id
"""
DIVIDED = "CASE WHEN lead <> 0 THEN lead > 0 END"
SCORES = """
SELECT score.run_id, score.comparison_id, score.first, score.second, coalesce(score.spread, 0)
FROM rewards_score score
WHERE score.run_id = ANY(%s) AND score.comparison_id = ANY(%s)
"""

Said = tuple[float, float, float]
"""The rewards of the first response and of the second, and how unsure their difference is; see held.py."""


class Fact(NamedTuple):
    """A comparison on an axis. `prefers_first` is None where people are evenly divided, `degree` 0 where nobody said;
    `turn` counts from 1; labels are None where nobody gave any. `cohorts` are those its judges were in."""

    comparison: UUID
    axis: str
    root: int
    prefers_first: bool | None
    degree: int
    for_first: int
    judges: int
    first_chars: int
    second_chars: int
    first_safe: bool | None
    second_safe: bool | None
    round: int
    turn: int
    language: str
    category: str
    risk: str
    cohorts: list[int]

    @property
    def share(self) -> float:
        """Of its judges, who chose the first; a last word alone says all."""
        return self.for_first / self.judges if self.judges else float(bool(self.prefers_first))


GROUPS: Mapping[str, Callable[[Fact], tuple[str, ...]]] = {
    "round": lambda fact: (str(fact.round),),
    "turn": lambda fact: (str(fact.turn),),
    "language": lambda fact: (fact.language or UNNAMED,),
    "category": lambda fact: (fact.category,) if fact.category else (),
    "risk": lambda fact: (fact.risk,) if fact.risk else (),
    "cohort": lambda fact: tuple(map(str, fact.cohorts)),
}
"""By what figures are broken down by: the keys that a comparison falls under."""


def facts(snapshot: Snapshot) -> list[Fact]:
    """By axis, then as they were made."""
    how = Wanted.of(snapshot.wanted).aggregation
    prefers_first = DIVIDED if how == Aggregation.EVERY else PREFERS_FIRST[how]
    with connection.cursor() as cursor:
        cursor.execute(HELD_OUT.format(prefers_first=prefers_first), {"snapshot": snapshot.pk})
        return [Fact(*row) for row in cursor.fetchall()]


def rewards(runs: Iterable[Run], known: Iterable[Fact]) -> dict[UUID, dict[UUID, Said]]:
    """By run, by comparison."""
    found: dict[UUID, dict[UUID, Said]] = {run.pk: {} for run in runs}
    with connection.cursor() as cursor:
        cursor.execute(SCORES, [list(found), list({fact.comparison for fact in known})])
        for run, comparison, *said in cursor.fetchall():
            found[run][comparison] = tuple(said)
    return found


def held(known: Sequence[Fact], said: Mapping[UUID, Said]) -> tuple[Held, Counter[str]]:
    """Those of one axis with what one model says; and of how many others nothing can be said, and why."""
    left_out = Counter(divided=0, unscored=0)
    kept = []
    for fact in known:
        if fact.prefers_first is None:
            left_out["divided"] += 1
        elif fact.comparison not in said:
            left_out["unscored"] += 1
        else:
            kept.append(fact)
    return arrays(kept, said), left_out


def arrays(known: Sequence[Fact], said: Mapping[UUID, Said]) -> Held:
    rewarded = np.array([said[fact.comparison] for fact in known], dtype=np.float64).reshape(-1, 3)
    labels = np.array([[fact.first_safe, fact.second_safe] for fact in known], dtype=np.float64).reshape(-1, 2)
    return Held(
        comparison=[str(fact.comparison) for fact in known],
        root=np.array([fact.root for fact in known], dtype=np.int64),
        prefers_first=np.array([fact.prefers_first for fact in known], dtype=np.bool_),
        degree=np.array([fact.degree for fact in known], dtype=np.int64),
        share=np.array([fact.share for fact in known], dtype=np.float64),
        judges=np.array([fact.judges for fact in known], dtype=np.int64),
        first=rewarded[:, 0],
        second=rewarded[:, 1],
        first_chars=np.array([fact.first_chars for fact in known], dtype=np.int64),
        second_chars=np.array([fact.second_chars for fact in known], dtype=np.int64),
        first_safe=labels[:, 0],
        second_safe=labels[:, 1],
        spread=rewarded[:, 2],
        groups={name: [keys(fact) for fact in known] for name, keys in GROUPS.items()},
    )
