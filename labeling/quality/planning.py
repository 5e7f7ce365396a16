"""Which pairs with a certain answer people are given, and which they see again, without learning of either.

For everybody at work a few pairs are planned ahead, of one kind or the other by lot; the desk hands them out by their
chance. So a project's shares hold however quickly somebody works, and nothing has to be asked when they do.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from labeling.comparisons.models import Comparison
from labeling.projects.models import Round
from labeling.quality.models import GoldAnswer, GoldCopy

LOCK = 0x7A25  # of PostgreSQL's advisory locks: one process at a time plans for a round
AHEAD = 2  # pairs that are planned for a person at a time
NEW = 50  # judgements in the project, until which
OFTEN = 3  # times as many certain answers are asked for,
MOST = 0.5  # though no more than every other pair, unless the project says so
APART = 30  # pairs that lie between a pair and its repetition, at least
BACK = 600  # judgements that are looked through for one to repeat

AT_WORK = """
SELECT person.id
FROM cohorts_person person
WHERE person.id IN (
    SELECT person_id FROM comparisons_workday WHERE project_id = %(project)s AND day >= %(since)s
) AND (
    SELECT count(DISTINCT waiting.comparison_id)
    FROM comparisons_assignment waiting
    JOIN comparisons_comparison compared ON compared.id = waiting.comparison_id
    WHERE waiting.person_id = person.id AND waiting.done_at IS NULL AND waiting.chance IS NOT NULL
        AND compared.round_id = %(round)s AND coalesce(waiting.leased_until > now(), true)
) < %(ahead)s
FOR NO KEY UPDATE OF person SKIP LOCKED
"""
"""Who has judged lately and has fewer than AHEAD. They are held, as by whatever gives them a pair: else they might be
given the same one twice. Whoever is at it just now gets theirs planned next time."""

PEOPLE = """
asked AS (  -- a person's axes: those of their cohorts on which they have judged before
    SELECT membership.person_id AS person, enrolment.axis, max(enrolment.overlap) > 1 AS is_overlapped
    FROM projects_enrolment enrolment JOIN cohorts_membership membership ON membership.cohort_id = enrolment.cohort_id
    JOIN comparisons_workday workday ON workday.person_id = membership.person_id
        AND workday.project_id = enrolment.project_id AND workday.axis = enrolment.axis
    WHERE enrolment.project_id = %(project)s AND membership.person_id = ANY(%(people)s)
        AND membership.left_at IS NULL AND membership.paused_at IS NULL
    GROUP BY membership.person_id, enrolment.axis
), people AS MATERIALIZED (
    SELECT person, random() AS draw, random() < 0.5 AS side, (
        SELECT sum(done) FROM comparisons_workday WHERE person_id = one.person AND project_id = %(project)s
    ) < %(new)s AS is_new, (
        SELECT split_part(language, '-', 1) FROM cohorts_person WHERE cohorts_person.id = one.person
    ) AS language
    FROM (SELECT DISTINCT person FROM asked) one  -- not who may read what is certain
    WHERE one.person NOT IN (SELECT person_id FROM projects_role WHERE project_id = %(project)s)
)
"""
KNOWN = """
gold AS MATERIALIZED (
    SELECT answer.axis, source.id AS source, coalesce(copy.comparison_id, source.id) AS comparison,
        answer.made_by_id AS made_by, random() AS lot,
        split_part(coalesce(turn.language, source.language), '-', 1) AS language
    FROM quality_goldanswer answer
    JOIN comparisons_comparison source ON source.id = answer.comparison_id AND source.retired_at IS NULL
    LEFT JOIN quality_goldcopy copy ON copy.source_id = source.id AND copy.round_id = %(round)s
    LEFT JOIN dialogues_turn turn ON turn.id = source.turn_id
    WHERE answer.project_id = %(project)s AND answer.retired_at IS NULL AND answer.suspended_at IS NULL
        AND (copy.id IS NOT NULL OR source.round_id = %(round)s AND NOT EXISTS (  -- judgements that count come first
            SELECT FROM comparisons_overlap overlap
            WHERE overlap.comparison_id = source.id AND overlap.free <> '{}'
        ))
), given AS (
    SELECT family.source, assignment.axis, assignment.person_id AS person, assignment.kind = 'gold' AS as_gold
    FROM (
        SELECT source, source AS comparison FROM gold
        UNION SELECT source_id, comparison_id FROM quality_goldcopy WHERE source_id IN (SELECT source FROM gold)
    ) family
    JOIN comparisons_assignment assignment ON assignment.comparison_id = family.comparison
), shown AS (
    SELECT source, axis, count(*) AS times FROM given WHERE as_gold GROUP BY source, axis
), had AS (
    SELECT person, axis, count(*) AS times FROM given WHERE as_gold GROUP BY person, axis
), unseen AS (  -- the least shown first, and with several people not the same for all of them
    SELECT people.*, gold.source, gold.comparison, coalesce(had.times, 0) AS had,
        row_number() OVER (PARTITION BY people.person, gold.axis ORDER BY coalesce(shown.times, 0), lot) AS rank,
        count(*) OVER (PARTITION BY people.person, gold.axis) AS many,
        dense_rank() OVER (ORDER BY people.draw) - 1 AS place
    FROM people JOIN asked USING (person) JOIN gold USING (axis)
    LEFT JOIN shown USING (source, axis) LEFT JOIN had USING (person, axis)
    WHERE people.person IS DISTINCT FROM gold.made_by AND NOT EXISTS (
        SELECT FROM given WHERE given.source = gold.source AND given.person = people.person
    ) AND (gold.language IN ('', people.language) OR EXISTS (
        SELECT FROM cohorts_membership membership JOIN cohorts_cohort cohort ON cohort.id = membership.cohort_id
        JOIN projects_enrolment enrolment ON enrolment.cohort_id = cohort.id AND enrolment.project_id = %(project)s
        WHERE membership.person_id = people.person AND membership.left_at IS NULL AND (
            cohort.languages = '{}' OR gold.language IN (
                SELECT split_part(tag, '-', 1) FROM unnest(cohort.languages) tag
            )
        )
    ))
), known AS (  -- on the axis on which they have had the fewest
    SELECT DISTINCT ON (person) person, source, comparison
    FROM unseen WHERE rank = 1 + place %% many ORDER BY person, had, random()
)
"""
AGAIN = """
before AS (  -- what others began comes first: who wrote a prompt knows it again
    SELECT DISTINCT ON (person) person, comparison
    FROM people CROSS JOIN LATERAL (
        SELECT comparison_id AS comparison, bool_or(kind = 'author') AS own
        FROM (
            SELECT comparison_id, kind, done_at FROM comparisons_assignment
            WHERE person_id = people.person AND done_at IS NOT NULL ORDER BY done_at DESC LIMIT %(back)s
        ) done GROUP BY comparison_id ORDER BY max(done_at) DESC OFFSET %(apart)s
    ) earlier
    JOIN comparisons_comparison compared ON compared.id = earlier.comparison
    WHERE compared.round_id = %(round)s AND compared.retired_at IS NULL AND NOT EXISTS (
        SELECT FROM comparisons_assignment repeated
        WHERE repeated.comparison_id = earlier.comparison AND repeated.person_id = people.person
            AND (repeated.kind IN ('repeat', 'rework') OR repeated.done_at IS NULL)
    ) AND EXISTS (
        SELECT FROM comparisons_assignment done JOIN comparisons_judgement said ON said.id = done.judgement_id
        WHERE done.comparison_id = earlier.comparison AND done.person_id = people.person AND said.outcome = 'judged'
            AND done.kind IN ('author', 'overlap', 'gold')
    )
    ORDER BY person, own, random()
)
"""
PLAN = f"""
WITH {PEOPLE}, {KNOWN}, {AGAIN}, shares AS (
    SELECT people.*, known.source, known.comparison AS known, before.comparison AS again,
        CASE WHEN known.person IS NULL THEN 0 WHEN is_new THEN least(%(often)s * %(gold)s, greatest(%(gold)s, %(most)s))
        ELSE %(gold)s END AS known_share,
        CASE WHEN before.person IS NULL THEN 0 ELSE %(repeat)s END AS again_share
    FROM people LEFT JOIN known USING (person) LEFT JOIN before USING (person)
), drawn AS (
    SELECT *, least(1, known_share + again_share) AS chance,
        draw * (known_share + again_share) < known_share AS is_known
    FROM shares WHERE known_share + again_share > 0
), planned AS (
    SELECT person, drawn.known AS comparison, asked.axis, 'gold' AS kind, side AS swapped, chance
    FROM drawn JOIN asked USING (person)
    WHERE is_known AND (is_overlapped OR EXISTS (
        SELECT FROM gold WHERE gold.source = drawn.source AND gold.axis = asked.axis
    ))
    UNION ALL
    SELECT drawn.person, drawn.again, done.axis, 'repeat', NOT done.swapped, drawn.chance
    FROM drawn JOIN comparisons_assignment done ON done.comparison_id = drawn.again AND done.person_id = drawn.person
    JOIN comparisons_judgement said ON said.id = done.judgement_id AND said.outcome = 'judged'
    JOIN asked ON asked.person = drawn.person AND asked.axis = done.axis
    WHERE NOT is_known AND done.kind IN ('author', 'overlap', 'gold')
)
INSERT INTO comparisons_assignment
    (id, comparison_id, person_id, axis, slot, kind, swapped, guideline_id, created_at, chance)
