"""The members of a snapshot with their texts, from PostgreSQL, in their order.

They come by the thousand, looked up by their keys, and the next thousand is fetched while one is made into rows: the
database and this process are both at work, memory holds two of them, and no transaction stays open for minutes.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections

from labeling.datasets.configs.judgements import COMPLETION, PLACE, PROMPT, SAID
from labeling.datasets.models import Snapshot
from labeling.datasets.row import Completion, Row, Told
from labeling.postgresql.base import DatabaseWrapper

PORTION = 2000  # members that are fetched at once; of usual texts 5 MB
MEMBERS = """
FROM (
    SELECT * FROM datasets_member WHERE snapshot_id = $1 AND position >= $2 AND position < $3 AND reason {which}
    LIMIT {portion}
) member
CROSS JOIN LATERAL (
    SELECT * FROM comparisons_judgement judged WHERE judged.id = member.judgement_id OFFSET 0
) judgement
JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
JOIN dialogues_completion first ON first.id = comparison.first_id
JOIN dialogues_completion second ON second.id = comparison.second_id
LEFT JOIN dialogues_turn turn ON turn.id = comparison.turn_id
"""
"""The limit and the offset change nothing but what PostgreSQL thinks: that they are few, and that their judgements are
looked up by key. It else reads whole tables for them."""
CHOSE_FIRST = "judgement.chosen_id = comparison.first_id"


def of_each(what: str) -> dict[str, str]:
    """What is said of the chosen and of the rejected response, as said of the first and of the second."""
    chosen, rejected = f"judgement.chosen_{what}", f"judgement.rejected_{what}"
    return {
        f"first_{what}": f"CASE WHEN {CHOSE_FIRST} THEN {chosen} ELSE {rejected} END",
        f"second_{what}": f"CASE WHEN {CHOSE_FIRST} THEN {rejected} ELSE {chosen} END",
    }


NARROW = {
    **{name: f"member.{name}" for name in ("position", "axis", "held_out", "reason", "first_better")},
    **{"kind": "assignment.kind", "comparison": "comparison.id::text", "context": "comparison.context::text"},
    **{"first": "first.text", "second": "second.text", "chose_first": CHOSE_FIRST, "degree": "judgement.degree"},
    **of_each("safe"),
    **{"first_unsafe": "member.first_safe IS FALSE", "second_unsafe": "member.second_safe IS FALSE"},
    **{"person": "assignment.person_id", "round": "comparison.round_id", "guideline": "assignment.guideline_id"},
    **{"language": "coalesce(turn.language, comparison.language)", "prompt_tokens": "first.prompt_tokens"},
    "models": "ARRAY[first.model_version_id, second.model_version_id]",
    "response_tokens": "(first.completion_tokens + second.completion_tokens) / 2.0::float8",
}
"""By the fields of a Row: where each is found."""

BESIDE = """
JOIN cohorts_person person ON person.id = assignment.person_id
JOIN projects_round round ON round.id = comparison.round_id
JOIN projects_modelversion first_model ON first_model.id = first.model_version_id
JOIN projects_modelversion second_model ON second_model.id = second.model_version_id
LEFT JOIN projects_guidelineversion guideline ON guideline.id = assignment.guideline_id
"""
COHORTS = """ARRAY(
    SELECT cohort.name FROM cohorts_membership membership JOIN cohorts_cohort cohort ON cohort.id = membership.cohort_id
    JOIN projects_enrolment enrolment ON enrolment.cohort_id = cohort.id
    WHERE membership.person_id = assignment.person_id AND membership.joined_at <= judgement.created_at
        AND (membership.left_at IS NULL OR membership.left_at > judgement.created_at)
        AND enrolment.project_id = comparison.project_id AND enrolment.axis = assignment.axis
    ORDER BY cohort.name
)::text[]"""
SIGNED = f"CASE WHEN {CHOSE_FIRST} THEN -judgement.degree ELSE judgement.degree END"
UTC = """to_char(judgement.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')"""
WIDE = {
    **{name: f"judgement.{name}" for name in ("revision", "outcome", "cannot_reason", "comment")},
    **{name: f"judgement.{name}" for name in ("active_seconds", "elapsed_seconds")},
    **{name: f"turn.{name}" for name in ("language_from", "risk", "attack")},
    "language": "coalesce(turn.language, comparison.language)",
    **{name: f"turn.{name}" for name in ("keystrokes", "typed_chars", "pasted_chars")},
    **{what: said for about in ("safe", "false_refusal") for what, said in of_each(about).items()},
    **{what: f"({said})::text[]" for what, said in of_each("reasons").items()},
    **{"judgement": "assignment.id::text", "comparison": "comparison.id::text", "axis": "member.axis"},
    **{"kind": "assignment.kind", "excluded": "nullif(member.reason, '')", "round": "round.number"},
    **{"split": "CASE WHEN member.held_out THEN 'test' ELSE 'train' END", "guideline": "guideline.number"},
    **{"annotator": "person.pseudonym", "cohorts": COHORTS, "judged_at": UTC, "degree": SIGNED},
    **{"dialogue": "turn.dialogue_id::text", "turn": "turn.number", "root": "member.root_id::text"},
    **{"prompt": "comparison.context::text", "first_better": "member.first_better"},
    "chosen": f"CASE WHEN {CHOSE_FIRST} THEN 'first' WHEN judgement.chosen_id IS NOT NULL THEN 'second' END",
    "first_side": "CASE WHEN assignment.swapped THEN 'B' ELSE 'A' END",
}
"""By the columns of the config `judgements`: where each is found."""
RESPONSE = {
    **{
        name: f"CASE WHEN {{side}}.draw IS NOT NULL THEN {{side}}.{name} END"
        for name in ("seed", "temperature", "top_p")
    },
    **{name: f"{{side}}.{name}" for name in ("text", "draw_probability", "prompt_tokens", "completion_tokens")},
    **{"id": "{side}.id::text", "model": "{side}_model.name", "model_sha256": "{side}_model.sha256"},
    **{"system_prompt": "{side}_model.system_prompt", "ended": "{side}.finish_reason"},
}
OWN = {**PLACE, **PROMPT, **SAID}


def groups(snapshot: Snapshot, also: Sequence[str] = ()) -> Iterator[list[Row]]:
    """What was said of one comparison on one axis and is in, or is excluded for one of the reasons `also`."""
    which = f"IN ({', '.join(repr(str(reason)) for reason in ('', *also))})"
    for _, group in groupby(rows(snapshot, which), key=lambda row: (row.axis, row.comparison)):
        yield list(group)


def rows(snapshot: Snapshot, which: str) -> Iterator[Row]:
    place = Row._fields.index("context")
    for found in portions(snapshot, [NARROW[name] for name in Row._fields], MEMBERS, which):
        for row in found:
            yield Row._make((*row[:place], orjson.loads(row[place]), *row[place + 1 :]))


def told(snapshot: Snapshot) -> Iterator[Told]:
    """Every judgement that nobody has withdrawn, with all that is known of it."""
    columns = ["member.position", *(WIDE[name] for name in OWN)]
    for side in ("first", "second"):
        columns += [RESPONSE[name].format(side=side) for name in COMPLETION]
    end = len(columns) - len(COMPLETION)
    begin = end - len(COMPLETION)
    for found in portions(snapshot, columns, MEMBERS + BESIDE, "<> 'withdrawn'"):
        for row in found:
            own = dict(zip(OWN, row[1:begin], strict=True))
            own["prompt"] = orjson.loads(own["prompt"])
            yield Told(own, Completion._make(row[begin:end]), Completion._make(row[end:]))


def portions(snapshot: Snapshot, columns: Sequence[str], tables: str, which: str) -> Iterator[list[tuple[Any, ...]]]:
    """The first column is the position. They are asked for in a thread of their own, by the connection of this one: of
    two that use it at once, one waits."""
    members = tables.format(which=which, portion=PORTION)
    query = f"SELECT {', '.join(columns)} {members}".encode()
    connection.ensure_connection()
    ask = cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS]).ask

    def coming(begin: int) -> Future[Callable[[], list[tuple[Any, ...]]]]:
        return ahead.submit(ask, query, [snapshot.pk, begin, begin + PORTION])

    with ThreadPoolExecutor(1, thread_name_prefix="reading") as ahead:
        answer = coming(0)
        for begin in range(0, snapshot.members.count(), PORTION):
            rows = answer.result()
            answer = coming(begin + PORTION)
            yield sorted(rows(), key=itemgetter(0))
