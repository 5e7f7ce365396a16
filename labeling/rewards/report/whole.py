"""A whole report, as JSON takes it. Pure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labeling.quality.agreement import DRAWS, SEED
from labeling.rewards.report.accuracy import baselines, broken_down, by_degree, hits, length_matched
from labeling.rewards.report.calibration import calibration
from labeling.rewards.report.held import Held
from labeling.rewards.report.lengths import length_bias
from labeling.rewards.report.llama2 import TABLE
from labeling.rewards.report.margins import margins, worst
from labeling.rewards.report.resampling import Resampled
from labeling.rewards.report.unsafe import unsafe

VERSION = 1


def report(trained_on: str, held: Mapping[str, Held], left_out: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Of a model of one axis, on what is held out of every axis. `left_out` says, by axis and why, of how many
    comparisons nothing is said here."""
    axes = {axis: {"left_out": dict(left_out[axis]), **of_axis(trained_on, axis, one)} for axis, one in held.items()}
    return {"version": VERSION, "trained_on": trained_on, "draws": DRAWS, "seed": SEED, "axes": axes}


def of_axis(trained_on: str, axis: str, held: Held) -> dict[str, Any]:
    if not len(held):
        return {"comparisons": 0, "prompts": 0}
    again = Resampled.of(held.root)
    return {
        "comparisons": len(held),
        "prompts": len(np.unique(held.root)),
        "accuracy": by_degree(held, again, hits(held.margin)),
        "llama2": dict(TABLE[trained_on, axis]),
        "baselines": baselines(held, again),
        "length_matched": length_matched(held, again),
        "by": broken_down(held, again),
        "calibration": calibration(held, again),
        "length": length_bias(held, again),
        "unsafe": unsafe(held, again) if trained_on == "safety" else None,
        "margins": margins(held),
        "worst": worst(held),
    }
