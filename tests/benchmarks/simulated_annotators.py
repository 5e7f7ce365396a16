"""Annotators whose faults are known, and what they say about comparisons whose answers are known.

Nothing here knows of the model that is to find them out: gaps are differences of two skewed qualities, people have
lapses, biases add to what is perceived, everybody has their own idea of the degrees, and the degree comes from what was
perceived, never from the answer.
"""

from dataclasses import dataclass, replace

import numpy as np

from labeling.quality.annotator_model import Judgements

SUBJECTS = 4
SITTING = 40  # judgements, after which people have rested
LENGTHS = 0.7  # standard deviation of log2 of the two lengths' ratio
LONGER_IS_BETTER = 0.2  # correlation of that with the gap
DEGREES_BEGIN = (0.4, 0.9, 1.6)  # at this size of what is perceived, where the standard deviation of the gaps is 1
FAULTS = ("noisy", "position", "length", "random", "one-sided", "fatigued", "minority")


@dataclass(frozen=True)
class Annotator:
    kind: str
    noise: float  # standard deviation of what is perceived
    lapses: float  # share of answers that are given at random
    side: float  # how much better a response seems because it stands left
    length: float  # how much better a response seems because it is twice as long
    fading: float  # how many times the noise is added to itself until the end of a sitting
    scale: float  # what makes a degree must be so many times as much
    left: float = 0.5  # share of the left response among answers that are given at random
    dissents: bool = False  # sees everything on the first subject the other way round


