"""The simpler ways to an answer that the simulation compares with are those that crowd-kit has."""

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks.plain_votes import dawid_skene, majority, right, single
from tests.benchmarks.simulated_annotators import pool

ROUNDS = 8


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pandas, in crowd-kit
@pytest.mark.parametrize("overlapped", [1.0, 0.3])
def test_they_give_what_crowd_kit_gives(overlapped):
    from crowdkit.aggregation import DawidSkene, MajorityVote

    judgements = pool(seed=4, good_share=0.6, comparisons=200, people=12, overlapped=overlapped).judgements
    label = np.where(judgements.chose_first, "first", "second")
    frame = pd.DataFrame({"task": judgements.comparison, "worker": judgements.annotator, "label": label})
    votes = MajorityVote().fit_predict_proba(frame)["first"].sort_index()
    assert majority(judgements) == pytest.approx(votes.to_numpy())
    model = DawidSkene(n_iter=ROUNDS, tol=-np.inf).fit_predict_proba(frame)["first"].sort_index()
    assert dawid_skene(judgements, ROUNDS) == pytest.approx(model.to_numpy(), abs=1e-9)


def test_a_tie_is_a_coins_toss_and_the_first_judgement_is_the_first():
    judgements = pool(seed=4, good_share=0.6, comparisons=50, people=5).judgements
    assert right(np.array([0.5, 0.2, 0.9]), np.array([1, -1, -1])).tolist() == [0.5, 1, 0]
    for comparison in range(50):
        first = np.flatnonzero(judgements.comparison == comparison)[0]
        assert single(judgements)[comparison] == judgements.chose_first[first]
