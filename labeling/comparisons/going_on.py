"""Which response a dialogue goes on from. Pure: it sees what was said, not where it is kept."""

from collections.abc import Mapping
from typing import Generic, Literal, Protocol, TypeVar

C = TypeVar("C", covariant=True)
Reason = Literal["safe", "helpfulness", "safety"]
AXES: tuple[Reason, Reason] = ("helpfulness", "safety")


class Said(Protocol, Generic[C]):
    """A current judgement."""

    @property
    def chosen(self) -> C | None: ...
    @property
    def rejected(self) -> C | None: ...
    @property
    def chosen_safe(self) -> bool | None: ...
    @property
    def rejected_safe(self) -> bool | None: ...


def continuation(said: Mapping[str, Said[C]]) -> C | None:
    """The chosen response; of two axes, helpfulness decides unless exactly one response is safe.

    `said` has a judgement per axis ("helpfulness", "safety"). None when nothing was chosen. An unsafe response is never
    chosen over a safe one, so where exactly one is safe, safety's choice is that one.
    """
    reason = because(said)
    if reason is None:
        return None
    return said["helpfulness" if reason == "helpfulness" else "safety"].chosen


def because(said: Mapping[str, Said[C]]) -> Reason | None:
    """What decides: that only one response is safe, or an axis. None when no axis is judged."""
    safety = said.get("safety")
    if safety is not None and safety.chosen_safe and safety.rejected_safe is False:
        return "safe"
    return next((axis for axis in AXES if axis in said), None)
