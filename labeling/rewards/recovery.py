"""Finding what was lost on the way: messages that nobody took, and runs whose worker is gone."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.celery import app
from labeling.rewards import sending, stream
from labeling.rewards.models import Run

UNANSWERED = timedelta(seconds=30)  # sent, and nobody has begun with it


def sweep() -> None:
    """Raises redis.RedisError, or what the broker raises, while either is away: then nobody can be called lost."""
    now = timezone.now()
    trained = Run.objects.filter(kind=Run.Kind.TRAINED)
    for run in trained.left(now):
        if not stream.is_at_work(run.pk, run.attempt):
            run.lose(_("The worker that trained it ended several times. See its log, then try again."))
            sending.send(run.pk)
    for run in trained.unheard():
        unsent = run.sent_at is None and now - run.created_at > UNANSWERED
        lost = run.sent_at is not None and now - run.sent_at > UNANSWERED and not waiting_messages()
        if unsent or (lost and not stream.is_at_work(run.pk, run.attempt)):
            sending.send(run.pk)


def waiting_messages() -> int:
    """In the queue: what waits there behind the training of another model is not lost."""
    with app.connection_for_read() as link:
        client: Any = link.default_channel.client
        return int(client.llen(sending.QUEUE))
