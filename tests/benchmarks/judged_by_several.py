"""What hundreds of people have judged in a project, made in minutes: pairs of which some are judged by a second person,
some again by the same one, some with a known answer, some reviewed. Copies, as in tests/benchmarks/history.py.

Each pair has a better response, which people find in 78 of 100, each for themselves.
"""

from datetime import timedelta

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from labeling.cohorts.models import Cohort, Membership, Person
from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Project
from tests.benchmarks import history
from tests.benchmarks.history import key, person

APART = 4  # keys between two judgements of authors, for what others say
FIRST = 2  # number of the first pair that is a copy
SECOND, AGAIN = 7, 33  # of so many pairs one is judged by a second person, or again by the same
KNOWN, ASKED = 300, 100  # pairs with a known answer, and how many people judged each
LEASES = 200
ELSEWHERE, THEIR_LANGUAGE = 2_000, "fr"  # pairs that were imported
RESPONSE = "repeat('Begin with what you have at home. ', 1 + abs(mod(hashint4(2 * n + pattern.draw), 7)))"
TEXTS = {"text": RESPONSE, "html": f"'<p>' || {RESPONSE} || '</p>'"}


def drawn(seed: int, number: str, of: int) -> str:
    """A number under `of` out of another one."""
    return f"abs(mod(hashint8extended({number}, {seed}), {of}))"


def better(pair: str) -> str:
    """Whether the first response of the pair of that number is."""
    return f"{drawn(1, pair, 2)} = 0"


OVERLAPS = """
INSERT INTO comparisons_overlap (comparison_id, round_id, axis, wanted, most, free)
SELECT comparison.id, comparison.round_id, assignment.axis, 2, 2, '{}'
FROM comparisons_assignment assignment
JOIN comparisons_comparison comparison ON comparison.id = assignment.comparison_id
WHERE assignment.kind = 'overlap' AND assignment.done_at IS NOT NULL
"""
IMPORTED = f"""
UPDATE comparisons_comparison SET turn_id = NULL, language = %s
FROM generate_series(%s::int, %s::int) n WHERE comparisons_comparison.id = {key("comparison")}
"""  # noqa: S608 - all of it is ours
GOLD = f"""
INSERT INTO quality_goldanswer (project_id, comparison_id, axis, chosen_id, least, origin, decided_at,
    answers, "right", trusted, missed, why_retired)
SELECT comparison.project_id, comparison.id, %s, CASE WHEN {better("n")} THEN first_id ELSE second_id END, 1, 'read',
    now(), 0, 0, 0, 0, ''
FROM generate_series(1, %s) k CROSS JOIN LATERAL (SELECT k * {SECOND} + {FIRST} + 1 AS n) pair
JOIN comparisons_comparison comparison ON comparison.id = {key("comparison")}
"""  # noqa: S608 - all of it is ours
REVIEWS = """
INSERT INTO quality_review
    (project_id, judgement_id, number, person_id, reviewer_id, decision, "to", reason, created_at)
SELECT %(project)s, judgement.id, 1, assignment.person_id, %(reviewer)s,
    CASE WHEN judgement.id %% 10 = 0 THEN 'rejected' ELSE 'accepted' END,
    CASE WHEN judgement.id %% 10 = 0 THEN 'other' ELSE '' END, CASE WHEN judgement.id %% 10 = 0 THEN 'Why?' ELSE '' END,
    now()
FROM comparisons_judgement judgement JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
WHERE assignment.slot IS NOT NULL AND assignment.person_id <> %(reviewer)s AND judgement.id < %(below)s
    AND ('x' || left(md5(assignment.id::text), 8))::bit(32)::bigint %% 100 < 10
"""
"""Of the share that is reviewed, the older half."""