SELECT gen_random_uuid(), comparison, person, planned.axis, NULL, kind, swapped, frozen.guideline_id, now(), chance
FROM planned
JOIN projects_roundguideline frozen ON frozen.round_id = %(round)s AND frozen.axis = planned.axis
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants only
"""One more pair for each of the people. A pair with a certain answer is judged on every axis on which foreign pairs
are, whether or not the answer is certain there: else one would know it by what is not asked.

The kind is drawn when a pair is planned, by the two shares, and each pair comes by their sum: planned side by side, the
more likely kind would stand in front of the other one.
"""


def plan() -> None:
    """In every round in which people work."""
    asks = Q(project__gold_share__gt=0) | Q(project__repeat_share__gt=0)
    for round_ in Round.objects.filter(asks, state=Round.State.OPEN, project__stopped_at=None).select_related(
        "project"
    ):
        plan_in(round_)


@transaction.atomic
def plan_in(round_: Round) -> int:
    """How many were planned; none while somebody else is at it."""
    project = round_.project
    where = {"project": project.pk, "round": round_.pk}
    since = timezone.localdate() - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, round_.pk])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(AT_WORK, {**where, "since": since, "ahead": AHEAD})
        if not (people := [pk for (pk,) in cursor]):
            return 0
        if project.gold_share:
            copy_gold(round_)
        shares = {"gold": project.gold_share / 100, "repeat": project.repeat_share / 100}
        limits = {"new": NEW, "often": OFTEN, "most": MOST, "apart": APART, "back": BACK}
        cursor.execute(PLAN, {**where, **shares, **limits, "people": people})
        return int(cursor.rowcount)


def copy_gold(round_: Round) -> None:
    """What has a certain answer and is of another round, for this one. Nobody copies at the same time."""
    certain = Exists(GoldAnswer.objects.in_use().filter(comparison=OuterRef("pk"), project=round_.project_id))
    copied = Exists(GoldCopy.objects.filter(source=OuterRef("pk"), round=round_))
    sources = Comparison.objects.filter(certain, ~copied, project=round_.project_id, retired_at=None)
    pairs = [(source, copy_of(source, round_)) for source in sources.exclude(round=round_)]
    Comparison.objects.bulk_create(copy for _source, copy in pairs)
    GoldCopy.objects.bulk_create(GoldCopy(source=source, round=round_, comparison=copy) for source, copy in pairs)


def copy_of(source: Comparison, round_: Round) -> Comparison:
    same = {"context": source.context, "first_id": source.first_id, "second_id": source.second_id}
    told = {"language": source.language, "ready_at": timezone.now()}
    return Comparison(project_id=source.project_id, round=round_, **same, **told)
