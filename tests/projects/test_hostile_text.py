"""Whatever text a model writes, gates read it to its end, in good time."""

import re
import unicodedata
from random import Random

import pytest

from labeling.projects import self_naming
from labeling.projects.gates import LONGEST, Gate, normalised, pair_stopped, stopped
from tests.projects.gates import EVERY, gate, pair

PIECES = (
    *("I am ", "I'm ", "as an AI ", "developed by ", "OpenAI", "ChatGPT", "Claude", ", ", ". ", "\n", '"', "“", "'s"),
    *(
        "\ufffd",
        "\x00",
        "\x1b",
        "é",
        "e\u0301",
        "Ã©",
        "â€™",
        "ﬁ",
        "10²",
        "½",
        "42",
        "-7",
        "😀",
        "\u200d",
        "天",
        "ก",
        "\ud800",
    ),
    *("\u0345", "ͅα", "İ", "ẞ", "ŉ", "\u1e9b\u0323", "ﾞ", "\ufdfa", "\u00a8", "\u3164", " ", "\u2028", "word", "*"),
)


def texts(seed: int) -> tuple[str, str]:
    """Two at random: of pieces that mean something to a gate, and of any characters at all."""
    rng = Random(seed)
    one = "".join(rng.choices(PIECES, k=rng.randrange(60)))
    if rng.random() < 0.5:
        return one, "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(60)))
    cut = rng.randrange(len(one) + 1)
    return one, one[:cut] + rng.choice(PIECES) + one[cut:]


@pytest.mark.parametrize("seed", range(200))
def test_whatever_comes_no_gate_breaks_and_only_those_that_were_chosen_act(seed):
    one, other = texts(seed)
    chosen = Random(seed).sample(EVERY, k=seed % 7)
    assert stopped(one, "length", chosen, ["Any (name", "*"]) in (None, *chosen)
    found = pair_stopped(one, other, chosen)
    assert found in (None, *chosen)
    assert found == pair_stopped(other, one, chosen)
    if {Gate.IDENTICAL, Gate.NEAR_IDENTICAL} & set(chosen):
        assert pair_stopped(one, one, chosen) is not None


@pytest.mark.parametrize("seed", range(200))
def test_normalising_twice_is_normalising_once(seed):
    for text in texts(seed):
        assert normalised(normalised(text)) == normalised(text)


def test_every_character_is_normalised_for_good():
    for code in range(0x110000):
        once = normalised(f"a{chr(code)}\u0301")
        assert normalised(once) == once
        assert unicodedata.is_normalized("NFKC", once)


def test_no_search_for_names_can_run_away():
    """Every repetition has an upper bound, so that a search takes a bounded number of steps at each character."""
    for pattern in self_naming._PATTERNS:
        outside_classes = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern.pattern)
        assert not re.search(r"[*+]|,\}", outside_classes), pattern.pattern


@pytest.mark.parametrize(
    ("hostile", "found"),
    [
        ("I am a " * LONGEST, None),
        ("I am an AI " * LONGEST, None),
        ("i am an ai model assistant helper friend made by " * LONGEST, None),
        ("as an ai " * LONGEST + "made by OpenAI", None),
        ('"I am Qwen ' * LONGEST, Gate.NAMES_MAKER),
        ("i " * LONGEST, None),
        ("a" * 10 * LONGEST, None),
        ("\n" * LONGEST, Gate.EMPTY),
        ("a" + "\u0301\u0316" * LONGEST, None),
        ("\uff9e\u0301" * LONGEST, None),
        ("\ufdfa" * LONGEST, None),
        ("Ã©" * LONGEST, Gate.BROKEN),
    ],
)
def test_hostile_text_is_just_text(hostile, found):
    assert gate(hostile) == found
    assert pair(hostile[:LONGEST], hostile[: LONGEST - 1] + "x") in (Gate.IDENTICAL, Gate.NEAR_IDENTICAL, None)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\uff9e\u0301", "\u0344\u0323"])
def test_marks_without_end_are_not_sorted_without_end(marks):
    """Sorting them takes the square of their number."""
    assert len(normalised("a" + marks * 1000)) <= 31
