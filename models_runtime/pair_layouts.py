"""How two responses to the same are laid out for a model to read. What both come after is read once.

Of a pair there is what is shared, then the first response, then the second. Both responses stand at the positions that
follow what they share, and neither sees the other: in exact arithmetic a model makes of each what it makes of it alone.
On a CPU all pairs of a batch are one row, without padding, and `pair_attention` shows each token what it may see;
elsewhere each pair is a row, with a mask. Where a model can take neither, each response is a row of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Self

import torch
from torch import Tensor

READ = ("input_ids", "position_ids", "attention_mask", "places")  # of a batch's tensors, what the model takes


@dataclass(frozen=True, slots=True)
class Pair:
    """Token ids: what both responses come after, and each of them."""

    shared: list[int]
    first: list[int]
    second: list[int]

    @classmethod
    def of(cls, first: Sequence[int], second: Sequence[int]) -> Self:
        """Of two whole dialogues, which share whatever they begin with; each keeps one token of its own, to hang its
        reward on."""
        most = min(len(first), len(second)) - 1
        same = takewhile(lambda both: both[0] == both[1], zip(first[:most], second[:most], strict=True))
        shared = sum(1 for _ in same)
        return cls(list(first[:shared]), list(first[shared:]), list(second[shared:]))

    def __len__(self) -> int:
        return len(self.shared) + len(self.first) + len(self.second)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a model reads, and where in it the last token of each response is: `rows` and `columns`, of all first ones,
    then of all second ones. Instead of a mask there may be `places`, (pairs, 3): how many tokens each pair shares, and
    how many its responses have."""

    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor | None
    rows: Tensor
    columns: Tensor
    places: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: tensor for name, tensor in found.items() if tensor is not None}


def flat(pairs: Sequence[Pair], pad: int) -> Batch:
    """One row, one pair after the other; nothing is padding."""
    places = torch.tensor([[len(part) for part in (pair.shared, pair.first, pair.second)] for pair in pairs])
    ends = places.flatten().cumsum(0).view_as(places)
    ids = [token for pair in pairs for token in pair.shared + pair.first + pair.second]
    positions = [position for lengths in places.tolist() for position in _positions(*lengths)]
    columns = ends[:, 1:].T.flatten() - 1
    return Batch(torch.tensor([ids]), torch.tensor([positions]), None, torch.zeros_like(columns), columns, places)


def _positions(shared: int, first: int, second: int) -> list[int]:
    return [*range(shared + first), *range(shared, shared + second)]


def packed(pairs: Sequence[Pair], pad: int) -> Batch:
    """Shapes: batch × length, and for the mask batch × 1 × length × length, true where a token sees another."""
    size, longest = len(pairs), max(map(len, pairs))
    input_ids = torch.full((size, longest), pad)
    position_ids = torch.zeros((size, longest), dtype=torch.long)
    sees = torch.eye(longest, dtype=torch.bool).repeat(size, 1, 1)  # padding sees itself: a row of nothing is NaN
    columns = torch.zeros((2, size), dtype=torch.long)
    for row, pair in enumerate(pairs):
        begin, middle, end = len(pair.shared), len(pair.shared) + len(pair.first), len(pair)
        input_ids[row, :end] = torch.tensor(pair.shared + pair.first + pair.second)
        position_ids[row, :middle] = torch.arange(middle)
        position_ids[row, middle:end] = torch.arange(begin, begin + len(pair.second))
        sees[row, :end, :end] = torch.ones((end, end), dtype=torch.bool).tril()
        sees[row, middle:end, begin:middle] = False
        columns[:, row] = torch.tensor((middle - 1, end - 1))
    rows = torch.arange(size).repeat(2)
    return Batch(input_ids, position_ids, sees[:, None], rows, columns.flatten())


def plain(pairs: Sequence[Pair], pad: int) -> Batch:
    """Each response with what comes before it by itself, all first ones first."""
    sides = [pair.shared + pair.first for pair in pairs] + [pair.shared + pair.second for pair in pairs]
    longest = max(map(len, sides))
    input_ids = torch.full((len(sides), longest), pad)
    mask = torch.zeros((len(sides), longest), dtype=torch.long)
    for row, side in enumerate(sides):
        input_ids[row, : len(side)] = torch.tensor(side)
        mask[row, : len(side)] = 1
    columns = torch.tensor([len(side) - 1 for side in sides])
    positions = torch.arange(longest).expand(len(sides), -1)
    return Batch(input_ids, positions, mask, torch.arange(len(sides)), columns)


LAYOUTS = {"flat": flat, "packed": packed, "plain": plain}
