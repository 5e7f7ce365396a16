"""Agreement, held to what irrCAC and krippendorff give for their published examples."""

from collections import Counter
from itertools import repeat

import krippendorff
import numpy as np
import pytest

from labeling.quality.agreement import (
    COEFFICIENTS,
    STEPS,
    Votes,
    alpha,
    estimates,
    gwet,
    identity,
    linear,
    observed,
    quadratic,
)

# K. L. Gwet, "Handbook of Inter-Rater Reliability", 4th edition (2014): four raters of twelve subjects, and five
# observers of fifteen; the first are also Krippendorff's own example (2011). Rows are subjects, None is missing.
FOUR_RATERS = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, None, 3, None],
]
FIVE_OBSERVERS = [
    [1, 1, 2, None, 2],
    [1, 1, 0, 1, None],
    [2, 3, 3, 3, None],
    [None, 0, 0, None, 0],
    [0, 0, 0, None, 0],
    [0, 0, 0, None, 0],
    [1, 0, 2, None, 1],
    [1, None, 2, 0, None],
    [2, 2, 2, None, 2],
    [2, 1, 1, 1, None],
    [None, 1, 0, 0, None],
    [0, 0, 0, 0, None],
    [1, 2, 2, 2, None],
    [3, 3, 2, 2, 3],
    [1, 1, 1, None, 1],
]
OF_IRRCAC = [  # irrCAC 0.4.4 on raw_4raters() and raw_5observers(): p_a, Gwet's coefficient, Krippendorff's
    (FOUR_RATERS, identity, 0.818181818, 0.775444068, 0.743421053),
    (FOUR_RATERS, linear, 0.939393939, 0.858739136, 0.800383877),
    (FOUR_RATERS, quadratic, 0.975378788, 0.914000724, 0.849107143),
    (FIVE_OBSERVERS, identity, 0.615555556, 0.496622055, 0.480530240),
    (FIVE_OBSERVERS, linear, 0.860740741, 0.689639423, 0.635208221),
    (FIVE_OBSERVERS, quadratic, 0.946172840, 0.830433573, 0.771864809),
]


def votes(ratings: list[list[int | None]]) -> Votes:
    categories = sorted({one for row in ratings for one in row if one is not None})
    return Votes.of(Counter(tuple(row.count(one) for one in categories) for row in ratings))


@pytest.mark.parametrize(("ratings", "weights", "raw", "of_gwet", "of_krippendorff"), OF_IRRCAC)
def test_it_gives_the_figures_of_irrcac_for_its_examples(ratings, weights, raw, of_gwet, of_krippendorff):
    of = votes(ratings)
    by, once = weights(of.counts.shape[1]), of.times[None, :]
    assert observed(of, once, by)[0] == pytest.approx(raw, abs=1e-9)
    assert gwet(of, once, by)[0] == pytest.approx(of_gwet, abs=1e-9)
    assert alpha(of, once, by)[0] == pytest.approx(of_krippendorff, abs=1e-9)


def rated(comparisons: int, seed: int, sure: float = 0.8) -> list[list[int | None]]:
    """On eight steps, by two to five people, who are often about right."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(comparisons):
        truth = random.integers(8)
        near = [int(np.clip(round(random.normal(truth, 2 * (1 - sure) * 4)), 0, 7)) for _ in range(5)]
        rows.append([one if place < 2 or random.random() < 0.4 else None for place, one in enumerate(near)])
    return rows


@pytest.mark.parametrize(("weights", "metric"), [(identity, "nominal"), (quadratic, "interval")])
@pytest.mark.parametrize("seed", range(5))
def test_it_gives_krippendorffs_alpha_for_any_ratings(weights, metric, seed):
    ratings = rated(60, seed)
    of = Votes.of(Counter(tuple(row.count(one) for one in range(8)) for row in ratings))
    table = np.array(ratings, dtype=float).T
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement=metric, value_domain=list(range(8)))
    assert alpha(of, of.times[None, :], weights(8))[0] == pytest.approx(expected)


def test_where_nearly_all_choose_the_same_ac1_says_that_they_agree_and_alpha_does_not():
    """27 pairs judged by two, who differ on two of them, 96 % of all votes for the first: why both are shown."""
    votes = Votes.of({(0, 2): 25, (1, 1): 2})
    once, by = votes.times[None, :], identity(2)
    assert observed(votes, once, by)[0] == pytest.approx(0.926, abs=5e-4)
    assert gwet(votes, once, by)[0] == pytest.approx(0.92, abs=5e-3)
    assert alpha(votes, once, by)[0] == pytest.approx(-0.02, abs=5e-3)


def on_steps(*pairs: tuple[int, ...], times: int = 1) -> dict[tuple[int, ...], int]:
    """Comparisons by the steps that were said of each."""
    return {tuple(said.count(step) for step in STEPS): times for said in pairs}


def test_the_choice_knows_no_degree_and_the_scale_does():
    found = estimates(Votes.of(on_steps((4, 1), times=30) | on_steps((-4, -1), times=30)))
    assert found["raw"].value == found["ac1"].value == 1
    assert 0 < found["ac2"].value < 1
    barely = estimates(Votes.of(on_steps((1, -1), (2, 2), (-3, -3), times=30)))
    assert barely["raw"].value == pytest.approx(2 / 3), "barely better here or there is another choice"
    assert barely["ac2"].value > 0.95, "and one step of seven"


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Of 200 samples of 80 comparisons out of one population, 95 % intervals of AC2: nominal coverage 190."""
    population = Counter(tuple(row.count(one) for one in range(8)) for row in rated(20_000, seed=1))
    everything = Votes.of(population)
    truth = gwet(everything, everything.times[None, :], quadratic(8))[0]
    held = 0
    for sample in everything_sampled(everything, 200, 80):
        found = estimates(sample, draws=300)["ac2"]
        held += found.low <= truth <= found.high
    assert 176 <= held <= 199


def everything_sampled(votes: Votes, samples: int, size: int):
    random = np.random.default_rng(7)
    for drawn in random.multinomial(size, votes.times / votes.times.sum(), size=samples):
        there = drawn > 0
        yield Votes(votes.counts[there], drawn[there])


def test_the_same_votes_give_the_same_intervals():
    of = Votes.of(on_steps((3, 2), (4, -1), (1, 1), times=20))
    assert estimates(of) == estimates(of)
    assert estimates(of, seed=1)["ac2"].low != estimates(of, seed=2)["ac2"].low


@pytest.mark.parametrize("patterns", [on_steps((3, -2), times=9), on_steps((3, 3), times=500)])
def test_no_interval_is_given_where_so_few_or_so_equal_votes_tell_nothing(patterns):
    found = estimates(Votes.of(patterns))
    assert [(found[name].low, found[name].high) for name in COEFFICIENTS] == list(repeat((None, None), 6))


def test_alpha_is_not_known_where_all_say_the_same():
    found = estimates(Votes.of(on_steps((3, 3), times=40)))
    assert (found["ac1"].value, found["alpha_choice"].value, found["alpha_scale"].value) == (1, None, None)
