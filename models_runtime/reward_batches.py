"""From pairs to tensors. What both responses of a pair begin with is read once.

A pair is one row of a batch: the context, then the chosen response, then the rejected one. Both responses stand at the
positions that follow the context, and neither sees the other: in exact arithmetic each gets the reward that it gets
alone. Where a model cannot take such a row (it knows no mask of four dimensions), each response is a row of its own.

Pairs that are about equally long go into one batch, so that little of it is padding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Sampler

IN_SIGHT = 50  # batches that are sorted by length together


@dataclass(frozen=True, slots=True)
class Pair:
    """Token ids. `shared` is what both responses begin with, at least all of the context."""

    shared: list[int]
    chosen: list[int]
    rejected: list[int]

    @classmethod
    def of(cls, chosen: Sequence[int], rejected: Sequence[int]) -> "Pair":
        """Each side keeps one token of its own, to hang its reward on."""
        most = min(len(chosen), len(rejected)) - 1
        same = takewhile(lambda both: both[0] == both[1], zip(chosen[:most], rejected[:most], strict=True))
        shared = sum(1 for _ in same)
        return cls(list(chosen[:shared]), list(chosen[shared:]), list(rejected[shared:]))

    @property
    def length(self) -> int:
        return len(self.shared) + len(self.chosen) + len(self.rejected)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a model reads, and where in it the rewards are: `rows` and `columns`, those of the chosen responses first,
    then those of the rejected ones."""

    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor
    rows: Tensor
    columns: Tensor

    def as_inputs(self) -> dict[str, Tensor]:
        return {name: getattr(self, name) for name in self.__slots__}


def packed(pairs: Sequence[Pair], pad: int) -> Batch:
    """Shapes: batch × length, and for the mask batch × 1 × length × length, true where a token sees another."""
    size, longest = len(pairs), max(pair.length for pair in pairs)
    input_ids = torch.full((size, longest), pad)
    position_ids = torch.zeros((size, longest), dtype=torch.long)
    sees = torch.eye(longest, dtype=torch.bool).repeat(size, 1, 1)  # padding sees itself: a row of nothing is NaN
    columns = torch.zeros((2, size), dtype=torch.long)
    for row, pair in enumerate(pairs):
        begin, middle, end = len(pair.shared), len(pair.shared) + len(pair.chosen), pair.length
        input_ids[row, :end] = torch.tensor(pair.shared + pair.chosen + pair.rejected)
        position_ids[row, :middle] = torch.arange(middle)
        position_ids[row, middle:end] = torch.arange(begin, begin + len(pair.rejected))
        sees[row, :end, :end] = torch.ones((end, end), dtype=torch.bool).tril()
        sees[row, middle:end, begin:middle] = False
        columns[:, row] = torch.tensor((middle - 1, end - 1))
    rows = torch.arange(size).repeat(2)
    return Batch(input_ids, position_ids, sees[:, None], rows, columns.flatten())


def plain(pairs: Sequence[Pair], pad: int) -> Batch:
    """Each response with its context by itself, all chosen ones first."""
    sides = [pair.shared + pair.chosen for pair in pairs] + [pair.shared + pair.rejected for pair in pairs]
    longest = max(map(len, sides))
    input_ids = torch.full((len(sides), longest), pad)
    mask = torch.zeros((len(sides), longest), dtype=torch.long)
    for row, side in enumerate(sides):
        input_ids[row, : len(side)] = torch.tensor(side)
        mask[row, : len(side)] = 1
    columns = torch.tensor([len(side) - 1 for side in sides])
    positions = torch.arange(longest).expand(len(sides), -1)
    return Batch(input_ids, positions, mask, torch.arange(len(sides)), columns)


LAYOUTS = {"packed": packed, "plain": plain}


class Preferences:
    """A collator: what `RewardTrainer` makes batches with."""

    def __init__(self, layout: str, pad: int) -> None:
        self._lay_out, self._pad = LAYOUTS[layout], pad

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        pairs = [Pair.of(example["chosen_ids"], example["rejected_ids"]) for example in examples]
        said = {name: torch.tensor([float(example[name]) for example in examples]) for name in ("margin", "share")}
        safe = [example[name] for name in ("chosen_safe", "rejected_safe") for example in examples]
        return {**self._lay_out(pairs, self._pad).as_inputs(), **said, "safe": torch.tensor(safe)}


class ByLength(Sampler[int]):
    """All rows once, in an order that the seed and the number of the epoch decide; each `batch` of them that follow
    each other are about equally long. The longest come first, so that memory runs out at once or not at all."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths, self._batch, self._seed, self._epoch = lengths, batch, seed, 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        return iter(self.order())

    def order(self) -> list[int]:
        random = Random(f"{self._seed} {self._epoch}")  # noqa: S311
        drawn = random.sample(range(len(self._lengths)), len(self._lengths))
        batches = []
        for begin in range(0, len(drawn), self._batch * IN_SIGHT):
            near = sorted(drawn[begin : begin + self._batch * IN_SIGHT], key=lambda row: -self._lengths[row])
            batches += [near[at : at + self._batch] for at in range(0, len(near), self._batch)]
        whole = [batch for batch in batches if len(batch) == self._batch]
        rest = [batch for batch in batches if len(batch) < self._batch]
        whole.sort(key=self._longest, reverse=True)
        return [row for batch in [*whole[:1], *random.sample(whole[1:], len(whole[1:])), *rest] for row in batch]

    def _longest(self, batch: Sequence[int]) -> int:
        return max(self._lengths[row] for row in batch)
