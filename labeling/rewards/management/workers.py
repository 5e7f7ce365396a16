"""What commands that ask a training worker say where there is none."""

import redis
from django.core.management.base import BaseCommand

from labeling.rewards import stream


def warn_if_missing(command: BaseCommand) -> None:
    try:
        there = stream.is_worker_there()
    except redis.RedisError:
        there = False
    if not there:
        command.stdout.write(command.style.WARNING("No training worker has announced itself; it waits for one."))
