"""Which judgements a snapshot holds, and as what: drawn in one statement, whether there are ten or a million.

What is drawn stands in a temporary table until the transaction ends, so that what is counted is what is kept. A
preview draws, counts, and keeps nothing.
"""

from hashlib import sha256
from typing import Any

from django.db import connection

from labeling.datasets import exclusions, filters
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Aggregation, Wanted
from labeling.exams.models import Requirement
from labeling.projects.models import Axis, Project, Round
from labeling.quality.modelled import probabilities
from labeling.quality.reading import said_in

SPLIT = {
    Aggregation.EVERY: "false",
    Aggregation.MAJORITY: "lead = 0",
    Aggregation.ADJUDICATED: "lead = 0 AND last_word IS NULL",
    Aggregation.MODEL: "coalesce(first_better, 0.5) = 0.5 AND lead = 0",
}
PREFERS_FIRST = {
    Aggregation.EVERY: "chose_first",
    Aggregation.MAJORITY: "lead > 0",
    Aggregation.ADJUDICATED: "coalesce(last_word > 0, lead > 0)",
    Aggregation.MODEL: "CASE WHEN first_better <> 0.5 THEN first_better > 0.5 ELSE lead > 0 END",
}
"""Which response the preference is for that a judgement is part of, as aggregation.py has it."""

OF_WINNERS = """coalesce(
    bool_and(degree IS NULL) FILTER (WHERE reason = '' AND kind <> 'adjudication' AND chose_first = ({prefers_first}))
        OVER (PARTITION BY comparison, axis), false)"""
NO_DEGREE = {
    Aggregation.EVERY: "degree IS NULL",
    Aggregation.MAJORITY: OF_WINNERS,
    Aggregation.ADJUDICATED: f"last_word IS NULL AND {OF_WINNERS}",  # those who say the last word say a degree
    Aggregation.MODEL: OF_WINNERS,
}
"""Whether nobody whose choice the preference is has said a degree."""

LACKING = """
    SELECT DISTINCT enrolled.person_id
    FROM comparisons_assignment enrolled
    JOIN comparisons_comparison compared ON compared.id = enrolled.comparison_id
    JOIN exams_requirement required ON required.project_id = compared.project_id AND required.axis = enrolled.axis
    JOIN exams_qualification wanted ON wanted.id = required.qualification_id
    WHERE compared.project_id = %(project)s AND NOT EXISTS (
        SELECT FROM exams_grant held JOIN exams_qualification has ON has.id = held.qualification_id
        WHERE held.person_id = enrolled.person_id AND held.ended_at IS NULL
            AND has.name = wanted.name AND has.version >= wanted.version
    )
"""
"""Who lacks now what some axis of the project asks for: few, of whom the rest is asked one by one."""
UNQUALIFIED = """EXISTS (
    SELECT FROM exams_requirement required
    JOIN exams_qualification wanted ON wanted.id = required.qualification_id
    JOIN projects_guidelineversion judged_by ON judged_by.id = assignment.guideline_id
    LEFT JOIN projects_guidelineversion since ON since.id = required.since_id
    WHERE required.project_id = comparison.project_id AND required.axis = assignment.axis
        AND (since.number IS NULL OR since.number <= judged_by.number)
        AND NOT EXISTS (
            SELECT FROM exams_grant held JOIN exams_qualification has ON has.id = held.qualification_id
            WHERE held.person_id = assignment.person_id AND has.name = wanted.name AND has.version >= wanted.version
                AND (held.ended_at IS NULL
                    OR held.granted_at <= judgement.created_at AND held.ended_at > judgement.created_at)
        )
)"""
NOBODY = "SELECT NULL::bigint AS person_id WHERE false"