def said(pair: str, of: int, answer: str = "n") -> dict[str, str]:
    """Columns of a judgement of a pair by its number, the seed `of` whoever judges; the database draws."""
    first = f"(({better(pair)}) = ({drawn(of, answer, 100)} < 78))"
    sides = key("first", pair), key("second", pair)
    return {
        "chosen_id": f"CASE WHEN {first} THEN {sides[0]} ELSE {sides[1]} END",
        "rejected_id": f"CASE WHEN {first} THEN {sides[1]} ELSE {sides[0]} END",
        "degree": f"1 + {drawn(of + 10, answer, 4)}",
        "active_seconds": f"20 + {drawn(of + 20, answer, 100)}",
    }


def fill(project: Project, reviewer: Person, judgements: int) -> None:
    """About so many in all."""
    pattern = history.judged_first()
    pairs = int(judgements / (1 + 1 / SECOND + 1 / AGAIN))
    before = Judgement.objects.aggregate(Max("pk"))["pk__max"] - APART * (FIRST - 1)
    history.fill(FIRST, pairs, apart=APART, said=said("n", 2), texts=TEXTS)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(IMPORTED, [THEIR_LANGUAGE, FIRST, FIRST + min(ELSEWHERE, pairs // 10)])
    number = f"{before} + {APART} * n"
    second = person(f"n + 1 + {drawn(3, 'n', 400)}")
    add(pattern, "second", "n", second, pairs, SECOND, kind="overlap", slot="1", number=f"{number} + 1", seed=4)
    add(pattern, "again", "n", person("n"), pairs, AGAIN, kind="repeat", slot="NULL", number=f"{number} + 2", seed=2)
    known, asked = f"(n / {ASKED} + 1) * {SECOND} + {FIRST} + 1", min(KNOWN, pairs // 10) * ASKED - 1
    whose, number = person(f"{known} + 1 + n %% {ASKED}"), f"{before} + {APART} * (n + {FIRST}) + 3"
    add(pattern, "known", known, whose, asked, 1, first=0, kind="gold", slot="NULL", number=number, seed=5)
    live = {"id": key("leased"), "comparison_id": key("comparison"), "person_id": person("n + 401"), "slot": "2"}
    history.copy(Assignment, pattern.pk, FIRST, FIRST + LEASES, kind="'overlap'", **live, **NOT_DONE)
    settle(project, reviewer, pattern.axis)


NOT_DONE = {"judgement_id": "NULL", "done_at": "NULL", "leased_until": "now()"}


def add(
    pattern: Assignment, name: str, pair: str, whose: str, last: int, step: int, *, first: int = FIRST, **terms: object
) -> None:
    """One more judgement of some pairs, of a kind, by a person."""
    columns = {"id": key(name), "comparison_id": key("comparison", pair), "person_id": whose}
    columns |= {"kind": f"'{terms['kind']}'", "slot": str(terms["slot"]), "judgement_id": str(terms["number"])}
    columns["swapped"] = f"{drawn(6, 'n', 2)} = 0"
    history.copy(Assignment, pattern.pk, first, last, step, **columns, done_at=history.WHEN)
    columns = {"id": str(terms["number"]), "assignment_id": key(name), "key": key("key"), "created_at": history.WHEN}
    columns |= said(pair, int(str(terms["seed"])))
    history.copy(Judgement, pattern.judgement_id, first, last, step, **columns)


def settle(project: Project, reviewer: Person, axis: str) -> None:
    """What the rest of the program notes beside, of all of it."""
    cohort = Cohort.objects.get(enrolments__project=project, enrolments__axis=axis)
    others = Person.objects.exclude(memberships__cohort=cohort)
    Membership.objects.bulk_create(Membership(cohort=cohort, person=one) for one in others)
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=365))
    middle = (Judgement.objects.aggregate(Max("pk"))["pk__max"] or 0) // 2
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        cursor.execute(GOLD, [axis, KNOWN])
        cursor.execute(REVIEWS, {"project": project.pk, "reviewer": reviewer.pk, "below": middle})
    history.count_workdays()
    history.settle()
