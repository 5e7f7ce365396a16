"""The quick reward model's head: what it learns, and how sure it says it is."""

from dataclasses import replace

import numpy as np
import pytest

from labeling.rewards.head import (
    FOLDS,
    Preferences,
    choose,
    fit,
    folded,
    losses,
    moderated,
    most_probable,
    of,
    sigmoid,
    unseen,
)


def simulated(n: int = 600, d: int = 12, *, loudness: float = 2.0, seed: int = 0) -> tuple[Preferences, np.ndarray]:
    """Preferences drawn from a true weight, five of each root; the smaller the loudness the more of it is chance."""
    random = np.random.default_rng(seed)
    weight = random.normal(size=d) * loudness / np.sqrt(d)
    features = random.normal(size=(n, 2, d)).astype(np.float32)
    odds = (features[:, 0] - features[:, 1]) @ weight
    share = (random.random(n) < sigmoid(odds)).astype(float)
    return Preferences(features, share, np.ones(n), np.arange(n) // 5), weight


def test_it_finds_what_people_go_by():
    preferences, weight = simulated(n=4000)
    assert fit(preferences, 1.0).weight == pytest.approx(weight, abs=0.15)


def test_it_is_the_maximum_of_the_formula():
    """Bradley and Terry's likelihood times the prior, on numbers small enough to write down."""
    features = np.array([[[1.0], [0.0]], [[0.0], [1.0]], [[1.0], [0.0]]])
    preferences = Preferences(features, np.array([1.0, 0.0, 0.25]), np.array([1.0, 1.0, 2.0]), np.arange(3))
    [weight] = most_probable(preferences.differences(), preferences, 0.5)
    won, lost = 1 + 1 + 2 * 0.25, 2 * 0.75  # for the response with the feature, and against it
    slope = won * (1 - 1 / (1 + np.exp(-weight))) - lost / (1 + np.exp(-weight)) - 0.5 * weight
    assert slope == pytest.approx(0, abs=1e-5)
    assert losses(np.array([np.log(3)]), of(preferences, np.array([False, False, True]))) == pytest.approx(
        2 * (-0.25 * np.log(0.75) - 0.75 * np.log(0.25))
    )


def test_how_sure_it_is_is_the_formula_too():
    """With one feature the posterior's variance is one over (the prior's precision plus what each pair tells)."""
    features = np.array([[[2.0], [0.0]], [[0.0], [2.0]]])
    preferences = Preferences(features, np.array([1.0, 0.0]), np.ones(2), np.arange(2))
    head = fit(preferences, 3.0)
    share = sigmoid(np.array([2 * head.weight[0]]))[0]
    variance = 1 / (3.0 + 2 * share * (1 - share))  # of the weight of the feature divided by its spread, which is 2
    assert head.spread(np.array([[[6.0], [0.0]]])) == pytest.approx(3 * np.sqrt(variance))


def test_which_of_two_is_called_the_first_makes_no_difference():
    preferences, _ = simulated()
    turned = replace(preferences, features=preferences.features[:, ::-1], share=1 - preferences.share)
    there, here = fit(preferences, 1.0), fit(turned, 1.0)
    assert here.weight == pytest.approx(there.weight, abs=1e-6)
    assert here.spread(turned.features) == pytest.approx(there.spread(preferences.features))


def test_two_who_agree_count_as_two():
    preferences, _ = simulated(n=50)
    twice = Preferences(*(np.concatenate([part, part]) for part in vars(preferences).values()))
    assert fit(replace(preferences, weight=np.full(50, 2.0)), 1.0).weight == pytest.approx(
        fit(twice, 1.0).weight, abs=1e-5
    )


def test_the_unit_of_a_feature_makes_no_difference():
    preferences, _ = simulated()
    unit = np.geomspace(0.01, 100, preferences.features.shape[2])
    scaled = replace(preferences, features=preferences.features * unit)
    first, second = fit(preferences, 1.0), fit(scaled, 1.0)
    assert second.rewards(scaled.features) == pytest.approx(first.rewards(preferences.features), abs=1e-4)
    assert second.spread(scaled.features) == pytest.approx(first.spread(preferences.features), rel=1e-4)


def test_a_feature_that_never_differs_changes_nothing():
    preferences, _ = simulated()
    same = np.repeat(np.random.default_rng(1).normal(size=(600, 1, 2)), 2, axis=1)
    more = replace(preferences, features=np.concatenate([preferences.features, same], axis=2))
    assert fit(more, 1.0).weight[-2:] == pytest.approx(0)
    assert fit(replace(preferences, features=np.zeros((600, 2, 3))), 1.0).weight == pytest.approx(0)


def test_the_more_it_has_seen_the_surer_it_is():
    new = simulated(seed=9)[0].features
    spreads = [fit(simulated(n=n)[0], 1.0).spread(new).mean() for n in (50, 500, 5000)]
    assert spreads[0] > 2 * spreads[1] > 4 * spreads[2]


def test_it_is_less_sure_of_what_is_unlike_all_that_it_has_seen():
    head = fit(simulated()[0], 1.0)
    usual = simulated(seed=9)[0].features
    assert (head.spread(10 * usual) > 5 * head.spread(usual)).all()


def test_who_is_unsure_predicts_nearer_to_one_half():
    difference = np.array([2.0, 2.0, -2.0, 0.0])
    found = moderated(difference, np.array([0.0, 3.0, 3.0, 3.0]))
    assert found == pytest.approx([sigmoid(np.array([2.0]))[0], 0.719, 0.281, 0.5], abs=0.001)


@pytest.mark.parametrize("seed", range(3))
def test_what_it_says_is_80_percent_sure_is_about_so(seed: int):
    """Fitted on so few that the most probable weights alone are far too sure."""
    few, truth = simulated(n=40, d=30, seed=seed)
    later, _ = simulated(n=4000, d=30, seed=seed + 100)
    odds = (later.features[:, 0] - later.features[:, 1]) @ truth
    share = (np.random.default_rng(seed).random(4000) < sigmoid(odds)).astype(float)
    head = fit(few, 2.0)
    difference = np.subtract(*head.rewards(later.features).T)
    plain, drawn_in = sigmoid(difference), moderated(difference, head.spread(later.features))

    def loss(first_better: np.ndarray) -> float:
        return float(-np.log(np.where(share > 0.5, first_better, 1 - first_better)).mean())

    assert loss(drawn_in) < loss(plain)


def test_the_strength_that_predicts_best_is_chosen():
    clear, noisy = simulated(n=3000, loudness=4.0)[0], simulated(n=100, loudness=0.2)[0]
    assert choose(clear).strength < choose(noisy).strength
    chosen = choose(noisy)
    assert chosen.loss[chosen.strength] == min(chosen.loss.values())


def test_those_that_begin_alike_are_in_one_fold():
    root = np.random.default_rng(0).integers(0, 50, 1000)
    folds = folded(root)
    assert all(len(set(folds[root == one])) == 1 for one in set(root))
    assert set(folds) == set(range(FOLDS))


def test_a_preference_is_judged_by_a_head_that_has_not_seen_its_prompt():
    preferences, _ = simulated()
    before = unseen(preferences, 1.0)
    lied = np.where(preferences.root == 3, 1 - preferences.share, preferences.share)
    after = unseen(replace(preferences, share=lied), 1.0)
    assert after[preferences.root == 3] == pytest.approx(before[preferences.root == 3])
    assert not np.allclose(after, before)


def test_the_same_preferences_make_the_same_head():
    one, other = (fit(simulated()[0], choose(simulated()[0]).strength) for _ in range(2))
    assert (one.weight == other.weight).all()
    assert (one.precision == other.precision).all()


def test_the_mean_reward_of_what_it_was_fitted_to_is_0():
    preferences, _ = simulated()
    shifted = replace(preferences, features=preferences.features + 5)
    assert fit(shifted, 1.0).rewards(shifted.features).mean() == pytest.approx(0, abs=1e-5)