DRAW = """
CREATE TEMPORARY TABLE datasets_drawn ON COMMIT DROP AS
WITH withdrawn AS (
    SELECT person_id, max(coalesce(back_at, 'infinity')) AS until FROM cohorts_withdrawal GROUP BY person_id
), lacking AS (
    {lacking}
), paused AS (
    SELECT DISTINCT membership.person_id
    FROM cohorts_pause pause JOIN cohorts_membership membership ON membership.id = pause.membership_id
    JOIN projects_enrolment enrolment ON enrolment.cohort_id = membership.cohort_id
    WHERE enrolment.project_id = %(project)s AND pause.for_cause
        AND (pause.ended_at IS NULL OR pause.ended_at = membership.left_at)
), reviewed AS (
    SELECT DISTINCT ON (judgement_id) judgement_id, decision
    FROM quality_review WHERE project_id = %(project)s ORDER BY judgement_id, number DESC
), judged AS (
    SELECT judgement.id AS judgement, assignment.axis, assignment.kind, assignment.slot, comparison.id AS comparison,
        comparison.created_at AS made_at, judgement.degree, judgement.chosen_id = comparison.first_id AS chose_first,
        CASE WHEN judgement.chosen_id = comparison.first_id THEN judgement.chosen_safe ELSE judgement.rejected_safe END
            AS first_safe,
        CASE WHEN judgement.chosen_id = comparison.first_id THEN judgement.rejected_safe ELSE judgement.chosen_safe END
            AS second_safe,
        gist.prompt_id, coalesce(gist.identical, false) AS identical, gist.chars, gist.tokens,
        reviewed.decision = 'accepted' AS accepted, {filters} AS wanted, {own_reason} AS reason
    FROM comparisons_comparison comparison
    JOIN projects_round round ON round.id = comparison.round_id
    JOIN comparisons_assignment assignment ON assignment.comparison_id = comparison.id
    JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
    LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
    LEFT JOIN datasets_gist gist ON gist.comparison_id = comparison.id
    LEFT JOIN withdrawn ON withdrawn.person_id = assignment.person_id
    LEFT JOIN lacking ON lacking.person_id = assignment.person_id
    LEFT JOIN paused ON paused.person_id = assignment.person_id
    LEFT JOIN reviewed ON reviewed.judgement_id = judgement.id
    WHERE comparison.project_id = %(project)s
), voted AS (
    SELECT judged.judgement, axis, kind, slot, comparison, made_at, chose_first, degree, identical, chars, tokens,
        prompt_id, wanted, reason, accepted, believed.first_better,
        sum(CASE WHEN chose_first THEN 1 ELSE -1 END)
            FILTER (WHERE wanted AND reason = '' AND kind <> 'adjudication') OVER pair AS lead,
        sum(CASE WHEN chose_first THEN 1 ELSE -1 END)
            FILTER (WHERE wanted AND reason = '' AND kind = 'adjudication') OVER pair AS last_word,
        sum(CASE WHEN first_safe THEN 1 ELSE -1 END)
            FILTER (WHERE axis = 'safety' AND reason = '' AND first_safe IS NOT NULL) OVER whole > 0 AS first_safe,
        sum(CASE WHEN second_safe THEN 1 ELSE -1 END)
            FILTER (WHERE axis = 'safety' AND reason = '' AND second_safe IS NOT NULL) OVER whole > 0 AS second_safe
    FROM judged LEFT JOIN datasets_believed believed USING (comparison, axis)
    WINDOW whole AS (PARTITION BY comparison), pair AS (PARTITION BY comparison, axis)
)
SELECT row_number() OVER (ORDER BY axis, made_at, comparison, slot, judgement) - 1 AS position,
    judgement, axis, comparison, prompt.root_id AS root, coalesce(root.side = 'held_out', false) AS held_out,
    CASE WHEN reason <> '' THEN reason ELSE {reason} END AS reason, first_better, first_safe, second_safe,
    accepted, {prefers_first} AS prefers_first, {no_degree} AS no_degree
FROM voted
LEFT JOIN datasets_rootprompt prompt ON prompt.id = voted.prompt_id
LEFT JOIN datasets_root root ON root.id = prompt.root_id
WHERE wanted AND axis = ANY(%(axes)s)
"""
BELIEVED = """
DROP TABLE IF EXISTS datasets_believed, datasets_drawn;
CREATE TEMPORARY TABLE datasets_believed (comparison uuid, axis text, first_better float8) ON COMMIT DROP
"""
MEMORY = "SET LOCAL work_mem = '128MB'"  # so that a million rows are sorted and joined without the disk
KEEP = """
INSERT INTO datasets_member (snapshot_id, position, judgement_id, axis, root_id, held_out, reason, first_better,
    first_safe, second_safe)
SELECT %s, position, judgement, axis, root, held_out, reason, first_better, first_safe, second_safe
FROM datasets_drawn ORDER BY position
"""
COUNT = """
SELECT axis, held_out, reason, count(*), count({each}),
    count({each}) FILTER (WHERE CASE WHEN prefers_first THEN first_safe ELSE second_safe END IS FALSE),
    count(*) FILTER (WHERE accepted), count({each}) FILTER (WHERE no_degree)
FROM datasets_drawn GROUP BY axis, held_out, reason
"""
DIGEST = """
COPY (
    SELECT judgement_id, axis, held_out, reason, first_better, first_safe, second_safe, root_id
    FROM datasets_member WHERE snapshot_id = '{snapshot}' ORDER BY position
) TO STDOUT
"""


