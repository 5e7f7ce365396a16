"""Draws the next token of each row with that row's own temperature, top-p and random numbers.

The library's processors sort the whole vocabulary, which on a CPU costs more than the rest of what can be
avoided in a step. The `TOP_K` likeliest tokens of each row are enough: the result has exactly the
distribution of the library's own temperature, top-k = 256, top-p, in that order. Reading rows on the host
would break CUDA graphs, so this is for CPUs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import torch
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from models_runtime.engine import Sampling

TOP_K = 256


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """How one request samples. One random number a token, so that its neighbours cannot shift its
    sequence.
    """

    temperature: float
    top_p: float
    random: Random = field(repr=False)

    @classmethod
    def of(cls, sampling: Sampling) -> Self:
        """Greedy is a nucleus of one token: the likeliest is always kept."""
        random = Random(sampling.seed)  # noqa: S311 - reproducible on purpose
        if sampling.greedy:
            return cls(1.0, 0.0, random)
        return cls(sampling.temperature, sampling.top_p, random)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The batcher copies its requests when it makes room; a copy goes on where the original was."""
        return self


def sample(logits: torch.Tensor, draws: Sequence[Draw]) -> torch.Tensor:
    """Token ids, shape (rows,), from float32 `logits` of shape (rows, vocabulary)."""
    values, tokens = logits.topk(min(TOP_K, logits.shape[-1]), dim=-1)
    columns = torch.tensor([(draw.temperature, draw.top_p, draw.random.random()) for draw in draws])
    temperature, top_p, uniform = columns.unsqueeze(-1).unbind(1)
    probabilities = torch.softmax(values / temperature, dim=-1)
    reached = probabilities.cumsum(dim=-1)
    before = reached - probabilities
    # A token stays if the likelier ones have not reached top-p; they are sorted, so the kept ones are the first.
    kept = (before < top_p).sum(dim=-1, keepdim=True).clamp_(min=1)
    total = reached.gather(-1, kept - 1)
    choice = (reached <= uniform * total).sum(dim=-1, keepdim=True).minimum(kept - 1)
    return tokens.gather(-1, choice).squeeze(-1)


class RowSampler(ContinuousBatchingLogitsProcessor):
    """Takes the place of the library's processors: marks the drawn token so that the argmax after it finds
    it.

    Every request must carry `draw=Draw(...)`. The library hands over the requests of a batch just before it
    calls this with their logits, in the same order and on the same thread.
    """

    supported_kwargs: dict[str, type] = {"draw": Draw}
    ignored_kwargs: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._draws: list[Draw] = []

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: list[Any]) -> torch.Tensor:
        self._draws = [request.state.logit_processor_kwargs["draw"] for request in requests_with_new_token]
        return torch.zeros(len(self._draws), dtype=torch.int32)

    def __call__(self, scores: torch.Tensor, tensor_arg: torch.Tensor) -> torch.Tensor:
        if not self._draws:
            return scores
        rows = scores[: len(self._draws)]
        rows.scatter_(-1, sample(rows, self._draws).unsqueeze(-1), float("inf"))
        return scores
