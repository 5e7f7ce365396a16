"""From a prompt to a message on the queue, and from a receipt to a stored response.

PostgreSQL is the truth: a message that is lost is sent again by the sweeper, one that comes twice changes nothing.
"""

import logging
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any, cast
from uuid import UUID

import redis
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from labeling.celery import app
from labeling.dialogues import redraws, streams
from labeling.dialogues.models import KINDS, UNFINISHED, Attempted, Completion, Dialogue, State, Turn, Written
from labeling.dialogues.routing import queue_for
from labeling.dialogues.signals import turn_ready
from labeling.dialogues.signatures import sign
from labeling.projects import markdown
from labeling.projects.models import Prompt, Round
from labeling.projects.pair_policy import draw_pair

logger = logging.getLogger(__name__)

_random = SystemRandom()
LONGEST_PAUSE = 30.0  # seconds between two attempts
MAX_HANDOVERS = 20  # attempts of one completion that workers may hand back when they are stopped


def ask(
    dialogue: Dialogue,
    number: int,
    text: str,
    *,
    prompt: Prompt | None = None,
    continues: Completion | None = None,
    written: Written | None = None,
) -> tuple[Turn, bool]:
    """Write the turn, draw two versions for it and send them to the workers when the transaction commits.

    False when the turn was there already. Raises what `Dialogue.ask` does.
    """
    policy = list(dialogue.round.policy.select_related("model_version"))
    draws = draw_pair(policy, _random, different=dialogue.round.two_different_versions)
    turn, new = dialogue.ask(number, text, draws, prompt=prompt, continues=continues, written=written)
    if new:
        for completion in _random.sample(list(turn.completions.all()), 2):  # nobody learns the draws from who is first
            send_on_commit(completion)
    return turn, new


def retry(completion: Attempted, attempt: int, error: str = "", *, pause: float = 0, handed_over: bool = False) -> bool:
    """Queue the next attempt of the same draw, to be sent after so many seconds.

    False when that attempt is no longer the current one.
    """
    due_at = timezone.now() + timedelta(seconds=pause) if pause else None
    with transaction.atomic():
        if not completion.retry(attempt, error, due_at, handed_over=handed_over):
            return False
        if pause:
            transaction.on_commit(partial(send_later, completion.pk, attempt + 1, pause))
        else:
            send_on_commit(completion)
    return True


def cancel(turn: Turn) -> None:
    """Nobody wants this turn's responses any more: queued work is dropped, running work stops at its next step."""
    for completion in turn.completions.current():
        if completion.cancel():
            transaction.on_commit(partial(_tell, streams.want, completion.pk, 0))


@transaction.atomic
def cancel_round(round_: Round, **_: Any) -> None:
    """Receives `work_over`. The conversations that were waiting end with it; what was answered stays.

    So does what is ready in stock, as long as its round may go on.
    """
    ours = Completion.objects.filter(turn__dialogue__round=round_, state__in=(*UNFINISHED, State.FAILED))
    over = Q(pk__in=ours.values("turn__dialogue"))
    if round_.state != Round.State.OPEN:
        over |= Q(round=round_, author=None, ended_at=None)
    waiting = Dialogue.objects.filter(over)
    ended = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True))  # before their completions
    cancelled = list(ours.select_for_update(of=("self",)).filter(turn__dialogue__in=ended).values_list("pk", "attempt"))
    now = timezone.now()
    Completion.objects.filter(pk__in=[pk for pk, _ in cancelled]).update(state=State.CANCELLED, finished_at=now)
    Dialogue.objects.filter(pk__in=ended, ended_at=None).update(ended_at=now)
    transaction.on_commit(partial(_tell, streams.cancelled, cancelled))


def send_on_commit(completion: Attempted) -> None:
    transaction.on_commit(partial(send, completion.pk))


def find(pk: Any, **condition: Any) -> Attempted | None:
    """What was asked under this key, be it a completion or a trial."""
    rows = (kind.objects.filter(pk=pk, **condition).select_related(*kind.asked_with).first() for kind in KINDS)
    return next(filter(None, rows), None)


