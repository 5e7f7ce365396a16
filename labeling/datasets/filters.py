"""Which judgements a snapshot looks at, as a condition over the names that membership.py gives. Pure."""

from typing import Any

from labeling.datasets.wanted import Filters

CONDITIONS = {
    "rounds": "round.number = ANY(%(rounds)s)",
    "cohorts": """EXISTS (
        SELECT FROM cohorts_membership inside
        WHERE inside.person_id = assignment.person_id AND inside.cohort_id = ANY(%(cohorts)s)
            AND inside.joined_at <= judgement.created_at
            AND (inside.left_at IS NULL OR inside.left_at > judgement.created_at)
    )""",
    "languages": "coalesce(turn.language, comparison.language) = ANY(%(languages)s)",
    "degrees": "judgement.degree = ANY(%(degrees)s)",
    "guidelines": "assignment.guideline_id = ANY(%(guidelines)s)",
    "kinds": "assignment.kind = ANY(%(kinds)s)",
    "first_day": "judgement.created_at >= %(first_day)s::timestamp AT TIME ZONE 'UTC'",
    "last_day": "judgement.created_at < (%(last_day)s::timestamp + interval '1 day') AT TIME ZONE 'UTC'",
    "reviewed": "reviewed.decision = 'accepted'",
    "first_turn": "coalesce(turn.number, (jsonb_array_length(comparison.context) + 1) / 2) >= %(first_turn)s",
    "last_turn": "coalesce(turn.number, (jsonb_array_length(comparison.context) + 1) / 2) <= %(last_turn)s",
}


def condition(filters: Filters) -> str:
    """True where nothing is asked for."""
    asked = (CONDITIONS[name] for name, value in vars(filters).items() if value)
    return " AND ".join(("true", *asked))


def parameters(filters: Filters) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(filters).items()}
