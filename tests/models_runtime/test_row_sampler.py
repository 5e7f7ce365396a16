"""The row sampler draws from the same distribution as the library's own processors."""

import math
from collections import Counter
from random import Random

import pytest
import torch
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from models_runtime.engine import Sampling
from models_runtime.row_sampler import TOP_K, Draw, sample

DRAWS = 40_000


def expected(logits: torch.Tensor, temperature: float, top_p: float) -> torch.Tensor:
    warpers = LogitsProcessorList(
        [TemperatureLogitsWarper(temperature), TopKLogitsWarper(TOP_K), TopPLogitsWarper(top_p)]
    )
    return torch.softmax(warpers(torch.zeros(1, 1, dtype=torch.long), logits[None].clone())[0], dim=-1)


def drawn(logits: torch.Tensor, temperature: float, top_p: float, seed: int = 1) -> Counter[int]:
    draw = Draw(temperature, top_p, Random(seed))
    counts: Counter[int] = Counter()
    for _ in range(DRAWS // 2000):
        counts.update(sample(logits.expand(2000, -1).clone(), [draw] * 2000).tolist())
    return counts


@pytest.mark.parametrize("vocabulary", [12, 256, 4000])
@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.7, 0.9), (2.0, 0.5), (0.3, 0.99)])
def test_it_draws_as_the_library_does(vocabulary: int, temperature: float, top_p: float):
    """Pearson's chi-square, cells of fewer than 8 expected draws taken together; five sigma above its
    mean.
    """
    logits = torch.randn(vocabulary, generator=torch.Generator().manual_seed(vocabulary)) * 3
    probabilities = expected(logits, temperature, top_p)
    counts = drawn(logits, temperature, top_p)
    support = set(probabilities.nonzero().flatten().tolist())
    assert set(counts) <= support, "nothing outside the nucleus"
    cells = [(counts[i], DRAWS * probabilities[i].item()) for i in support]
    rare = [cell for cell in cells if cell[1] < 8]
    cells = [cell for cell in cells if cell[1] >= 8]
    if rare:
        cells.append((sum(seen for seen, _ in rare), sum(wanted for _, wanted in rare)))
    statistic = sum((seen - wanted) ** 2 / wanted for seen, wanted in cells)
    freedom = len(cells) - 1
    assert statistic < freedom + 5 * math.sqrt(2 * freedom) + 1e-9


def test_the_top_256_cover_what_a_model_spreads_over_a_large_vocabulary():
    """A steep distribution as models have it: the library without any top-k then differs by next to
    nothing.
    """
    logits = -2.0 * torch.log(torch.arange(1, 49153, dtype=torch.float32))
    unlimited = torch.softmax(TopPLogitsWarper(0.95)(None, logits[None].clone())[0], dim=-1)
    assert (unlimited - expected(logits, 1.0, 0.95)).abs().sum() / 2 < 0.001


def test_each_row_has_its_own_settings_and_numbers():
    logits = torch.tensor([1.0, 1.1, 0.9, 0.5]).expand(3, 4)
    greedy = Draw.of(Sampling(0.0, 0.9, 1, 0))
    seen = [sample(logits.clone(), [greedy, Draw(1.0, 1.0, Random(n)), greedy]).tolist() for n in range(50)]
    assert {row[0] for row in seen} == {row[2] for row in seen} == {1}
    assert {row[1] for row in seen} == {0, 1, 2, 3}


def test_company_does_not_shift_a_rows_numbers():
    logits = torch.randn(5, 1000, generator=torch.Generator().manual_seed(0))
    alone, among = Random(3), Random(3)
    others = [Draw(1.0, 1.0, Random(n)) for n in range(4)]
    for _ in range(20):
        single = sample(logits[:1].clone(), [Draw(0.9, 0.9, alone)])
        together = sample(logits.clone(), [Draw(0.9, 0.9, among), *others])
        assert single[0] == together[0]


@pytest.mark.parametrize("top_p", [1e-9, 1.0])
def test_the_edges_of_top_p_and_temperature_stay_in_the_vocabulary(top_p: float):
    logits = torch.randn(4, 50) * 100
    for temperature in (1e-4, 2.0):
        draws = [Draw(temperature, top_p, Random(n)) for n in range(4)]
        tokens = sample(logits.clone(), draws)
        assert ((tokens >= 0) & (tokens < 50)).all()


def test_ties_and_infinities_do_no_harm():
    logits = torch.full((2, 300), float("-inf"))
    logits[:, 7] = 0.0
    assert sample(logits, [Draw(1.0, 1.0, Random(n)) for n in range(2)]).tolist() == [7, 7]
    assert len(sample(torch.zeros(1, 300), [Draw(1.0, 1.0, Random(1))])) == 1
