"""Pairs that are complete before anybody asks for them.

A stock pair is the first turn of a dialogue without an author: a prompt of the round's set, answered ahead on the
`stock` queue. Whoever takes it becomes its author, and goes on with it as with any conversation of their own.
"""

import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, reading, target, uses
from labeling.comparisons.models import Assignment, Comparison
from labeling.comparisons.pairs import assigning, compare, terms
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Dialogue, State, Turn
from labeling.exams.at_work import people_at_work
from labeling.postgresql.statements import Statement
from labeling.projects.models import Axis, Prompt, Round

FORGIVEN_AFTER = timedelta(minutes=10)  # a pair that failed counts against the high mark so long
LOCK = 0x7A1D  # of PostgreSQL's advisory locks: one process at a time fills the stock of a round


READY = """
SELECT dialogue.id
FROM dialogues_dialogue dialogue
WHERE dialogue.round_id = %(round)s AND dialogue.author_id IS NULL AND dialogue.ended_at IS NULL AND (
    SELECT comparison.ready_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM dialogues_turn had
        WHERE had.prompt_id = turn.prompt_id AND (
            SELECT own.author_id = %(person)s AND own.project_id = dialogue.project_id
            FROM dialogues_dialogue own
            WHERE own.id = had.dialogue_id
        )
    )
    FROM dialogues_turn turn
    JOIN comparisons_comparison comparison ON comparison.turn_id = turn.id
    WHERE turn.dialogue_id = dialogue.id{of}
)
"""
"""Pairs in stock one by one, in the order of their index, and whether few or thousands are there to be had, or were had
by this person: written as a join it is planned for what was there when it was planned."""


def handing_out(room: str) -> Statement:
    """A statement that hands a pair out, and reads it."""
    return Statement(f"""
        WITH taken AS (
            UPDATE dialogues_dialogue SET author_id = %(person)s, taken_as = %(key)s
            WHERE ({room}) AND id = (
                {READY.format(of=" AND (%(prompt)s::bigint IS NULL OR turn.prompt_id = %(prompt)s)")}
                ORDER BY dialogue.created_at LIMIT 1 FOR UPDATE OF dialogue SKIP LOCKED
            )
            RETURNING *
        ), assigned AS (
            {assigning("(SELECT turn.id FROM taken JOIN dialogues_turn turn ON turn.dialogue_id = taken.id)")}
            RETURNING *
        )
        {reading.pairs("assigned", "taken", place=False)}
    """)  # noqa: S608 - constants only


HAND_OUT, HAND_OUT_FREELY = handing_out(at_once.ROOM), handing_out("true")


def waiting(round_: Round) -> QuerySet[Dialogue]:
    """Dialogues in stock, the oldest first; some are still being written."""
    return Dialogue.objects.filter(round=round_, author=None, ended_at=None).order_by("created_at")


def ready(round_: Round, person: Person) -> QuerySet[Dialogue]:
    """Those that are complete and whose prompt this person has not had in this project."""
    by_place = READY.format(of="") % {"round": "%s", "person": "%s"}  # for Django, in the order of the statement
    return Dialogue.objects.filter(pk__in=RawSQL(by_place, [round_.pk, person.pk]))  # noqa: S611 - a constant


@transaction.atomic(savepoint=False)
def take(person: Person, round_: Round, axes: list[Axis], key: uuid.UUID | None = None) -> Assignment | None:
    """The first axis of a complete pair, the person's own from now on; None when there is none for them, when they have
    as many as they may, or when the round has enough.

    `key` is the page's name for what it asked: the same key twice takes one pair.
    """
    if not axes or not at_once.hold_in(round_, person):
        return None
    if key and (taken := Turn.objects.of(person).filter(dialogue__taken_as=key).first()):
        return reading.next_of_turn(person, round_, taken.pk)
    return None if target.is_full(round_) else hand_out(person, round_, axes, key or uuid.uuid4())