@dataclass(frozen=True)
class World:
    """What is to be judged, by whom."""

    annotators: list[Annotator]
    gap: np.ndarray  # (C,)
    doublings: np.ndarray  # (C,)
    subject: np.ndarray  # (C,)

    @property
    def answer(self) -> np.ndarray:
        return np.where(self.gap > 0, 1, -1)

    def perceived(
        self,
        person: np.ndarray,
        comparison: np.ndarray,
        first_left: np.ndarray,
        progress: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """(n,) how much better the first response seemed; `progress` is how far into a sitting, 0 to 1."""

        def of(name: str) -> np.ndarray:
            return np.array([getattr(self.annotators[one], name) for one in person])

        left = np.where(first_left, 1.0, -1.0)
        other_way = of("dissents") & (self.subject[comparison] == 0)
        seen = np.where(other_way, -self.gap[comparison], self.gap[comparison])
        seen = seen + of("side") * left + of("length") * self.doublings[comparison]
        seen = seen + of("noise") * (1 + of("fading") * progress) * rng.normal(size=len(person))
        anyhow = np.where(rng.random(len(person)) < of("left"), left, -left) * np.abs(rng.normal(0, 1.2, len(person)))
        return np.where(rng.random(len(person)) < of("lapses"), anyhow, seen)

    def degree(self, person: np.ndarray, felt: np.ndarray) -> np.ndarray:
        scale = np.array([self.annotators[one].scale for one in person])
        return 1 + np.searchsorted(DEGREES_BEGIN, np.abs(felt) / scale)


@dataclass
class Pool:
    """What was asked and answered, and what nobody may see."""

    judgements: Judgements
    answer: np.ndarray  # (C,) 1 or −1
    gap: np.ndarray  # (C,)
    subject: np.ndarray  # (n,)
    late: np.ndarray  # (n,) in the second half of a sitting
    annotators: list[Annotator]


def annotator(kind: str, rng: np.random.Generator) -> Annotator:
    good = Annotator(
        kind,
        noise=rng.uniform(0.5, 0.9),
        lapses=rng.uniform(0, 0.05),
        side=rng.normal(0, 0.08),
        length=rng.normal(0, 0.08),
        fading=rng.uniform(0, 0.3),
        scale=rng.lognormal(0, 0.3),
    )
    sign = rng.choice([-1.0, 1.0])
    different = {
        "noisy": {"noise": rng.uniform(1.5, 2.5)},
        "position": {"side": sign * rng.uniform(0.8, 1.6)},
        "length": {"length": rng.uniform(0.9, 1.8)},
        "random": {"lapses": 1.0},
        "one-sided": {"lapses": 0.95, "left": 0.5 + 0.48 * sign},
        "fatigued": {"fading": rng.uniform(2.5, 4.0)},
        "minority": {"dissents": True},
    }
    return replace(good, **different.get(kind, {}))


def crowd(people: int, good_share: float, rng: np.random.Generator) -> list[Annotator]:
    """The others take turns among the faults, from a random one on."""
    good = round(people * good_share)
    faults = rng.permutation(FAULTS)
    kinds = ["good"] * good + [str(faults[number % len(faults)]) for number in range(people - good)]
    return [annotator(str(kind), rng) for kind in rng.permutation(kinds)]


def handed_out(overlap: np.ndarray, people: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(n,) comparison and annotator of every judgement, in the order in which they are made: nobody twice on one, and
    everybody about as much."""
    done, pairs = np.zeros(people), []
    for comparison in rng.permutation(len(overlap)):
        chosen = np.lexsort((rng.random(people), done))[: overlap[comparison]]
        done[chosen] += 1
        pairs += [(comparison, person) for person in chosen]
    rows = np.array(pairs)
    return rows[:, 0], rows[:, 1]


def world(rng: np.random.Generator, good_share: float, comparisons: int, people: int) -> World:
    gap = (rng.gumbel(size=comparisons) - rng.gumbel(size=comparisons)) * np.sqrt(3) / np.pi  # standard deviation 1
    other = np.sqrt(1 - LONGER_IS_BETTER**2) * rng.normal(size=comparisons)
    return World(
        annotators=crowd(people, good_share, rng),
        gap=gap,
        doublings=LENGTHS * (LONGER_IS_BETTER * gap + other),
        subject=rng.integers(SUBJECTS, size=comparisons),
    )


def pool(seed: int, good_share: float, comparisons: int = 1500, people: int = 40, overlapped: float = 1.0) -> Pool:
    """`overlapped` of the comparisons are judged by three, the rest by one."""
    rng = np.random.default_rng(seed)
    of = world(rng, good_share, comparisons, people)
    overlap = np.where(rng.random(comparisons) < overlapped, 3, 1)
    comparison, person = handed_out(overlap, people, rng)
    progress = positions(person) % SITTING / SITTING
    first_left = rng.random(len(person)) < 0.5
    felt = of.perceived(person, comparison, first_left, progress, rng)
    judgements = Judgements(
        annotator=person,
        comparison=comparison,
        chose_first=felt > 0,
        first_left=first_left,
        doublings=of.doublings[comparison],
        degree=of.degree(person, felt),
        known=np.zeros(comparisons, dtype=np.int64),
        annotators=people,
    )
    return Pool(judgements, of.answer, of.gap, of.subject[comparison], progress >= 0.5, of.annotators)


def positions(person: np.ndarray) -> np.ndarray:
    """(n,) how many that person had judged before."""
    order = np.argsort(person, kind="stable")
    before = np.empty(len(person), dtype=np.int64)
    before[order] = np.arange(len(person)) - np.searchsorted(person[order], person[order])
    return before


def told(pool: Pool, number: int, easy: bool, seed: int) -> Judgements:
    """The judgements with so many answers known, of comparisons drawn at random, or of such that are plain."""
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(np.abs(pool.gap) > 1.0 if easy else pool.gap))
    known = np.zeros(len(pool.gap), dtype=np.int64)
    known[drawn[:number]] = pool.answer[drawn[:number]]
    return replace(pool.judgements, known=known)


def mute(judgements: Judgements, seed: int) -> Judgements:
    """The same, with degrees that mean nothing."""
    drawn = np.random.default_rng(seed).integers(1, 5, size=len(judgements.degree))
    return replace(judgements, degree=drawn)
