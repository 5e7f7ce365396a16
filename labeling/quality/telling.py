"""Which judgements a figure is of, and which of them are as it says: the one place for both, so that the page behind a
figure shows what was counted.

Each is a statement over what `reading.said_in` has read, and gives a judgement with its round, axis and person, the
comparison that it is about, and whether it is a hit.
"""
# ruff: noqa: S608 - constants only

from labeling.quality.gold import RIGHT

KEYS = "judgement, round, axis, person, comparison"
MODELLED = f"""
    SELECT DISTINCT ON (axis, comparison, person) {KEYS}, true AS hit FROM quality_said
    WHERE step IS NOT NULL AND NOT withdrawn AND (counted OR kind = 'gold') ORDER BY axis, comparison, person, at
"""


def those(condition: str, hit: str = "true") -> str:
    return f"SELECT {KEYS}, {hit} AS hit FROM quality_said WHERE {condition}"


TOLD = {
    "majority": f"""
        SELECT {KEYS}, first = (lead > 0) AS hit FROM (
            SELECT {KEYS}, step > 0 AS first,
                sum(sign(step)) OVER (PARTITION BY comparison, axis) - sign(step) AS lead
            FROM quality_vote
        ) vote WHERE lead <> 0
    """,
    "gold": f"""
        SELECT said.judgement, said.round, said.axis, said.person, said.comparison, {RIGHT} AS hit
        FROM quality_said said JOIN comparisons_judgement judgement ON judgement.id = said.judgement
        JOIN quality_goldanswer gold ON gold.comparison_id = said.comparison AND gold.axis = said.axis
            AND gold.retired_at IS NULL
        WHERE said.kind = 'gold' AND said.step IS NOT NULL
    """,
    "repeats": """
        SELECT said.judgement, said.round, axis, person, comparison, (said.step > 0) = (before.step > 0) AS hit
        FROM quality_said said JOIN quality_said before USING (comparison, axis, person)
        WHERE said.kind = 'repeat' AND before.kind IN ('author', 'overlap', 'gold')
            AND said.step IS NOT NULL AND before.step IS NOT NULL
    """,
    "side": those("chose_a IS NOT NULL", "chose_a"),
    "longer": those("x <> 0", "(x > 0) = (y = 1)"),
    **{f"degree-{degree}": those(f"counted AND abs(step) = {degree}") for degree in (1, 2, 3, 4)},
    "answered": those("true"),
    "cannot": those("chose_a IS NULL"),
    "judged": those("chose_a IS NOT NULL"),
    "authored": those("kind = 'author' AND step IS NOT NULL AND NOT withdrawn"),
    "modelled": MODELLED,
    "foreseen": f"""
        SELECT {KEYS}, hit FROM (
            SELECT *, count(*) OVER (PARTITION BY comparison, axis) AS several FROM ({MODELLED}) modelled
        ) modelled WHERE several > 1 AND NOT EXISTS (
            SELECT FROM quality_goldanswer gold WHERE gold.comparison_id = modelled.comparison
                AND gold.axis = modelled.axis AND gold.retired_at IS NULL AND gold.suspended_at IS NULL
        )
    """,
    "sent-back": those("sent_back AND NOT withdrawn"),
    "surplus": those("surplus AND NOT withdrawn"),
    "withdrawn": those("withdrawn"),
    "left-out": those("chose_a IS NULL OR sent_back OR surplus OR withdrawn"),
}

NOT_COUNTED = "assignment.slot IS NULL AND assignment.kind NOT IN ('gold', 'repeat', 'adjudication')"
WITHDRAWN = "assignment.person_id IN (SELECT person_id FROM cohorts_withdrawal)"
MAYBE = {
    "authored": "assignment.kind = 'author'",
    "cannot": "judgement.chosen_id IS NULL",
    "gold": "assignment.kind = 'gold'",
    "repeats": "assignment.kind = 'repeat'",
    "sent-back": "EXISTS (SELECT FROM quality_review WHERE judgement_id = judgement.id AND decision = 'rejected')",
    "surplus": NOT_COUNTED,
    "withdrawn": WITHDRAWN,
    "left-out": f"""judgement.id IN (
        SELECT id FROM comparisons_judgement WHERE chosen_id IS NULL
        UNION ALL SELECT judgement_id FROM comparisons_assignment assignment WHERE {NOT_COUNTED}
        UNION ALL SELECT judgement_id FROM comparisons_assignment assignment WHERE {WITHDRAWN}
    )""",
    **{f"degree-{degree}": f"judgement.degree = {degree} AND assignment.slot IS NOT NULL" for degree in (1, 2, 3, 4)},
}
"""What holds of all that a figure is of, and of little else: by it the newest are found without reading a million. A
figure that is not here is of nearly all."""
RARE = ("cannot", "gold", "repeats", "sent-back", "surplus", "withdrawn", "left-out")
