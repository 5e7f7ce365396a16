"""Finding what was lost on the way: messages that nobody took, and runs, or opinions, whose worker is gone."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.celery import app
from labeling.rewards import opinions, sending, stream
from labeling.rewards.models import Opinion, Run

UNANSWERED = timedelta(seconds=30)  # sent, and nobody has begun with it


def sweep() -> None:
    """Raises redis.RedisError, or what the broker raises, while either is away: then nobody can be called lost."""
    now = timezone.now()
    sweep_opinions(now)
    trained = Run.objects.filter(kind=Run.Kind.TRAINED)
    for run in trained.left(now):
        if not stream.is_at_work(run.pk, run.attempt):
            run.lose(_("The worker that trained it ended several times. See its log, then try again."))
            sending.send(run.pk)
    for run in trained.unheard():
        if is_lost(run, now):
            sending.send(run.pk)


def sweep_opinions(now: datetime) -> None:
    Opinion.objects.old(now).delete()
    for opinion in Opinion.objects.left(now):
        if not stream.is_at_work(opinion.pk, opinion.attempt):
            opinion.lose(_("The worker that was asked ended several times. See its log, then ask again."))
            opinions.send(opinion.pk)
    for opinion in Opinion.objects.unheard():
        if is_lost(opinion, now):
            opinions.send(opinion.pk)


def is_lost(asked: Run | Opinion, now: datetime) -> bool:
    """Whether no worker will ever take up the message about it."""
    if asked.sent_at is None:
        return now - asked.created_at > UNANSWERED
    if now - asked.sent_at <= UNANSWERED or stream.is_at_work(asked.pk, asked.attempt):
        return False
    return not waiting_messages(opinions.QUEUE if isinstance(asked, Opinion) else sending.QUEUE)


def waiting_messages(queue: str) -> int:
    """What waits there behind the training of another model is not lost."""
    with app.connection_for_read() as link:
        client: Any = link.default_channel.client
        return int(client.llen(queue))
