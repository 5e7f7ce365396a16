"""How often a model prefers what people prefer, and beside what."""

import numpy as np
import pytest

from labeling.rewards.report.accuracy import baselines, broken_down, by_degree, by_length, hits, length_matched
from labeling.rewards.report.resampling import Resampled
from tests.rewards.report.pairs import drawn, flipped, held


def again(one) -> Resampled:
    return Resampled.of(one.root)


def test_who_cannot_tell_is_right_half_of_the_time():
    assert hits(np.array([2.0, 0.0, -0.1])).tolist() == [1.0, 0.5, 0.0]


def test_it_is_counted_by_degree_and_in_all():
    one = held([1, 1, -1, 1, -1, -1], degree=[4, 4, 4, 1, 1, 0])
    found = by_degree(one, again(one), hits(one.margin))
    assert found["4"]["value"] == pytest.approx(2 / 3) and found["4"]["n"] == 3
    assert found["1"]["value"] == 0.5 and found["3"]["value"] is None
    assert found["overall"]["value"] == 0.5 and found["overall"]["n"] == 6


def test_which_response_is_called_the_first_changes_nothing():
    one = drawn(300)
    there, back = (by_degree(each, again(each), hits(each.margin)) for each in (one, flipped(one)))
    assert there == back


@pytest.mark.parametrize(("longer", "name"), [(3, "longer"), (1, "shorter")])
def test_the_simple_rule_about_length_is_the_better_of_two(longer, name):
    one = held([0] * 4, first_chars=[200] * longer + [50] * (4 - longer), second_chars=[100] * 4)
    assert by_length(one)[0] == name
    found = baselines(one, again(one))["length"]
    assert found["prefers"] == name and found["overall"]["value"] == 0.75


def test_data_whose_order_tells_the_answer_is_found_out():
    one = held([0.0] * 20)
    found = baselines(one, again(one))["majority"]
    assert found["prefers"] == "first" and found["overall"]["value"] == 1.0


def test_where_lengths_are_alike_length_says_nothing_and_the_model_is_counted_alone():
    one = held([1, 1, -1, -1], first_chars=[100, 105, 100, 900], second_chars=[100, 100, 100, 100])
    found = length_matched(one, again(one))
    assert found["model"]["n"] == 3 and found["model"]["value"] == pytest.approx(2 / 3)


def test_a_comparison_counts_under_each_of_its_keys():
    keys = {"cohort": [("1",), ("1", "2"), (), ("2",)]}
    one = held([1, -1, 1, 1], groups=keys, first_safe=[1, 1, 0, np.nan], second_safe=[0, 1, 0, 1])
    found = broken_down(one, again(one))
    assert [(row["key"], row["n"], row["value"]) for row in found["cohort"]] == [("1", 2, 0.5), ("2", 2, 0.5)]
    assert {row["key"]: row["value"] for row in found["bin"]} == {
        **{"chosen_safe": 1.0, "both_safe": 0.0, "both_unsafe": 1.0}
    }
