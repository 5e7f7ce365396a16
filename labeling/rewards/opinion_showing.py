"""What reward models say of one response, for its page."""

from dataclasses import dataclass

import numpy as np

from labeling.projects.models import Axis
from labeling.rewards.models import Opinion, Run
from labeling.rewards.opinions import held_out, together, whitened_among
from labeling.rewards.report.combination import probabilities
from labeling.rewards.report.llama2 import THRESHOLD


@dataclass(frozen=True)
class Given:
    """By one model. `reward` is None where it cannot read the response."""

    axis: Axis
    run: Run
    reward: float | None

    @property
    def sigma(self) -> float | None:
        return None if self.reward is None else sigma(self.reward)


@dataclass(frozen=True)
class Together:
    """Llama 2's one number. It is the safety model's because of the `prompt`, or because that lies `under` the
    threshold; else it is the other's, because of `neither`. `whitened` is None where too few responses are known to
    stand among; of them there are `others`."""

    value: float
    because: str
    whitened: float | None
    others: int
    threshold: float = THRESHOLD


@dataclass(frozen=True)
class Said:
    given: list[Given]
    together: Together | None


def said(opinion: Opinion) -> Said:
    """Of one with one response."""
    [line], asked, told = opinion.lines, opinion.asked(), opinion.rewards or {}
    rewards = {axis: told[axis][0] for axis in asked}
    given = [Given(Axis(axis), run, rewards[axis][0] if rewards[axis] else None) for axis, run in asked.items()]
    numbers = together(told, opinion.lines)[0] if len(given) > 1 else None
    if numbers is None:
        return Said(given, None)
    [value] = numbers
    others = held_out(asked[Axis.HELPFULNESS], asked[Axis.SAFETY])
    place = whitened_among([value], others)
    is_unsafe = sigma(rewards[Axis.SAFETY][0]) < THRESHOLD
    because = "prompt" if line["is_safety_prompt"] else "under" if is_unsafe else "neither"
    return Said(given, Together(value, because, place[0] if place else None, len(others)))


def sigma(reward: float) -> float:
    return float(probabilities(np.array(reward)))
