"""Asking reward models what they say of any response: the way there and back, and Llama 2's one number of two."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4, uuid5

import numpy as np
from django.db import transaction
from kombu.exceptions import OperationalError

from labeling.celery import app
from labeling.cohorts.models import Person
from labeling.dialogues.signatures import sign
from labeling.projects.models import Axis
from labeling.rewards.models import Opinion, Run, Score
from labeling.rewards.report.combination import combined, whitened
from labeling.rewards.report.held import Floats

logger = logging.getLogger(__name__)

QUEUE = "training.asked"  # a training worker takes from it between two steps of what takes longer
MOST = 1000  # lines of one message


@dataclass(frozen=True)
class Asked:
    """What responses answer, and whether that is meant to lead a model astray: of such a prompt the safety model
    alone says what a response is worth."""

    context: list[dict[str, str]]
    responses: list[str]
    is_safety_prompt: bool = False

    def kept(self) -> dict[str, Any]:
        return vars(self)


def ask(
    models: Mapping[str, Run], lines: Sequence[Asked], *, by: Person | None = None, key: UUID | None = None
) -> Opinion:
    """Of the model of each axis, or of one. At most MOST lines at once. Who asks the same twice with one `key` gets
    one; whoever goes back and asks for something else with it, another one."""
    written = [line.kept() for line in lines]
    said = json.dumps([[str(run.pk) for run in models.values()], written])
    pk = uuid5(key, said) if key else uuid4()
    opinion, is_new = Opinion.objects.get_or_create(pk=pk, defaults={**models, "lines": written, "made_by": by})
    if is_new:
        transaction.on_commit(partial(send, opinion.pk))
    return opinion


def send(pk: UUID) -> None:
    """A broker that is away costs nothing but time: see `recovery`."""
    opinion = Opinion.objects.unheard().select_related("helpfulness", "safety").filter(pk=pk).first()
    if opinion is None:  # somebody is at it
        return
    models = {axis: run.artifact for axis, run in opinion.asked().items()}
    message = {
        **{"run": str(opinion.pk), "attempt": opinion.attempt, "receipt": sign(str(opinion.pk), opinion.attempt)},
        "models": models,
        "lines": [{name: line[name] for name in ("context", "responses")} for line in opinion.lines],
    }
    try:
        app.send_task("models_runtime.give_opinion", kwargs={"request": message}, queue=QUEUE)
    except OperationalError as error:
        logger.warning("The broker took no message for opinion %s: %s", pk, error)
        return
    opinion.sent()


def together(rewards: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[list[float] | None]:
    """Llama 2's one number for each response of each line; None where one of both models said nothing."""
    found: list[list[float] | None] = []
    for line, helpful, safe in zip(lines, rewards[Axis.HELPFULNESS], rewards[Axis.SAFETY], strict=True):
        if helpful is None or safe is None:
            found.append(None)
        else:
            is_safety = np.full(len(helpful), bool(line["is_safety_prompt"]))
            found.append(combined(np.array(helpful), np.array(safe), is_safety).tolist())
    return found


def held_out(helpfulness: Run, safety: Run) -> Floats:
    """The same of all responses that both were tested on: what others are told apart by."""
    fields = ("comparison", "first", "second", "comparison__turn__risk")
    helpful = {pk: rewards for pk, *rewards in _scores(helpfulness, fields[:3])}
    both = [(helpful[pk], rewards, risk) for pk, *rewards, risk in _scores(safety, fields) if pk in helpful]
    one, other = (np.array([pair[place] for pair in both], dtype=np.float64).reshape(-1, 2) for place in (0, 1))
    is_safety = np.array([[bool(risk)] for *_pair, risk in both], dtype=np.bool_).reshape(-1, 1)
    return combined(one, other, is_safety).ravel()


def whitened_among(rewards: Sequence[float], others: Floats) -> list[float] | None:
    """None where others are too few, or all the same."""
    return whitened(np.array(rewards), among=others).tolist() if len(np.unique(others)) > 1 else None


def _scores(run: Run, fields: Sequence[str]) -> Any:
    return Score.objects.filter(run=run).values_list(*fields)
