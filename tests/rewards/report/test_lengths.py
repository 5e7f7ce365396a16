"""Whether length is rewarded, beside what people do."""

from dataclasses import replace

import numpy as np
import pytest

from labeling.rewards.report.lengths import length_bias
from labeling.rewards.report.resampling import Resampled
from tests.rewards.report.pairs import drawn, flipped


def test_a_model_that_rewards_length_alone_is_found_out_beside_people_who_do_not():
    one = drawn(600)
    one = replace(one, first=np.log2(one.first_chars), second=np.log2(one.second_chars))
    found = length_bias(one, Resampled.of(one.root))
    assert found["model"]["value"] == 1.0 and found["correlation"]["value"] == pytest.approx(1)
    assert found["people"]["low"] < 0.5 < found["people"]["high"]
    assert length_bias(flipped(one), Resampled.of(one.root)) == found
