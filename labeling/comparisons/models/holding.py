"""The statements by which an assignment is held, and whatever a judgement of it depends on."""

PLANS = "set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
"""Until the transaction ends each statement is planned once for the connection, and for tables that are large. Left to
itself, PostgreSQL plans the large ones that follow a judgement anew every time, which took longer than to run them, or
keeps reading tables whole that were small when it planned.
"""
ROWS = """
FROM comparisons_assignment assignment
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
JOIN projects_round round ON round.id = comparison.round_id
JOIN projects_project project ON project.id = comparison.project_id
JOIN cohorts_person person ON person.id = assignment.person_id
"""
OWN_ROWS = f"""
{ROWS}
JOIN dialogues_turn turn ON turn.id = comparison.turn_id
JOIN dialogues_dialogue dialogue ON dialogue.id = turn.dialogue_id
"""
LOCK = "FOR NO KEY UPDATE OF person FOR UPDATE OF assignment"
LOCK_OWN = "FOR NO KEY UPDATE OF person FOR UPDATE OF dialogue, assignment"
"""PostgreSQL locks the tables of a FOR clause in the order in which they are named."""
TAKES_WORK = """
(round.state = 'open' OR round.state = 'review' AND assignment.kind IN ('rework', 'adjudication'))
    AND project.stopped_at IS NULL
"""
_STATE = f"""
SELECT {TAKES_WORK},
    assignment.judgement_id, assignment.done_at, assignment.slot, comparison.ready_at, comparison.first_id,
    comparison.second_id
"""
HOLD = f"{_STATE}, NULL, {PLANS} {ROWS} WHERE assignment.id = %s FOR SHARE OF round, project {LOCK}"
HOLD_OWN = (
    f"{_STATE}, dialogue.ended_at, {PLANS} {OWN_ROWS} WHERE assignment.id = %s FOR SHARE OF round, project {LOCK_OWN}"
)