def send(pk: Any) -> None:
    """Hand the current attempt to the queue. A broker that is away costs nothing but time: see `recovery`."""
    completion = find(pk, state=State.QUEUED)
    if completion is None:  # cancelled since
        return
    _tell(streams.want, completion.pk, completion.attempt)
    try:
        queue = queue_for(completion.model_version.source, stock=completion.is_stock)
        app.send_task("models_runtime.generate", kwargs={"request": message(completion)}, queue=queue)
    except BrokerError as error:
        logger.warning("The broker took no message for completion %s: %s", pk, error)
        return
    completion.sent()


def send_later(pk: Any, attempt: int, pause: float) -> None:
    """Have it sent when it is due. Should this be lost, the sweeper sends it."""
    try:
        app.send_task("labeling.send", kwargs={"completion": str(pk), "attempt": attempt}, countdown=pause)
    except BrokerError as error:
        logger.warning("The broker took no reminder of completion %s: %s", pk, error)


def message(completion: Attempted) -> dict[str, Any]:
    """Everything a worker needs; it has no database to look anything up in."""
    return {
        "completion": str(completion.pk),
        "attempt": completion.attempt,
        "receipt": sign(str(completion.pk), completion.attempt),
        "spec": completion.model_version.spec(),
        "messages": completion.messages(),
        "sampling": {
            "temperature": completion.temperature,
            "top_p": completion.top_p,
            "max_new_tokens": completion.max_new_tokens,
            "seed": completion.seed,
        },
    }


def store(asked: Attempted, attempt: int, result: dict[str, Any]) -> bool:
    """Keep what came back."""
    if isinstance(asked, Completion):
        stored = store_response(asked, attempt, html=markdown.render(result["text"]), **result)
    else:
        stored = asked.store(attempt, **result)
    if stored:
        announce(asked, attempt, "stored")
    return stored


@transaction.atomic
def store_response(completion: Completion, attempt: int, **result: Any) -> bool:
    """Keep one of a turn's two, and have another written if a gate stops it. Two that arrive at once wait here."""
    turn, wanted = redraws.hold(cast(UUID, completion.turn_id))
    if not completion.store(attempt, **result):
        return False
    if new := redraws.redraw(turn, completion, wanted=wanted):
        send_on_commit(new)
        if new.state == State.CANCELLED:
            cancel(turn)
    elif turn.completions.current().filter(state=State.DONE).count() == 2:
        turn_ready.send(sender=Turn, turn=turn)
    return True


def fail(
    completion: Attempted,
    attempt: int,
    error: str,
    *,
    permanent: bool = False,
    lost: bool = False,
    tokens_over: int | None = None,
) -> bool:
    """Try again by ourselves while that may help, then leave it to a person.

    A model that failed gets a growing pause before it is asked again; when its worker was `lost`, another one need not
    wait. `tokens_over` is by how much the dialogue is too long, where that is why.
    """
    tries = attempt - completion.handed_over
    pause = 0 if lost else pause_after(tries)
    if not permanent and tries < completion.MAX_ATTEMPTS and retry(completion, attempt, error, pause=pause):
        return True
    if not completion.fail(attempt, error, tokens_over):
        return False
    announce(completion, attempt, "failed")
    return True


def hand_over(completion: Attempted, attempt: int, error: str) -> bool:
    """A worker was stopped in good order, which says nothing about the completion: it costs none of its attempts."""
    if completion.handed_over < MAX_HANDOVERS and retry(completion, attempt, error, handed_over=True):
        return True
    return fail(completion, attempt, error, permanent=True)


def pause_after(tries: int) -> float:
    """Seconds: 1, 2, 4 … give or take a quarter, so that what failed together does not come back together."""
    return min(LONGEST_PAUSE, 2.0 ** (tries - 1) * _random.uniform(0.75, 1.25))


def announce(completion: Attempted, attempt: int, kind: str) -> None:
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
