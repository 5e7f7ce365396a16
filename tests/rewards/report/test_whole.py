"""A whole report."""

import json
from dataclasses import replace

from labeling.rewards.report.whole import report
from tests.rewards.report.pairs import drawn, held


def test_a_report_is_json_of_both_axes_and_says_what_is_left_out():
    groups = {"round": [("1",)] * 40 + [("2",)] * 60}
    one, none = replace(drawn(100), groups=groups), held([])
    left_out = {"divided": 2, "unscored": 1}
    found = report("helpfulness", {"helpfulness": one, "safety": none}, {"helpfulness": left_out, "safety": left_out})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["axes"]["safety"] == {"left_out": left_out, "comparisons": 0, "prompts": 0}
    helpful = found["axes"]["helpfulness"]
    assert helpful["comparisons"] == 100 and helpful["unsafe"] is None
    assert [row["n"] for row in helpful["by"]["round"]] == [60, 40]
    assert helpful["llama2"]["overall"] == 0.632
