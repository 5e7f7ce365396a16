"""What becomes of a response that one of the project's gates stops.

It is kept as it is and set aside with the gate as its reason; at its place among the turn's draws the same version is
drawn once more, with a new seed and new sampling. After `max_redraws` of them the place is left as a failure, so that
what a gate stopped is never judged: its author may ask again, one more draw each time, or end the conversation. A
dialogue in stock has nobody to ask and ends.
"""

from collections.abc import Sequence
from random import SystemRandom
from uuid import UUID

from django.utils import timezone

from labeling.dialogues import streams
from labeling.dialogues.models import Completion, State, Turn
from labeling.dialogues.pacing import EVERYTHING, allowed_by
from labeling.dialogues.signals import completion_redrawn
from labeling.projects.gates import OF_BOTH, Gate, pair_stopped, stopped
from labeling.projects.models import PairPolicyEntry, Round
from labeling.projects.pair_policy import draw_again

_random = SystemRandom()


def hold(pk: UUID) -> tuple[Turn, bool]:
    """A turn, and whether anybody still wants its responses; both stay so until the transaction ends.

    Round before dialogue before completions, as asking and a round's end lock them. Ending the dialogue, taking it out
    of stock and the turn's other response wait here, so that none of them misses a response that is drawn anew.
    """
    open_ = Round.objects.get(dialogues__turns=pk).hold_open()
    turns = Turn.objects.select_related("dialogue__round__project")
    turn = turns.select_for_update(of=("dialogue",), no_key=True).get(pk=pk)
    return turn, open_ and turn.dialogue.ended_at is None


def redraw(turn: Turn, arrived: Completion, *, wanted: bool) -> Completion | None:
    """What takes the place of the response that a gate stops, now that this one has arrived; None if none is stopped.

    The new one is queued, or failed when its place has been drawn often enough, or cancelled when nobody wants it; the
    turn must be held. Responses are looked at as they arrive, pairs when they are complete. Of two that are too alike a
    fair coin says which is drawn anew: to take the later one would fall on the slower model, and either on one whose
    place had been redrawn before.
    """
    project, round_ = turn.dialogue.round.project, turn.dialogue.round
    if not project.gates:
        return None
    policy = {entry.model_version_id: entry for entry in round_.policy.select_related("model_version")}
    done = list(turn.completions.current().filter(state=State.DONE))
    old = next(completion for completion in done if completion.pk == arrived.pk)
    names = [entry.model_version.name for entry in policy.values()]
    gate = stopped(old.text, old.finish_reason, project.gates, names)
    if gate is None and len(done) == 2:
        gate, old = pair_stopped(done[0].text, done[1].text, project.gates), _random.choice(done)
    if gate is None:
        return None
    return replace(turn, old, gate, policy[old.model_version_id], wanted=wanted)


def replace(turn: Turn, old: Completion, gate: Gate, entry: PairPolicyEntry, *, wanted: bool) -> Completion:
    """Set it aside and draw its version again. A stock dialogue whose draws have run out is ended."""
    old.set_aside(gate)
    reasons = turn.completions.set_aside_at(old.draw)
    state, error = State.QUEUED, ""
    if len(reasons) > turn.dialogue.round.project.max_redraws:
        state, error = State.FAILED, given_up(reasons)
    if error and turn.dialogue.author_id is None:
        turn.dialogue.end()
        wanted = False
    draw = draw_again(entry, old.draw_probability, _random)
    new = Completion.drawn(
        turn,
        old.draw,
        draw,
        state=state if wanted else State.CANCELLED,
        error=error,
        finished_at=None if wanted and not error else timezone.now(),
    )
    new.save(force_insert=True)
    completion_redrawn.send(sender=Completion, old=old, new=new)
    return new


def draw_instead(turn: Turn, old: Completion, reason: str) -> Completion:
    """The same version once more, in the place of one that is set aside; the turn must be held."""
    policy = turn.dialogue.round.policy.select_related("model_version")
    old.set_aside(reason)
    draw = draw_again(policy.get(model_version=old.model_version_id), old.draw_probability, _random)
    new = Completion.drawn(turn, old.draw, draw)
    new.save(force_insert=True)
    completion_redrawn.send(sender=Completion, old=old, new=new)
    return new


def stood_before(completions: Sequence[Completion]) -> list[int]:
    """For each of a turn's two, how many characters may have been seen in its place before it, as `pacing` counts."""
    gone = list(Completion.objects.filter(turn=completions[0].turn_id, discarded_at__isnull=False))
    most = {0: 0, 1: 0}
    for old, entries in zip(gone, streams.so_far(gone), strict=True):
        allowed = EVERYTHING if old.discard_reason in OF_BOTH else allowed_by(entries, old.text)
        most[old.draw] = max(most[old.draw], allowed)
    return [most[completion.draw] for completion in completions]


def given_up(reasons: Sequence[str]) -> str:
    """For the manager who asks why a response could not be written."""
    return f"Drawn {len(reasons)} times; each time a gate stopped it: {', '.join(reasons)}."