def take_held(person: Person, round_: Round, axes: list[Axis]) -> Assignment | None:
    """The same in a transaction that holds round and person, as that of a judgement does, for somebody who has no other
    pair of the round to judge and may have one today: whoever asks has read so since."""
    if target.is_full(round_):
        return None
    wanted = {"person": person.pk, "round": round_.pk, "key": uuid.uuid4(), "prompt": None}
    return reading.first_axis(HAND_OUT_FREELY, round_, **wanted | terms(person, axes))


def hand_out(
    person: Person, round_: Round, axes: list[Axis], key: uuid.UUID, prompt: Prompt | None = None
) -> Assignment | None:
    """The oldest pair that is ready for this person, or that of this prompt. Round and person are held."""
    wanted = {"key": key, "prompt": prompt.pk if prompt else None}
    return reading.first_axis(HAND_OUT, round_, **wanted, **at_once.asked(person, round_, axes) | terms(person, axes))


def refill() -> None:
    """Bring the stock of each open round back up to its high mark, where it has sunk under the low one.

    Whatever is wrong with one round, the others are filled; then an ExceptionGroup says what it was, and in which.
    """
    rounds = Round.objects.filter(state=Round.State.OPEN, project__stopped_at=None, prompt_set__isnull=False)
    failures = []
    for round_ in rounds.select_related("project"):
        try:
            _refill(round_)
        except Exception as error:  # noqa: BLE001 - raised again below
            error.add_note(f"In round {round_.number} of {round_.project.slug}.")
            failures.append(error)
    if failures:
        raise ExceptionGroup("The stock could not be filled.", failures)


@transaction.atomic
def _refill(round_: Round) -> None:
    if _is_ours(round_) and round_.hold_open():
        _discard_failed(round_)
        for prompt in _lacking(round_):
            if uses.is_left(round_, prompt) and prompt.hold():
                _prepare(round_, prompt)


def failed_lately(round_: Round) -> QuerySet[Dialogue]:
    """Those that went wrong, not those that were cancelled when the project was stopped."""
    ended = Dialogue.objects.filter(round=round_, author=None, ended_at__gt=timezone.now() - FORGIVEN_AFTER)
    return ended.filter(turns__completions__in=Completion.objects.exclude(error="")).distinct()


def _lacking(round_: Round) -> list[Prompt]:
    """Prompts to prepare now: none above the low mark; never more than people could still use."""
    high, low = round_.project.stock_high, round_.project.stock_low
    in_stock = waiting(round_).count()
    if in_stock >= max(low, 1):
        return []
    wanted = high - in_stock - failed_lately(round_).count()
    if round_.target is not None:
        wanted = min(wanted, Comparison.objects.left_for(round_) - in_stock)
    return list(_usable(round_)[:wanted]) if wanted > 0 else []


def _usable(round_: Round) -> QuerySet[Prompt]:
    """Prompts that somebody at work has not had, the least used first: a person gets a prompt once in a project."""
    people = people_at_work(round_).count()
    here = Q(turns__dialogue__project=round_.project_id) & (
        Q(turns__dialogue__author__isnull=False) | Q(turns__dialogue__ended_at=None)
    )
    prompts = Prompt.objects.filter(prompt_set=round_.prompt_set_id).fitting(round_.project)
    used = uses.unused_up(round_, prompts).annotate(uses=Count("turns", filter=here))
    return used.filter(uses__lt=people).order_by("uses", "pk")


def _prepare(round_: Round, prompt: Prompt) -> None:
    dialogue = Dialogue.objects.create(project=round_.project, round=round_, author=None)
    turn, _ = generation.ask(dialogue, 1, prompt.text, prompt=prompt)
    compare(turn)


def _discard_failed(round_: Round) -> None:
    """Nobody will ask again for a side that failed in stock."""
    failed = Completion.objects.current().filter(state=State.FAILED, turn__dialogue__in=waiting(round_))
    for turn in Turn.objects.filter(completions__in=failed).distinct().select_related("dialogue"):
        turn.dialogue.end()
        generation.cancel(turn)


def _is_ours(round_: Round) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, round_.pk])
        return bool(cursor.fetchone()[0])
