"""Judging what somebody else began: a slot is leased, and goes to another person where nothing comes of it."""

import uuid
from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort, Person
from labeling.comparisons import at_once, reading
from labeling.comparisons.giving_back import FREED_WHERE_ASKED, LAPSED, LEFT, ORPHANED, WITHDRAWN, give_back
from labeling.comparisons.models import Assignment, Overlap
from labeling.comparisons.models.overlap import language_of
from labeling.postgresql.statements import Statement
from labeling.projects.models import Axis, Round

LEASE = timedelta(minutes=5)  # the page renews it every minute that it is open
LOCK = 0x7A21  # of PostgreSQL's advisory locks: one process at a time takes back what has lapsed

_random = SystemRandom()

CLAIM = Statement(f"""
    WITH RECURSIVE wanted AS (
        SELECT on_axis.axis, source.elsewhere,
            ({language_of("%(round)s", "on_axis.axis", "source.elsewhere")}) AS language
        FROM unnest(%(axes)s::text[]) on_axis(axis) CROSS JOIN (VALUES (false), (true)) source(elsewhere)
        UNION ALL
        SELECT wanted.axis, wanted.elsewhere,
            ({language_of("%(round)s", "wanted.axis", "wanted.elsewhere")} AND overlap.language > wanted.language)
        FROM wanted WHERE wanted.language IS NOT NULL
    ), one AS (
        SELECT oldest.comparison_id
        FROM wanted CROSS JOIN LATERAL (
            SELECT overlap.id, overlap.comparison_id
            FROM comparisons_overlap overlap
            WHERE overlap.round_id = %(round)s AND overlap.axis = wanted.axis AND overlap.elsewhere = wanted.elsewhere
                AND overlap.language BETWEEN wanted.language AND wanted.language AND overlap.free <> '{{}}'
                AND NOT EXISTS (
                    SELECT FROM comparisons_assignment seen
                    WHERE seen.comparison_id = overlap.comparison_id AND seen.person_id = %(person)s
                )
            ORDER BY overlap.language, overlap.id LIMIT 1 FOR UPDATE OF overlap SKIP LOCKED
        ) oldest
        WHERE %(languages)s::text[] IS NULL OR wanted.language = ANY(%(languages)s)
        ORDER BY wanted.elsewhere = %(elsewhere)s DESC, oldest.id LIMIT 1
    ), slots AS (
        SELECT overlap.id, overlap.comparison_id, overlap.axis, overlap.free[1] AS slot
        FROM comparisons_overlap overlap
        JOIN one ON one.comparison_id = overlap.comparison_id
        WHERE overlap.axis = ANY(%(axes)s) AND overlap.free <> '{{}}'
        FOR UPDATE OF overlap SKIP LOCKED
    ), held AS (
        UPDATE comparisons_overlap overlap SET free = overlap.free[2:] FROM slots WHERE overlap.id = slots.id
    ), assigned AS (
        INSERT INTO comparisons_assignment
            (id, comparison_id, person_id, axis, slot, kind, swapped, guideline_id, created_at, leased_until)
        SELECT gen_random_uuid(), slots.comparison_id, %(person)s, slots.axis, slots.slot, 'overlap', %(swapped)s,
            asked.guideline_id, %(now)s, %(until)s
        FROM slots
        JOIN projects_roundguideline asked ON asked.round_id = %(round)s AND asked.axis = slots.axis
        RETURNING *
    )
    {reading.pairs("assigned", place=False)}
""")  # noqa: S608 - constants only
"""The oldest comparison that this person has not seen and can read, and that wants somebody, on each axis on which it
does: one from `elsewhere`, if there is any, or one that people here began, if there is. Half of the time each comes
first, so that neither waits until there is none of the other.

Each language that anything is in on an axis is read in the order of one index, as far as the first that will do: there
may be a hundred thousand. (In an order of keys alone, PostgreSQL would read those of all rounds.) Whoever comes in the
same moment gets the next one. The slot is read from the row that is locked, so it is free whatever was committed since
the statement began.
"""


@transaction.atomic(savepoint=False)
def claim(person: Person, round_: Round, axes: list[Axis]) -> Assignment | None:
    """The first axis of a comparison that wants another person, leased to this one; None when there is none for them,
    or when they have as many as they may."""
    if not at_once.hold_in(round_, person) or not at_once.has_room(person, round_, axes):
        return None
    now = timezone.now()
    asked = {"person": person.pk, "round": round_.pk, "axes": [str(axis) for axis in axes]}
    asked["languages"] = languages_of(person, round_)
    drawn = {"swapped": _random.random() < 0.5, "elsewhere": _random.random() < 0.5}
    return reading.first_axis(CLAIM, round_, **asked, **drawn, now=now, until=now + LEASE)


