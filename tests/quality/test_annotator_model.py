"""Each comparison's answer and each annotator's skill and biases: what the model finds of annotators made for it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from labeling.quality.annotator_model import LENGTH, SIDE, SKILL, Estimate, Judgements, estimate
from labeling.quality.model_evidence import figures, found
from tests.benchmarks.plain_votes import majority, right
from tests.benchmarks.simulated_annotators import SUBJECTS, Pool, mute, pool


def said(rows: list[tuple[int, int, bool, bool, float, int]], known: list[int], annotators: int) -> Judgements:
    """Rows of annotator, comparison, whether the first was chosen, whether it stood left, doublings, degree."""
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0, int)] * 6
    return Judgements(
        *columns[:2], columns[2].astype(bool), columns[3].astype(bool), columns[4].astype(float), columns[5],
        np.array(known), annotators,
    )  # fmt: skip


def of_kind(pool: Pool, kind: str) -> np.ndarray:
    return np.array([annotator.kind == kind for annotator in pool.annotators])


@pytest.fixture(scope="module")
def mixed() -> tuple[Pool, Estimate]:
    one = pool(seed=7, good_share=0.4)
    return one, estimate(one.judgements)


def points(share: float, muted: bool = False) -> float:
    """More right answers than the majority has, in points, of four pools."""
    more = []
    for seed in range(4):
        one = pool(seed, share)
        judgements = mute(one.judgements, seed) if muted else one.judgements
        found = right(estimate(judgements).first_better, one.answer)
        more.append(100 * float((found - right(majority(judgements), one.answer)).mean()))
    return float(np.mean(more))


def test_it_finds_more_answers_than_the_majority_the_more_people_have_faults():
    clean, some, many = (points(share) for share in (1.0, 0.8, 0.4))
    assert clean > 0.5
    assert some > 1.5
    assert many > 3.5


def test_it_is_a_majority_where_all_are_good_and_degrees_mean_nothing():
    assert points(1.0, muted=True) > -0.2


def test_it_finds_the_sides_and_lengths_that_people_prefer(mixed):
    one, its = mixed
    true = np.array([[annotator.side, annotator.length] for annotator in one.annotators])
    biased = [of_kind(one, "position"), of_kind(one, "length")]
    for column, which, people in zip((SIDE, LENGTH), (0, 1), biased, strict=True):
        assert (np.sign(its.people[people, column]) == np.sign(true[people, which])).all()
        assert np.abs(its.people[people, column]).min() > np.abs(its.people[of_kind(one, "good"), column]).max()


def test_it_finds_that_who_guesses_has_no_skill(mixed):
    one, its = mixed
    assert its.people[of_kind(one, "random"), SKILL].max() < 0.3
    assert its.people[of_kind(one, "good"), SKILL].min() > 0.4


def test_it_is_the_same_whichever_response_is_called_the_first(mixed):
    one, its = mixed
    those = one.judgements
    other = replace(those, chose_first=~those.chose_first, first_left=~those.first_left, doublings=-those.doublings)
    again = estimate(other)
    assert np.allclose(again.first_better, 1 - its.first_better, atol=1e-9)
    assert np.allclose(again.people, its.people, atol=1e-9)


def test_it_makes_no_difference_who_likes_strong_words(mixed):
    one, its = mixed
    loud = of_kind(one, "good") & (np.arange(40) % 2 == 0)
    degree = np.where(loud[one.judgements.annotator], np.minimum(one.judgements.degree + 1, 4), one.judgements.degree)
    again = estimate(replace(one.judgements, degree=degree))
    assert np.mean((again.first_better > 0.5) == (its.first_better > 0.5)) > 0.95
    assert again.people[loud, SKILL].mean() == pytest.approx(its.people[loud, SKILL].mean(), abs=0.1)


def test_it_learns_what_a_degree_is_worth(mixed):
    one, its = mixed
    assert its.scores[0] * 3 < its.scores[3]
    assert (np.diff(its.scores) > 0).all()
    nothing = estimate(mute(one.judgements, 1)).scores
    assert np.abs(nothing - 1).max() < 0.3


def test_it_takes_longer_responses_for_no_better_when_it_gives_the_answer():
    one = pool(seed=3, good_share=1.0)
    unseen = len(one.answer)
    judgements = replace(one.judgements, known=np.append(one.judgements.known, 0))
    its = estimate(judgements)
    assert its.longer > 0.1
    assert its.first_better[unseen] == 0.5


def test_it_believes_known_answers_and_learns_from_them_about_people():
    one = pool(seed=5, good_share=0.4, overlapped=0.15)
    known = np.where(np.arange(1500) < 500, one.answer, 0)
    its, blind = estimate(replace(one.judgements, known=known)), estimate(one.judgements)
    assert (its.first_better[:500] == (one.answer[:500] > 0)).all()
    random, good = of_kind(one, "random"), of_kind(one, "good")

    def apart(those: Estimate) -> float:
        return those.people[good, SKILL].mean() - those.people[random, SKILL].mean()

    assert apart(its) > apart(blind) + 0.1


def test_few_judgements_say_little_about_anybody():
    one = pool(seed=9, good_share=1.0)
    newcomer = one.judgements.annotators
    rows = [[newcomer] * 3, [0, 1, 2], [one.answer[0] < 0, one.answer[1] < 0, one.answer[2] < 0], [True] * 3]
    names = ("annotator", "comparison", "chose_first", "first_left", "doublings", "degree")
    joined = [
        np.append(getattr(one.judgements, name), added)
        for name, added in zip(names, [*rows, [0.0] * 3, [4] * 3], strict=True)
    ]
    judgements = Judgements(*joined, known=one.judgements.known, annotators=newcomer + 1)
    shown = figures(estimate(judgements)).right
    assert shown.value[newcomer] > 0.6  # three misses in a pool of good people
    width = shown.high - shown.low
    assert width[newcomer] > 1.3 * width[:newcomer].mean()
    assert width[newcomer] > width[:newcomer].max()


def test_nobody_and_nothing_is_an_estimate_too():
    assert estimate(said([], [], 0)).first_better.shape == (0,)
    its = estimate(said([], [0, 1], 3))
    assert its.first_better.tolist() == [0.5, 1.0]
    assert (its.people == [0.7, 0, 0]).all()
    lone = estimate(said([(0, 0, True, True, 0.0, 3)], [0], 1))
    assert 0.6 < lone.first_better[0] < 0.95


def test_more_and_stronger_votes_are_surer():
    once = [(0, 0, True, True, 0.0, 2)]
    twice = [*once, (1, 0, True, False, 0.0, 2)]
    strong = [(0, 0, True, True, 0.0, 4), (1, 0, True, False, 0.0, 2)]
    against = [*once, (1, 0, False, True, 0.0, 2)]
    sure = [estimate(said(rows, [0], 2)).first_better[0] for rows in (once, twice, strong, against)]
    assert 0.5 < sure[0] < sure[1] < sure[2]
    assert sure[3] == pytest.approx(0.5, abs=0.02)


@pytest.fixture(scope="module")
def looked_at() -> dict[str, np.ndarray]:
    """Shares of people of a kind of whom something is found, of four pools: (guesses, sided, length, tires, view)."""
    rows: dict[str, list[list[bool]]] = {}
    for seed in range(4):
        one = pool(seed, good_share=0.5)
        seen = found(one.judgements, estimate(one.judgements), one.subject, SUBJECTS, one.late)
        columns = [seen.guesses, seen.one_sided, seen.by_length, seen.tires, seen.dissents.any(axis=1)]
        for annotator, row in zip(one.annotators, zip(*columns, strict=True), strict=True):
            rows.setdefault(annotator.kind, []).append(list(row))
    return {kind: np.mean(those, axis=0) for kind, those in rows.items()}


def test_it_finds_whoever_guesses_or_chooses_by_side_or_length(looked_at):
    assert looked_at["random"][0] > 0.7
    assert looked_at["position"][1] > 0.9
    assert looked_at["one-sided"][1] == 1
    assert looked_at["length"][2] > 0.8


def test_it_finds_who_tires_once_they_have_judged_much():
    one = pool(seed=3, good_share=0.5, comparisons=6000)
    tires = found(one.judgements, estimate(one.judgements), one.subject, SUBJECTS, one.late).tires
    assert tires[of_kind(one, "fatigued")].mean() > 0.6
    assert tires[of_kind(one, "good")].mean() < 0.1


def test_it_finds_hardly_anything_of_the_good(looked_at):
    assert looked_at["good"].max() < 0.03


def test_another_view_is_found_as_one_and_not_taken_for_guessing(looked_at):
    assert looked_at["minority"][4] > 0.4
    assert looked_at["minority"][:3].max() == 0
    others = [looked_at[kind][4] for kind in ("good", "noisy", "position", "length", "random", "one-sided")]
    assert max(others) < 0.05


def test_intervals_of_what_side_people_prefer_hold_it():
    """What is behind the figure is a bias that is as much of their noise."""
    inside = []
    for seed in range(5):
        one = pool(seed, good_share=1.0)
        its = figures(estimate(one.judgements)).left
        noise = np.array([a.noise * (1 + a.fading / 2) for a in one.annotators])
        side = np.array([a.side for a in one.annotators])
        true = ndtr(side / noise)
        inside.append((its.low <= true) & (true <= its.high))
    assert np.mean(inside) > 0.9
