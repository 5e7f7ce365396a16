"""What a data set's card counts, taken while the rows pass by. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from labeling.datasets.aggregation import LAST_WORD
from labeling.datasets.row import Row

STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)  # as quality/agreement.py has them: below zero the second response was chosen
BINS = ("chosen safe", "both safe", "both unsafe")  # Llama 2's, of what safety judgements say of a pair


@dataclass
class Sizes:
    """Sums over comparisons; tokens over those where models counted them."""

    comparisons: int = 0
    turns: int = 0
    prompt_chars: int = 0  # of the last message
    dialogue_chars: int = 0  # of all messages
    response_chars: float = 0.0  # of both responses, halved
    counted: int = 0
    dialogue_tokens: int = 0
    response_tokens: float = 0.0

    def add(self, row: Row) -> None:
        lengths = [len(message["content"]) for message in row.context]
        self.comparisons += 1
        self.turns += (len(lengths) + 1) // 2
        self.prompt_chars += lengths[-1]
        self.dialogue_chars += sum(lengths)
        self.response_chars += (len(row.first) + len(row.second)) / 2
        if row.prompt_tokens is not None and row.response_tokens is not None:
            self.counted += 1
            self.dialogue_tokens += row.prompt_tokens
            self.response_tokens += row.response_tokens


@dataclass
class Tally:
    """Of one axis, of what is in; `patterns` are of comparisons that several people judged: their votes by step,
    without those that have no degree. `degrees` has 0 for these."""

    sizes: dict[bool, Sizes] = field(default_factory=lambda: {False: Sizes(), True: Sizes()})  # by held out
    judgements: Counter[bool] = field(default_factory=Counter)
    degrees: Counter[int] = field(default_factory=Counter)
    bins: Counter[str] = field(default_factory=Counter)
    patterns: Counter[tuple[int, ...]] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    rounds: Counter[int] = field(default_factory=Counter)
    guidelines: Counter[int | None] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    models: Counter[int] = field(default_factory=Counter)

    def add(self, group: Sequence[Row]) -> None:
        """All of one comparison that is in, or that only an even split keeps out."""
        votes = [signed(row) for row in group if row.kind != LAST_WORD and row.degree]
        if len(votes) > 1:
            self.patterns[tuple(votes.count(step) for step in STEPS)] += 1
        included = [row for row in group if not row.reason]
        if not included:
            return
        one = included[0]
        self.sizes[one.held_out].add(one)
        self.judgements[one.held_out] += len(included)
        self.rounds[one.round] += 1
        self.languages[one.language] += 1
        for model in one.models:
            self.models[model] += 1
        for row in included:
            self.degrees[row.degree or 0] += 1
            self.people[row.person] += 1
            self.guidelines[row.guideline] += 1
            if row.first_safe is not None:
                self.bins[BINS[0] if row.first_safe != row.second_safe else BINS[1 if row.first_safe else 2]] += 1


def signed(row: Row) -> int:
    return (row.degree or 0) if row.chose_first else -(row.degree or 0)
