"""Responses that nobody should have to judge. Pure: a gate sees texts, and no database.

A project's list of gates chooses which of them act. What one lets through that it should have stopped, an annotator
still sees and judges; what it stops that it should not have is drawn anew and never seen. So each is precise rather
than thorough.

Texts come from models, so the cost is bounded whatever they hold: one pass over at most LONGEST characters a text, and
regular expressions whose repetitions all have an upper bound.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from enum import StrEnum
from itertools import islice

from labeling.projects.mojibake import is_mojibake
from labeling.projects.self_naming import names_itself


class Gate(StrEnum):
    """What a project may withdraw: the response is kept, with the gate as its reason, and another is drawn."""

    IDENTICAL = "identical"  # the two responses have the same words
    NEAR_IDENTICAL = "near_identical"  # they differ in next to nothing
    EMPTY = "empty"
    NAMES_MAKER = "names_maker"  # "I am SmolLM", "as an AI developed by …": the annotator would know whom they judge
    BROKEN = "broken"  # not text: replacement characters, control characters, mangled encoding
    TRUNCATED = "truncated"  # cut off by the token limit; shown as it is unless the project says otherwise


OF_BOTH = (Gate.IDENTICAL, Gate.NEAR_IDENTICAL)
"""These look at two responses that are both complete; the others at each as it arrives."""
BY_DEFAULT = (Gate.IDENTICAL, Gate.NEAR_IDENTICAL, Gate.EMPTY, Gate.NAMES_MAKER, Gate.BROKEN)

LONGEST = 16_000  # characters of a response that are looked at: twice the longest that people are given to read
ALIKE = 0.9
"""Share of word triples that two responses have in common, from which on there is nothing to choose between them.

One changed word changes three triples, so that this is one word in about 60: a single changed word in a response of a
paragraph or more, never one in a short answer. See `likeness`.
"""
STRAY = 3  # unreadable characters that may stand in any text: a token cut in half, a terminal's escape
UNREADABLE = re.compile(r"[\ufffd\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
READABLE = 50  # of so many characters one may be unreadable beyond that

_MARKS_IN_A_ROW = 30  # Unicode's stream-safe format (UAX 15): no language needs more; sorting them is quadratic
_TOKEN = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+|[^\w\s]")
_NUMBER = re.compile(r"[+\-−]?\d+")
_SEEMS_TO_SAY = frozenset("\ufffd\u115f\u1160\u2800\u3164\uffa0|~")  # symbols and letters that show nothing, or rules


def stopped(text: str, finish_reason: str, chosen: Collection[str], names: Collection[str] = ()) -> Gate | None:
    """The first of the chosen gates that stops this response by itself; None when it may be judged.

    In this order, so that what is worst is what is said: broken, empty, names_maker, truncated. `names` are those of
    the model versions in the round's pair policy.
    """
    read = text[:LONGEST]
    if Gate.BROKEN in chosen and is_broken(read):
        return Gate.BROKEN
    if Gate.EMPTY in chosen and is_empty(read):
        return Gate.EMPTY
    if Gate.NAMES_MAKER in chosen and names_itself(read, names):
        return Gate.NAMES_MAKER
    if Gate.TRUNCATED in chosen and finish_reason == "length":
        return Gate.TRUNCATED
    return None


def pair_stopped(one: str, other: str, chosen: Collection[str]) -> Gate | None:
    """The gate that stops these two side by side: identical before near_identical. The order of the two is no matter.

    Responses longer than LONGEST are compared to the letter alone.
    """
    if Gate.IDENTICAL not in chosen and Gate.NEAR_IDENTICAL not in chosen:
        return None
    same = one == other
    if not same:
        if max(len(one), len(other)) > LONGEST or numbers(one) != numbers(other):
            return None
        one, other = normalised(one), normalised(other)
        same = one == other
    if same and Gate.IDENTICAL in chosen:
        return Gate.IDENTICAL
    if Gate.NEAR_IDENTICAL in chosen and (same or likeness(one, other) >= ALIKE):
        return Gate.NEAR_IDENTICAL
    return None


def is_empty(text: str) -> bool:
    """No letter, digit or symbol. Punctuation alone says nothing; an emoji does, and so does a plus sign."""
    return not any(unicodedata.category(c) in _SAYS or unicodedata.category(c)[0] in "LN" for c in _shown(text))


_SAYS = ("Sc", "Sm", "So")


def _shown(text: str) -> Iterator[str]:
    return (character for character in text if character not in _SEEMS_TO_SAY)


def is_broken(text: str) -> bool:
    """More than strays are unreadable, or accents and quotes arrive as what UTF-8 looks like when read as Latin-1.

    Words repeated without end are text all the same: that a model does so is for annotators to say.
    """
    unreadable = sum(1 for _ in UNREADABLE.finditer(text))
    return (unreadable >= STRAY and unreadable * READABLE > len(text)) or is_mojibake(text)


def numbers(text: str) -> list[str]:
    """The whole numbers of a text in their order. Two responses that disagree in one differ in what they say.

    Read before `normalised`, which makes "102" of "10²".
    """
    return [unicodedata.normalize("NFKC", number) for number in _NUMBER.findall(text)]


def normalised(text: str) -> str:
    """Compatibility-composed (NFKC), without case, with single spaces; twice is the same as once."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", "".join(_with_few_marks(text))).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _with_few_marks(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        for part in unicodedata.normalize("NFKD", character):
            marks = marks + 1 if unicodedata.combining(part) else 0
            if marks <= _MARKS_IN_A_ROW:
                yield part


def likeness(one: str, other: str) -> float:
    """Jaccard similarity of the two texts' word triples, counted with repetition; linear in their lengths.

    A mark of punctuation is a word, and so is each letter of a script that has no spaces between words. With
    repetition, so that a text and the same text over and over are not alike. Texts of fewer than three words are alike
    if they are the same.
    """
    ours, theirs = triples(one), triples(other)
    return (ours & theirs).total() / (ours | theirs).total()


def triples(text: str) -> Counter[tuple[str, ...]]:
    words = _TOKEN.findall(text)
    if len(words) < 3:
        return Counter([tuple(words)])
    return Counter(zip(words, islice(words, 1, None), islice(words, 2, None), strict=False))
