"""An author's own pairs: asking, and what becomes of the pair once it is complete."""

import uuid
from typing import cast

from django.db import transaction

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, overlapping, passing, stock, target, uses
from labeling.comparisons.going_on import continuation
from labeling.comparisons.models import Assignment, Comparison, Timing, Verdict
from labeling.comparisons.pairs import assign, compare
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Dialogue, DialogueEnded, Turn, Written
from labeling.projects.models import Axis, Prompt, Round


class PromptUsed(Exception):
    """The person has had this prompt of the set in this project before; a person gets each of them once."""


class PromptUsedUp(Exception):
    """The round has as many conversations that begin with this prompt of the set as it may have."""


@transaction.atomic
def ask(
    person: Person,
    round_: Round,
    axes: list[Axis],
    *,
    dialogue: uuid.UUID,
    number: int,
    text: str,
    prompt: Prompt | None = None,
    written: Written | None = None,
) -> Turn:
    """Send the author's prompt to two models and assign the pair to the author, on each of the axes.

    A prompt of the set whose responses are in stock is taken from there, and nobody waits. Repeating a request, or
    sending it from a second tab, gives the same turn. Raises DialogueEnded when the dialogue or its round is over, is
    not this person's, has all its turns, or has not been judged yet; TooManyAtOnce when other pairs are to be judged
    first, or are as many as the day allows; PromptRemoved when the set's prompt is gone, PromptUsed when they have had
    it, PromptUsedUp when others have, RoundHasEnough when the round has no use for one more of them.
    """
    if not at_once.hold_in(round_, person) or not axes:
        raise DialogueEnded
    before = Turn.objects.named(person, dialogue, number).select_related("dialogue").first()
    if before and before.dialogue.taken_as == dialogue:
        return before
    if not before and not at_once.has_room(person, round_, axes):
        raise at_once.TooManyAtOnce
    from_set = prompt if number == 1 and not Dialogue.objects.filter(pk=dialogue).exists() else None
    if from_set and (taken := hand_out(person, round_, axes, dialogue, from_set)):
        return taken
    if from_set and not uses.is_left(round_, from_set):
        raise PromptUsedUp
    opened = own_dialogue(person, round_, dialogue)
    if number > round_.project.max_turns:
        raise DialogueEnded
    goes_on = chosen_before(opened, number)
    turn, new = generation.ask(opened, number, text, prompt=prompt, continues=goes_on, written=written)
    if new:
        compare(turn)
        assign(turn.pk, person, axes)
    return turn


def hand_out(person: Person, round_: Round, axes: list[Axis], key: uuid.UUID, prompt: Prompt) -> Turn | None:
    """The pair of this prompt, if it is in stock. Raises PromptUsed and RoundHasEnough. The person is held."""
    if Turn.objects.of(person).filter(dialogue__project=round_.project_id, prompt=prompt).exists():
        raise PromptUsed
    if target.is_full(round_):
        raise target.RoundHasEnough
    taken = stock.hand_out(person, round_, axes, key, prompt)
    return taken.comparison.turn if taken else None


def own_dialogue(person: Person, round_: Round, key: uuid.UUID) -> Dialogue:
    """Begun if need be, and locked. Raises DialogueEnded for one of somebody else, or of another round."""
    Dialogue.objects.get_or_create(pk=key, defaults={"project": round_.project, "round": round_, "author": person})
    opened = Dialogue.objects.select_for_update(of=("self",)).select_related("round").get(pk=key)
    if opened.author_id != person.pk or opened.round_id != round_.pk:
        raise DialogueEnded
    return opened


def chosen_before(dialogue: Dialogue, number: int) -> Completion | None:
    """The response that turn `number` goes on from; None for the first turn."""
    if number == 1:
        return None
    before = Comparison.objects.filter(turn__dialogue=dialogue, turn__number=number - 1).first()
    chosen = going_on_from(before) if before else None
    if chosen is None:
        raise DialogueEnded
    return chosen


def going_on_from(comparison: Comparison) -> Completion | None:
    """The response its author's dialogue goes on from; None while an axis is not judged."""
    own = comparison.own_assignments().select_related("judgement__chosen", "judgement__rejected")
    said = {assignment.axis: assignment.judgement for assignment in own}
    if None in said.values():
        return None
    return continuation(said)  # type: ignore[arg-type]


@transaction.atomic(savepoint=False)
def judge(
    assignment: Assignment, verdict: Verdict, key: uuid.UUID, timing: Timing, instead_of: int | None = None
) -> bool:
    """Record the author's verdict; the dialogue ends with its last turn. True where it takes back that they had passed
    on the pair. Raises what `Assignment.judge` raises."""
    turn = cast(Turn, assignment.comparison.turn)
    last = turn.number >= assignment.comparison.project.max_turns
    judgement = assignment.judge(verdict, key, timing, instead_of, last=last)
    if judgement.is_new and judgement.revision > 1:
        overlapping.settle(assignment, judgement)
    if turn.dialogue.ended_at is None or not passing.take_back(assignment):
        return False
    if last and going_on_from(assignment.comparison):
        turn.dialogue.end()
    return True


def give_up(dialogue: Dialogue) -> None:
    """End the dialogue; responses still being written are cancelled. What was judged stays."""
    with transaction.atomic():
        dialogue.end()
        if last := dialogue.turns.order_by("-number").first():
            generation.cancel(last)