def languages_of(person: Person, round_: Round) -> list[str] | None:
    """What their cohorts here are for, and what they wrote in themselves, without regions, and that nobody named one;
    None for any."""
    cohorts = Cohort.objects.filter(enrolments__project=round_.project_id, memberships__in=person.memberships.current())
    found = list(cohorts.values_list("languages", flat=True))
    if not all(found):
        return None
    return sorted({"", *(tag.split("-")[0] for tags in [*found, [person.language]] for tag in tags)})


@transaction.atomic(savepoint=False)
def hand_over(person: Person, round_: Round, planned: uuid.UUID, axes: list[Axis]) -> Assignment | None:
    """What was planned for this person, on each of these axes on which it was; None where it is so no more, or, but for
    what was sent back to them, where `claim` would give them none: by that, and by how long it takes to find out, they
    would know it."""
    takes_work = at_once.hold_in(round_, person)
    found = Assignment.objects.filter(pk=planned).values_list("comparison", "kind").first()
    if found is None:
        return None
    pair, kind = found
    room = takes_work and at_once.has_room(person, round_, axes)
    if not room and kind != Assignment.Kind.REWORK:
        return None
    mine = Assignment.objects.planned().of(person).filter(comparison=pair, axis__in=axes)
    mine.update(leased_until=timezone.now() + LEASE)
    return reading.next_of_pair(person, pair)


def renew(assignment: Assignment) -> bool:
    """Its page is still open, or is so again. False where the pair is theirs no more: others were given it when it had
    lapsed, or a manager released it. An answer may be sent all the same."""
    live = assignment.comparison.assignments.of(assignment.person).leased()
    if assignment.done_at or live.update(leased_until=timezone.now() + LEASE):
        return True
    return lease_anew(assignment)


@transaction.atomic
def lease_anew(lapsed: Assignment) -> bool:
    """On all axes on which it lapsed, or on none; it counts as a new pair does. That a round takes no more work
    is said when they send something."""
    person, comparison = lapsed.person, lapsed.comparison
    if not at_once.hold_in(comparison.round, person):
        return True
    every = list(comparison.assignments.of(person).lapsed().select_for_update().order_by("axis"))
    room = at_once.has_room(person, comparison.round, [Axis(each.axis) for each in every])
    if not every or not room or not all(take_up(each) for each in every):
        transaction.set_rollback(True)
        return False
    return True


@transaction.atomic
def take_back_lapsed() -> None:
    """Slots of people who went away, or work there no more, are there for others."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [LOCK])
        if not cursor.fetchone()[0]:
            return
    give_back(LAPSED, now=now)
    give_back(ORPHANED, now=now)


@transaction.atomic
def withdraw(person: Person, **_: Any) -> None:
    """Receives `withdrew`: nothing they did counts any more, and where a round still asks, others are asked instead."""
    at_once.hold(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK])  # who frees many slots does so after the other
    give_back(WITHDRAWN, FREED_WHERE_ASKED, person=person.pk)
    given = Assignment.objects.of(person).filter(done_at=None).exclude(kind=Assignment.Kind.AUTHOR)
    given.update(leased_until=None, chance=None)


@transaction.atomic
def release(assignment: Assignment) -> None:
    """Nobody waits for this person any more; what they send all the same is taken as a late answer is. What was
    planned for them is so no more."""
    at_once.hold(assignment.person)  # whoever judges holds their person first, then the slots
    mine = assignment.comparison.assignments.of(assignment.person).filter(done_at=None)
    give_back(LEFT, comparison=assignment.comparison_id, person=assignment.person_id)
    mine.exclude(kind=Assignment.Kind.AUTHOR).update(chance=None, leased_until=None)


def take_up(left: Assignment) -> bool:
    """Lease it to its person again; False where everybody it wants has it. The person is held."""
    own = left.comparison.assignments.of(left.person).filter(done_at=None, axis=left.axis)
    slot = left.slot
    if slot is None and left.kind in (Assignment.Kind.OVERLAP, Assignment.Kind.REWORK):
        overlap = Overlap.objects.select_for_update().get(comparison=left.comparison_id, axis=left.axis)
        if (slot := overlap.take()) is None:
            return False
    return own.update(slot=slot, leased_until=timezone.now() + LEASE) > 0
