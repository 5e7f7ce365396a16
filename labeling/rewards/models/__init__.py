"""What it is for: reward models that are trained on snapshots, and what they say of comparisons and of others."""

from labeling.rewards.models.encoding import Encoder, Encoding
from labeling.rewards.models.opinion import Opinion
from labeling.rewards.models.overview import Overview
from labeling.rewards.models.run import AT_WORK, UNFINISHED, Run
from labeling.rewards.models.score import Score

__all__ = ["AT_WORK", "UNFINISHED", "Encoder", "Encoding", "Opinion", "Overview", "Run", "Score"]
