"""How often each model version wins against the others, whoever it met: Bradley-Terry strengths by evalica. Pure.

A version that met a weak one often wins often; its strength does not depend on that. What is shown is the mean of its
chances against each of the others, which for two versions is the plain share of wins.
"""

from dataclasses import dataclass

import numpy as np

from labeling.rewards.report.held import Booleans, Floats, Integers
from labeling.rewards.report.resampling import Figure, Resampled, figure

DRAWS = 200  # of each, strengths are found anew
BARELY = 0.01  # of a game that either of two has won: who always wins would be infinitely strong
LIMIT = 1000  # steps in which strengths are found


@dataclass(frozen=True)
class Games:
    """One for each judgement of two different versions: which two by their keys, and whether the first was chosen."""

    first: Integers
    second: Integers
    first_won: Booleans
    root: Integers

    def __len__(self) -> int:
        return len(self.root)

    def among(self, which: Booleans) -> "Games":
        return Games(self.first[which], self.second[which], self.first_won[which], self.root[which])


@dataclass(frozen=True)
class Standing:
    version: int
    games: int
    won: int
    rate: Figure


def standings(games: Games, draws: int = DRAWS) -> list[Standing]:
    """The strongest first."""
    if not len(games):
        return []
    versions = np.unique(np.concatenate([games.first, games.second]))
    winner = np.searchsorted(versions, np.where(games.first_won, games.first, games.second))
    loser = np.searchsorted(versions, np.where(games.first_won, games.second, games.first))
    won = np.stack([winner, loser], axis=1)
    meetings = np.unique(np.concatenate([won, won[:, ::-1]]), axis=0)
    which = (won[:, None] == meetings[None]).all(2)
    again = Resampled.of(games.root, draws)
    rates = np.stack([chances(meetings, times, len(versions)) for times in again.sums(which.astype(np.float64))])
    found = []
    for place, version in enumerate(versions.tolist()):
        theirs = (winner == place) | (loser == place)
        rate = figure(rates[:, place], len(np.unique(again.place[theirs])), int(theirs.sum()))
        found.append(Standing(version, int(theirs.sum()), int((winner == place).sum()), rate))
    return sorted(found, key=lambda one: -(one.rate.value or 0))


def chances(meetings: Integers, times: Floats, versions: int) -> Floats:
    """(versions,) the mean of each one's chances against the others, from how often who beat whom; NaN for one that
    met nobody. `meetings` has every two that ever met both ways round."""
    from evalica import Winner, bradley_terry  # and with it pandas, which no page but this one needs

    one, other = meetings[:, 0], meetings[:, 1]
    strength = bradley_terry(
        one.tolist(), other.tolist(), [Winner.X] * len(one), weights=(times + BARELY).tolist(), limit=LIMIT
    ).scores.reindex(range(versions))
    known = strength.to_numpy(dtype=np.float64)
    beats = known[:, None] / (known[:, None] + known[None, :])
    np.fill_diagonal(beats, 0.0)
    games = np.bincount(one, times, versions) + np.bincount(other, times, versions)
    return np.where(games > 0, beats.sum(1) / (versions - 1), np.nan)
