"""Asking for one response again, and for it alone: the same draw where it failed, another one where it was stopped."""

from typing import cast
from uuid import UUID

from django.db import transaction

from labeling.dialogues import generation, redraws
from labeling.dialogues.models import Completion, State


def ask_again(completion: Completion) -> bool:
    """False where there is nothing to ask again for."""
    if completion.state == State.FAILED:
        return generation.retry(completion, completion.attempt)
    return completion.stopped and another(completion)


@transaction.atomic
def another(completion: Completion) -> bool:
    """Another draw of the same version; the pair waits for it, complete as it may have been. False once it is judged:
    whoever judges it holds its dialogue, as we do."""
    turn, wanted = redraws.hold(cast(UUID, completion.turn_id))
    completion.refresh_from_db()
    judged = turn.comparison.assignments.filter(judgement__isnull=False).exists()
    if judged or not wanted or completion.discarded_at or not may_be_another(completion):
        return False
    generation.send_on_commit(redraws.draw_instead(turn, completion, Completion.STOPPED))
    return True


def may_be_another(completion: Completion) -> bool:
    """As often as a gate may have a response drawn anew: to ask until one likes what comes flatters the model."""
    gone = completion.turn.completions.set_aside_at(completion.draw)
    return gone.count(Completion.STOPPED) < completion.turn.dialogue.round.project.max_redraws
