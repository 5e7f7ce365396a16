"""The statement that a desk is read with: all that belongs to a person at work in a project."""

from typing import Any, NamedTuple

from labeling.comparisons import at_once
from labeling.postgresql.statements import Statement


class Row(NamedTuple):
    """What the statement says of one project, in its order."""

    project: Any
    round: Any
    enrolled: Any
    unread: Any
    done: Any
    last: Any
    passed: Any
    answers: Any
    opted_in: Any
    open: Any
    exposed: Any
    pair: Any
    wanted: Any
    planned: Any


DESKS = f"""
WITH open AS ({at_once.OPEN})
SELECT
    to_json(project) AS project,
    to_json(round) AS round,
    (
        SELECT json_agg(json_build_array(
            enrolment.axis,
            enrolment.quota_per_day,
            enrolment.quota_total,
            CASE WHEN enrolment.quota_total IS NOT NULL THEN {at_once.DONE_IN_ALL} END,
            CASE WHEN membership.paused_at IS NOT NULL THEN (
                SELECT reason FROM cohorts_pause pause WHERE pause.membership_id = membership.id AND ended_at IS NULL
            ) END,
            CASE WHEN EXISTS (SELECT FROM exams_requirement required WHERE required.project_id = project.id)
                THEN exams_lacking(%(person)s, project.id, enrolment.axis, round.id) END
        ))
        FROM projects_enrolment enrolment
        JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
        WHERE enrolment.project_id = project.id
            AND membership.person_id = %(person)s AND membership.left_at IS NULL
    ) AS enrolled,
    (
        SELECT json_object_agg(asked.axis, asked.guideline_id)
        FROM projects_roundguideline asked
        WHERE asked.round_id = round.id AND NOT EXISTS (
            SELECT FROM projects_acknowledgement said
            WHERE said.guideline_id = asked.guideline_id AND said.person_id = %(person)s
        )
    ) AS unread,
    (
        SELECT json_agg(json_build_array(axis, done, timed, active_seconds))
        FROM comparisons_workday
        WHERE person_id = %(person)s AND project_id = project.id AND day = %(today)s
    ) AS done,
    last.id AS last,
    (
        SELECT id
        FROM comparisons_pass
        WHERE person_id = %(person)s AND round_id = round.id AND undone_at IS NULL
            AND reason <> 'ended' AND created_at > coalesce(last.created_at, '-infinity')
        ORDER BY created_at DESC
        LIMIT 1
    ) AS passed,
    (
        SELECT json_agg(report ORDER BY answered_at)
        FROM comparisons_report report
        WHERE project_id = project.id AND answered_at > %(fresh)s AND (person_id = %(person)s OR to_everyone)
            AND NOT EXISTS (
                SELECT FROM comparisons_answerseen seen
                WHERE seen.report_id = report.id AND seen.person_id = %(person)s
            )
    ) AS answers,
    EXISTS (
        SELECT FROM projects_optin
        WHERE project_id = project.id AND person_id = %(person)s AND ended_at IS NULL
    ) AS opted_in,
    (SELECT json_agg(axis) FROM open WHERE round_id = round.id) AS open,
    CASE WHEN 'safety' = ANY(project.axes) AND project.safety_per_day IS NOT NULL THEN {at_once.EXPOSED}
    ELSE 0 END AS exposed,
    (
        SELECT id
        FROM open
        WHERE round_id = round.id
        ORDER BY %(person)s IN (
            SELECT done.person_id FROM comparisons_assignment done
            WHERE done.comparison_id = open.id AND done.done_at IS NOT NULL
        ) DESC, ready_at IS NOT NULL DESC, created_at DESC
        LIMIT 1
    ) AS pair,
    EXISTS (
        SELECT FROM comparisons_overlap overlap WHERE overlap.round_id = round.id AND overlap.free <> '{{}}'
    ) AS wanted,
    (
        SELECT json_agg(json_build_array(planned.id, axis, chance) ORDER BY chance DESC, planned.created_at)
        FROM comparisons_assignment planned
        JOIN comparisons_comparison compared ON compared.id = planned.comparison_id
        WHERE person_id = %(person)s AND done_at IS NULL AND chance IS NOT NULL AND compared.round_id = round.id
            AND (leased_until IS NULL OR leased_until < now() AND kind = 'rework')
    ) AS planned
FROM projects_project project
LEFT JOIN LATERAL (
    SELECT *
    FROM projects_round
    WHERE project_id = project.id AND project.stopped_at IS NULL AND (state = 'open' OR state = 'review' AND id IN (
        SELECT round_id
        FROM comparisons_assignment sent
        JOIN comparisons_comparison back ON back.id = sent.comparison_id
        WHERE person_id = %(person)s AND done_at IS NULL AND slot IS NOT NULL AND kind = 'rework'
    ))
    ORDER BY state = 'review' DESC, number
    LIMIT 1
) round ON true
LEFT JOIN LATERAL (
    SELECT assignment.id, judgement.created_at
    FROM comparisons_assignment assignment
    JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
    JOIN comparisons_judgement judgement ON judgement.id = assignment.judgement_id
    WHERE assignment.person_id = %(person)s AND assignment.judgement_id IS NOT NULL
        AND comparison.round_id = round.id
    ORDER BY assignment.judgement_id DESC
    LIMIT 1
) last ON true
"""  # noqa: S608 - constants only
"""What a desk is made of, for any number of projects. Six queries by way of models took ten times as long."""
ENROLLED = """
WHERE project.id IN (
    SELECT enrolment.project_id
    FROM projects_enrolment enrolment
    JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
    WHERE membership.person_id = %(person)s AND membership.left_at IS NULL
)
"""
EVERY = Statement(f"{DESKS} {ENROLLED} ORDER BY project.id")
NAMED = Statement(f"{DESKS} {ENROLLED} AND project.slug = %(slug)s")
ANY = Statement(f"{DESKS} WHERE project.id = %(project)s")
