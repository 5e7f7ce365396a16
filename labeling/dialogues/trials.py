"""Trying a model version out, and the check that every new one has to pass. Both are asked as responses are."""

from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.dialogues import generation
from labeling.dialogues.models import Trial
from labeling.projects.models import ModelVersion
from labeling.projects.pair_policy import SEEDS

_random = SystemRandom()
KEPT = timedelta(days=7)
CHECK: dict[str, Any] = {"temperature": 0.7, "top_p": 0.95, "max_new_tokens": 16}  # as a round asks, but little


@transaction.atomic
def try_out(version: ModelVersion, person: Person, prompt: str, **sampling: Any) -> Trial:
    """Ask for one answer; whatever this person was still waiting for from this version is dropped."""
    for waiting in Trial.objects.of(person).filter(model_version=version).unfinished():
        cancel(waiting)
    return _ask(version, person, prompt=prompt, **sampling)


@transaction.atomic
def check(version: ModelVersion, person: Person) -> Trial | None:
    """Have it loaded and heard. The check that is under way if there is one, None if it has passed one or is gone."""
    locked = ModelVersion.objects.select_for_update().filter(pk=version.pk).first()
    if locked is None or not locked.check_again():
        return None
    under_way = locked.trials.checks().unfinished().first()
    return under_way or _ask(locked, person, prompt=Trial.PROMPT, is_check=True, **CHECK)


def remove(version: ModelVersion) -> bool:
    """A version that never passed its check goes, with its checks, and its name is free.

    False when it stays: it stands in a round, or it has passed or is being checked anew meanwhile.
    """
    try:
        with transaction.atomic():
            for under_way in version.trials.checks().unfinished():  # before its version, as receipts lock them
                cancel(under_way)
            locked = ModelVersion.objects.select_for_update().filter(pk=version.pk, checked_at=None).first()
            if locked is None or locked.trials.unfinished().exists():
                transaction.set_rollback(True)
                return False
            locked.trials.all().delete()
            locked.delete()
    except (ProtectedError, IntegrityError):  # a round has it, or a draft that was saved in this moment
        return False
    return True


def check_new(version: ModelVersion, person: Person, **_: Any) -> None:
    """Receives `model_version_added`."""
    check(version, person)


def cancel(trial: Trial) -> bool:
    """Nobody wants the answer any more. False when it was there already."""
    with transaction.atomic():
        if not trial.cancel():
            return False
        trial.refresh_from_db(fields=["attempt"])
        transaction.on_commit(partial(generation.announce, trial, trial.attempt, "cancelled"))
    return True


def forget_old() -> None:
    """Trials are for looking at once. Checks stay: they say how their versions came to be usable."""
    old = Trial.objects.filter(is_check=False, created_at__lt=timezone.now() - KEPT)
    for forgotten in old.unfinished():
        cancel(forgotten)
    old.delete()


def _ask(version: ModelVersion, person: Person, **fields: Any) -> Trial:
    trial = Trial.objects.create(model_version=version, person=person, seed=_random.randrange(SEEDS), **fields)
    generation.send_on_commit(trial)
    return trial
