"""From pairs to batches to train on. Pairs that are about equally long go into one, so that little of it is padding."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Sampler

from models_runtime.pair_layouts import LAYOUTS, Pair

IN_SIGHT = 50  # batches that are sorted by length together


class Preferences:
    """A collator: what `RewardTrainer` makes batches with."""

    def __init__(self, layout: str, pad: int) -> None:
        self._lay_out, self._pad = LAYOUTS[layout], pad

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        pairs = [Pair.of(example["chosen_ids"], example["rejected_ids"]) for example in examples]
        said = {name: torch.tensor([float(example[name]) for example in examples]) for name in ("margin", "share")}
        safe = [example[name] for name in ("chosen_safe", "rejected_safe") for example in examples]
        return {**self._lay_out(pairs, self._pad).tensors(), **said, "safe": torch.tensor(safe)}


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