def draw(project: Project, wanted: Wanted, *, believing: bool = True) -> None:
    """Into the temporary table, inside a transaction; without the annotator model where nobody can wait for it."""
    statement = DRAW.format(
        lacking=LACKING if Requirement.objects.filter(project=project).exists() else NOBODY,
        filters=filters.condition(wanted.filters),
        own_reason=exclusions.first_of(exclusions.OWN, "''").format(unqualified=UNQUALIFIED),
        reason=exclusions.first_of(exclusions.TOGETHER, "''").format(is_split=SPLIT[wanted.aggregation]),
        prefers_first=PREFERS_FIRST[wanted.aggregation],
        no_degree=no_degree(project, wanted),
    )
    asked = {
        **filters.parameters(wanted.filters),
        **{"project": project.pk, "axes": list(wanted.axes)},
        **{"max_chars": wanted.max_chars, "max_tokens": wanted.max_tokens},
        "last_words": wanted.aggregation == Aggregation.ADJUDICATED,
    }
    with connection.cursor() as cursor:
        cursor.execute(MEMORY)
        cursor.execute(BELIEVED)
        if wanted.believes and believing:
            believe(cursor, project, wanted)
        cursor.execute(statement, asked)


def no_degree(project: Project, wanted: Wanted) -> str:
    """An expression that is true where margins are wanted and there is no degree to have one from, which is so of
    nothing that was judged here."""
    if wanted.margins is None or not project.rounds.filter(imported=True).exists():
        return "false"
    return NO_DEGREE[wanted.aggregation].format(prefers_first=PREFERS_FIRST[wanted.aggregation])


def believe(cursor: Any, project: Project, wanted: Wanted) -> None:
    """What the annotator model makes of all that is judged now, to four digits, so that the last bits of another
    machine's arithmetic make no other snapshot."""
    with said_in(project):
        believed = {axis: probabilities(axis) for axis in map(Axis, wanted.axes)}
    with cursor.copy("COPY datasets_believed FROM STDIN") as rows:
        for axis, of in believed.items():
            for comparison, first_better in of.items():
                rows.write_row((comparison, axis, round(first_better, 4)))
    cursor.execute("ANALYZE datasets_believed")


def counts(wanted: Wanted) -> dict[str, Any]:
    """What was drawn. By axis: how many judgements there are; of those that trainers get how many, as how many
    preferences, on which side, and of how many of these the chosen response is unsafe, or no degree is known where
    margins are wanted; the others by reason; and how many a reviewer has accepted."""
    each = "*" if wanted.aggregation == Aggregation.EVERY else "DISTINCT comparison"
    found: dict[str, Any] = {}
    for axis in wanted.axes:
        sides = {side: {"judgements": 0, "preferences": 0, "unsafe_chosen": 0} for side in ("train", "held_out")}
        found[axis] = {"judgements": 0, "accepted": 0, **sides, "excluded": exclusions.in_order({})}
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(each=each))
        for axis, held_out, reason, judgements, preferences, unsafe, accepted, no_degree in cursor:
            of = found[axis]
            of["judgements"] += judgements
            of["accepted"] += accepted
            if reason:
                of["excluded"][reason] += judgements
                continue
            of["held_out" if held_out else "train"] = {
                **{"judgements": judgements, "preferences": preferences, "unsafe_chosen": unsafe}
            }
            of["excluded"]["unsafe_chosen"] += unsafe
            of["excluded"]["no_degree"] += no_degree
    return found


def keep(snapshot: Snapshot) -> None:
    """What was drawn, as the members of this snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [snapshot.pk])


def digest_of(snapshot: Snapshot) -> str:
    """The sha256 of the members, in their order."""
    digest = sha256()
    with connection.cursor() as cursor, cursor.copy(DIGEST.format(snapshot=snapshot.pk)) as rows:
        for block in rows:
            digest.update(block)
    return digest.hexdigest()


def is_provisional(project: Project, wanted: Wanted) -> bool:
    """Whether a round that is looked at may still take judgements."""
    rounds = project.rounds.filter(state__in=(Round.State.OPEN, Round.State.REVIEW))
    return (rounds.filter(number__in=wanted.filters.rounds) if wanted.filters.rounds else rounds).exists()
