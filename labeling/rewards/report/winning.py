"""How often each model version wins against the others, whoever it met: Bradley-Terry strengths by evalica. Pure.

A version that met a weak one often wins often; its strength does not depend on that. What is shown is the mean of its
chances against each of the others, which for two versions is the plain share of wins.

Two prompts of which the same came are the same to every figure, so what is read here is each pattern once, with how
often it came, as in quality/agreement.py: to resample the prompts is one multinomial draw over these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeling.quality.agreement import SEED
from labeling.rewards.report.held import Floats, Integers
from labeling.rewards.report.resampling import Figure, figure

DRAWS = 200  # of each, strengths are found anew
BARELY = 0.01  # of a game that either of two has won: who always wins would be infinitely strong
LIMIT = 1000  # steps in which strengths are found
Pattern = tuple[tuple[int, int, bool, int], ...]
"""What came of one prompt: who won, who lost, whether by giving no response, and how often."""


@dataclass(frozen=True)
class Games:
    """`meetings` (k x 2) are places in `versions`, every two that ever met both ways round: the winner and the loser.
    `counts` (patterns x k) says how often that came of one prompt, `failed` how many of these were lost by giving no
    response; `times` of how many prompts."""

    versions: Integers
    meetings: Integers
    counts: Floats
    failed: Floats
    times: Integers

    @classmethod
    def of(cls, patterns: Mapping[Pattern, int]) -> "Games":
        """In one order, so that the same games are resampled alike."""
        ordered = sorted(patterns.items())
        met = {(winner, loser) for pattern, _times in ordered for winner, loser, _failed, _n in pattern}
        meetings = sorted(met | {(loser, winner) for winner, loser in met})
        column = {meeting: place for place, meeting in enumerate(meetings)}
        counts, failed = np.zeros((2, len(ordered), len(meetings)))
        for row, (pattern, _times) in enumerate(ordered):
            for winner, loser, none_came, n in pattern:
                counts[row, column[winner, loser]] += n
                failed[row, column[winner, loser]] += n * none_came
        keys = np.array(meetings, dtype=np.int64).reshape(-1, 2)
        versions = np.unique(keys)
        times = np.array([times for _pattern, times in ordered], dtype=np.int64)
        return cls(versions, np.searchsorted(versions, keys), counts, failed, times)

    def resampled(self, draws: int) -> Integers:
        """(1 + draws x patterns) how often each is among as many prompts: the sample itself, then draws of it."""
        again = np.random.default_rng(SEED).multinomial(self.times.sum(), self.times / self.times.sum(), size=draws)
        return np.concatenate([self.times[None, :], again])


@dataclass(frozen=True)
class Standing:
    """`failed` are the games that it lost by giving no response."""

    version: int
    games: int
    won: int
    failed: int
    rate: Figure


def standings(games: Games, draws: int = DRAWS) -> list[Standing]:
    """The strongest first."""
    if not len(games.times):
        return []
    each = games.resampled(draws) @ games.counts
    rates = np.stack([chances(games.meetings, times, len(games.versions)) for times in each])
    failed, found = games.times @ games.failed, []
    for place, version in enumerate(games.versions.tolist()):
        wins, losses = (games.meetings[:, side] == place for side in (0, 1))
        played = int(each[0][wins | losses].sum())
        told = int(games.times[games.counts[:, wins | losses].any(1)].sum())
        rate = figure(rates[:, place], told, played)
        found.append(Standing(version, played, int(each[0][wins].sum()), int(failed[losses].sum()), rate))
    return sorted(found, key=lambda one: -(one.rate.value or 0))


def chances(meetings: Integers, times: Floats, versions: int) -> Floats:
    """(versions,) the mean of each one's chances against the others, from how often who beat whom; NaN for one that
    met nobody."""
    from evalica import Winner, bradley_terry  # and with it pandas, which nothing but this needs

    one, other = meetings[:, 0], meetings[:, 1]
    strength = bradley_terry(
        one.tolist(), other.tolist(), [Winner.X] * len(one), weights=(times + BARELY).tolist(), limit=LIMIT
    ).scores.reindex(range(versions))
    known = strength.to_numpy(dtype=np.float64)
    beats = known[:, None] / (known[:, None] + known[None, :])
    np.fill_diagonal(beats, 0.0)
    games = np.bincount(one, times, versions) + np.bincount(other, times, versions)
    return np.where(games > 0, beats.sum(1) / (versions - 1), np.nan)
