"""Attention request by request gives what each request alone would get."""

from itertools import pairwise

import pytest
import torch

from models_runtime.paged_attention import Decode, attend, plan

HEADS, KV_HEADS, SIZE = 6, 2, 16


def alone(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Plain attention of one request, written out: (new, heads, size) from the same and (keys, kv heads,
    size).
    """
    new, length = len(query), len(key)
    key, value = (x.repeat_interleave(HEADS // KV_HEADS, dim=1) for x in (key, value))
    scores = torch.einsum("qhd,khd->hqk", query, key) * SIZE**-0.5
    future = torch.arange(length) > torch.arange(length - new, length)[:, None]
    return torch.einsum("hqk,khd->qhd", scores.masked_fill(future, float("-inf")).softmax(-1), value)


def boundaries(lengths: list[int]) -> list[int]:
    return [sum(lengths[:count]) for count in range(len(lengths) + 1)]


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([1, 1, 1], [5, 9, 6]),
        ([1], [0]),
        ([1, 1, 1, 1], [200, 3, 90, 0]),
        ([4, 1, 7, 1], [0, 12, 30, 5]),
        ([3, 5], [2, 0]),
    ],
)
def test_it_equals_each_request_alone(new: list[int], old: list[int]):
    torch.manual_seed(0)
    cache = torch.randn(1000, 2, KV_HEADS, SIZE)
    lengths = [a + b for a, b in zip(new, old, strict=True)]
    queries, keys = boundaries(new), boundaries(lengths)
    read = torch.randperm(1000)[: keys[-1]]
    query = torch.randn(queries[-1], HEADS, SIZE)
    step = plan(queries, keys, read, torch.float32)
    result = attend(query.transpose(0, 1), cache[step.read, 0], cache[step.read, 1], step, SIZE**-0.5)
    for q0, q1, k0, k1 in zip(queries, queries[1:], keys, keys[1:], strict=False):
        where = read[k0:k1]
        torch.testing.assert_close(result[q0:q1], alone(query[q0:q1], cache[where, 0], cache[where, 1]))


def test_new_prompts_need_no_cache():
    torch.manual_seed(0)
    lengths = [4, 1, 6]
    at = boundaries(lengths)
    query, key, value = torch.randn(11, HEADS, SIZE), torch.randn(11, KV_HEADS, SIZE), torch.randn(11, KV_HEADS, SIZE)
    step = plan(at, at, torch.empty(0, dtype=torch.long), torch.float32)
    result = attend(query.transpose(0, 1), key, value, step, SIZE**-0.5)
    for a, b in pairwise(at):
        torch.testing.assert_close(result[a:b], alone(query[a:b], key[a:b], value[a:b]))


def test_padding_at_most_doubles_the_keys():
    lengths = [1000, 10, 600, 7, 450, 3, 2]
    step = plan(list(range(8)), boundaries(lengths), torch.arange(sum(lengths)), torch.float32)
    assert all(isinstance(part, Decode) for part in step.parts)
    assert len(step.read) <= 2 * sum(lengths)
