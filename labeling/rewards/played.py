"""Which model version was chosen over which on one axis, from PostgreSQL: as patterns of what came of one prompt, of
which a million judgements have few.

A judgement counts for the version that was chosen. Where one of two responses did not come and the other did, nobody
could judge the pair, and it counts once for the one that came: whoever uses a model that fails has no response.
"""

from collections import defaultdict
from typing import Any

from django.db import connection

from labeling.dialogues.stopping import NOTHING_YET
from labeling.projects.models import Axis, Project
from labeling.rewards.report.winning import Pattern

ALL, LANGUAGE, CATEGORY = "all", "language", "category"
MEMORY = "SET LOCAL work_mem = '64MB'"  # for each sorting or joining, else it goes by way of the disk
NO_RESPONSE = """({of}.state = 'failed' OR {of}.state = 'cancelled' AND {of}.error <> '')
    AND {of}.error <> %(nothing_yet)s"""
"""It failed, and stayed so: what had failed when its conversation or its round was over is cancelled, with its error.
Of what its author stopped before it began nothing is known."""

GAMES = f"""
WITH game AS (
    SELECT coalesce(prompt.root_id::text, turn.dialogue_id::text, comparison.id::text) AS root,
        coalesce(turn.language, comparison.language) AS language, coalesce(taken.category, '') AS category,
        first.model_version_id AS first, second.model_version_id AS second, judgement.id IS NULL AS failed,
        CASE WHEN judgement.id IS NULL THEN first.state = 'done' ELSE judgement.chosen_id = first.id END AS first_won
    FROM comparisons_comparison comparison
    JOIN comparisons_assignment assignment ON assignment.comparison_id = comparison.id
    LEFT JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
    JOIN dialogues_completion first ON first.id = comparison.first_id
    JOIN dialogues_completion second ON second.id = comparison.second_id
    LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
    LEFT JOIN projects_prompt taken ON taken.id = turn.prompt_id
    LEFT JOIN datasets_gist gist ON gist.comparison_id = comparison.id
    LEFT JOIN datasets_rootprompt prompt ON prompt.id = gist.prompt_id
    WHERE comparison.project_id = %(project)s AND assignment.axis = %(axis)s AND assignment.slot IS NOT NULL
        AND first.model_version_id <> second.model_version_id
        AND (judgement.outcome = 'judged' OR judgement.id IS NULL AND assignment.kind = 'author' AND (
            second.state = 'done' AND {NO_RESPONSE.format(of="first")}
            OR first.state = 'done' AND {NO_RESPONSE.format(of="second")}
        ))
        AND NOT EXISTS (
            SELECT FROM cohorts_withdrawal withdrawal WHERE withdrawal.person_id = assignment.person_id
            AND (
                withdrawal.back_at IS NULL
                OR withdrawal.back_at > coalesce(judgement.created_at, assignment.created_at)
            )
        )
), came AS (
    SELECT broken_down.by, broken_down.key, root, CASE WHEN first_won THEN first ELSE second END AS winner,
        CASE WHEN first_won THEN second ELSE first END AS loser, failed, count(*) AS n
    FROM game CROSS JOIN LATERAL (
        VALUES ('{ALL}', ''), ('{LANGUAGE}', language), ('{CATEGORY}', category)
    ) broken_down(by, key)
    WHERE broken_down.by = '{ALL}' OR broken_down.key <> ''
    GROUP BY 1, 2, 3, 4, 5, 6
), of_prompt AS (
    SELECT by, key, array_agg(ARRAY[winner, loser, failed::integer, n] ORDER BY winner, loser, failed) AS pattern
    FROM came GROUP BY by, key, root
)
SELECT by, key, pattern, count(*) FROM of_prompt GROUP BY by, key, pattern
"""  # noqa: S608 - all of it is ours

Patterns = dict[Pattern, int]


def patterns(project: Project, axis: Axis) -> dict[str, dict[str, Patterns]]:
    """By what they are broken down by (ALL, LANGUAGE, CATEGORY), and the keys of that: how often which games came of
    one prompt."""
    found: dict[str, dict[str, Patterns]] = defaultdict(lambda: defaultdict(dict))
    asked: dict[str, Any] = {"project": project.pk, "axis": axis, "nothing_yet": NOTHING_YET}
    with connection.cursor() as cursor:
        cursor.execute(GAMES, asked)
        for by, key, pattern, times in cursor:
            found[by][key][tuple((won, lost, bool(failed), n) for won, lost, failed, n in pattern)] = times
    return found
