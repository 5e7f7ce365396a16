"""Attention over pairs that stand in one row (pair_layouts.flat), for CPUs.

A mask is laid over products that have been computed, and of those of a pair less than half are seen: no token sees
those after it, and neither response sees the other. So what both come after is read together with the first response,
causally, and the second response in a call of its own.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

Attention = tuple[Tensor, None]
SPECIAL = ("softcap", "position_bias", "s_aux", "sliding_window")  # more than plain attention


class PairAttention:
    """Stands in for the library's "sdpa". What are no pairs goes on to it as it came."""

    def __init__(self, otherwise: Callable[..., Attention]) -> None:
        self._otherwise = otherwise

    def __call__(
        self,
        module: torch.nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,
        dropout: float = 0.0,
        scaling: float | None = None,
        places: Tensor | None = None,
        **kwargs: Any,
    ) -> Attention:
        if places is None or any(kwargs.get(name) is not None for name in SPECIAL):
            return self._otherwise(
                module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
            )
        options = {"dropout_p": dropout, "scale": scaling, "enable_gqa": query.shape[1] != key.shape[1]}
        return attend(query, key, value, places, options).transpose(1, 2).contiguous(), None


def attend(query: Tensor, key: Tensor, value: Tensor, places: Tensor, options: dict[str, Any]) -> Tensor:
    """(1, heads, tokens, size), of keys and values (1, key heads, tokens, size). `places` as in a Batch."""
    lengths = places.sum(1).tolist()
    of_pairs = zip(*(tensor.split(lengths, dim=2) for tensor in (query, key, value)), places.tolist(), strict=True)
    found = []
    for q, k, v, (shared, first, second) in of_pairs:
        together = shared + first
        begin = [tensor[:, :, :together] for tensor in (q, k, v)]
        found.append(scaled_dot_product_attention(begin[0], begin[1], begin[2], is_causal=True, **options))
        keys, values = (torch.cat((tensor[:, :, :shared], tensor[:, :, together:]), dim=2) for tensor in (k, v))
        sees = torch.ones((second, shared + second), dtype=torch.bool, device=q.device).tril(shared)
        found.append(scaled_dot_product_attention(q[:, :, together:], keys, values, sees, **options))
    return torch.cat(found, dim=2)


def install() -> None:
    """For the whole process, since models look attention up by name; harmless to everything but pairs."""
    there = ALL_ATTENTION_FUNCTIONS["sdpa"]
    if not isinstance(there, PairAttention):
        AttentionInterface.register("sdpa", PairAttention(there))
