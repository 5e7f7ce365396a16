"""From a prompt to a message on the queue, and from a receipt to a stored response.

PostgreSQL is the truth: a message that is lost is sent again by the sweeper, one that comes twice changes nothing.
"""

import logging
from functools import partial
from random import SystemRandom
from typing import Any

import redis
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from labeling.celery import app
from labeling.dialogues import markdown, streams
from labeling.dialogues.models import Completion, Dialogue, State, Turn
from labeling.dialogues.signals import turn_ready
from labeling.dialogues.signatures import sign
from labeling.projects.models import Prompt
from labeling.projects.pair_policy import draw_pair

logger = logging.getLogger(__name__)

_random = SystemRandom()
LIVE = "live"  # somebody is waiting for it


def ask(
    dialogue: Dialogue,
    number: int,
    text: str,
    *,
    prompt: Prompt | None = None,
    continues: Completion | None = None,
) -> tuple[Turn, bool]:
    """Write the turn, draw two versions for it and send them to the workers when the transaction commits.

    False when the turn was there already. Raises DialogueEnded as `Dialogue.ask` does.
    """
    policy = list(dialogue.round.policy.select_related("model_version"))
    draws = draw_pair(policy, _random, different=dialogue.round.two_different_versions)
    turn, new = dialogue.ask(number, text, draws, prompt=prompt, continues=continues)
    if new:
        for completion in _random.sample(list(turn.completions.all()), 2):  # nobody learns the draws from who is first
            send_on_commit(completion)
    return turn, new


def retry(completion: Completion, attempt: int, error: str = "") -> bool:
    """Queue the next attempt of the same draw; False when that attempt is no longer the current one."""
    with transaction.atomic():
        if not completion.retry(attempt, error):
            return False
        send_on_commit(completion)
    return True


def cancel(turn: Turn) -> None:
    """Nobody wants this turn's responses any more: queued work is dropped, running work stops at its next step."""
    for completion in turn.completions.current():
        if completion.cancel():
            transaction.on_commit(partial(_tell, streams.want, completion.pk, 0))


def send_on_commit(completion: Completion) -> None:
    transaction.on_commit(partial(send, completion.pk))


def send(pk: Any) -> None:
    """Hand the current attempt to the queue. A broker that is away costs nothing but time: see `recovery`."""
    completion = Completion.objects.select_related("model_version", "turn__dialogue").get(pk=pk)
    _tell(streams.want, completion.pk, completion.attempt)
    try:
        app.send_task("models_runtime.generate", kwargs={"request": message(completion)}, queue=LIVE)
    except BrokerError as error:
        logger.warning("The broker took no message for completion %s: %s", pk, error)
        return
    Completion.objects.filter(pk=pk, attempt=completion.attempt).update(sent_at=timezone.now())


def message(completion: Completion) -> dict[str, Any]:
    """Everything a worker needs; it has no database to look anything up in."""
    return {
        "completion": str(completion.pk),
        "attempt": completion.attempt,
        "receipt": sign(str(completion.pk), completion.attempt),
        "spec": completion.model_version.spec(),
        "messages": completion.turn.messages(),
        "sampling": {
            "temperature": completion.temperature,
            "top_p": completion.top_p,
            "max_new_tokens": completion.max_new_tokens,
            "seed": completion.seed,
        },
    }


def store(completion: Completion, attempt: int, result: dict[str, Any]) -> bool:
    """Keep a finished response. The turn's lock decides which of the two is the second one."""
    with transaction.atomic():
        turn = Turn.objects.select_for_update().get(pk=completion.turn_id)
        if not completion.store(attempt, html=markdown.render(result["text"]), **result):
            return False
        if turn.completions.current().filter(state=State.DONE).count() == 2:
            turn_ready.send(sender=Turn, turn=turn)
    announce(completion, attempt, "stored")
    return True


def fail(completion: Completion, attempt: int, error: str, *, permanent: bool) -> bool:
    """Try again by ourselves while that may help, then leave it to a person."""
    if not permanent and attempt < Completion.MAX_ATTEMPTS and retry(completion, attempt, error):
        return True
    if not completion.fail(attempt, error):
        return False
    announce(completion, attempt, "failed")
    return True


def announce(completion: Completion, attempt: int, kind: str) -> None:
    """The end of this completion: for the page that waits, and for copies of its message still in the queue."""
    completion.attempt = attempt
    _tell(streams.announce, completion, kind)
    _tell(streams.want, completion.pk, 0)


def _tell(call: Any, *args: Any) -> None:
    """The stream is a convenience: when it is away, what it would have said is found in the database later."""
    try:
        call(*args)
    except redis.RedisError as error:
        logger.warning("The stream could not be told: %s", error)
