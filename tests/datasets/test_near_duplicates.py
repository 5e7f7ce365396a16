"""Which prompts are nearly the same."""

import random

import pytest

from labeling.datasets.near_duplicates import NEAR, bands, digest, likeness, plain, restored, signature, stored

SOURDOUGH = "How do I keep sourdough from going flat when it is proofed overnight in a cold fridge?"


def like(one: str, other: str) -> float:
    return likeness(signature(plain(one)), signature(plain(other)))


@pytest.mark.parametrize(
    "other",
    [SOURDOUGH.upper(), f"  {SOURDOUGH}\n", SOURDOUGH.replace(" ", " \t "), SOURDOUGH.replace("flat", "ｆｌａｔ")],
    ids=["capitals", "around it", "white space", "full width"],
)
def test_what_nobody_would_tell_apart_is_one_text(other):
    assert digest(plain(other)) == digest(plain(SOURDOUGH))


@pytest.mark.parametrize("other", [SOURDOUGH[:-1], f"{SOURDOUGH} Please.", SOURDOUGH.replace("proofed", "proved")])
def test_a_small_change_is_near(other):
    assert like(SOURDOUGH, other) >= NEAR
    assert set(bands(signature(plain(SOURDOUGH)))) & set(bands(signature(plain(other))))


@pytest.mark.parametrize("other", ["", "a", "Why is the sky blue?", "How do I keep bees from swarming?", "🍞" * 50])
def test_another_prompt_is_not(other):
    assert like(SOURDOUGH, other) < NEAR / 2


def test_likeness_is_about_the_share_of_runs_that_both_have():
    drawn, errors = random.Random(7), []
    for _ in range(40):
        one = "".join(drawn.choices("abcdefghijklmnop ", k=400))
        other = one[: drawn.randrange(50, 400)] + "".join(drawn.choices("qrstuvwxyz ", k=100))
        runs = [{text[place : place + 5] for place in range(len(text) - 4)} for text in (plain(one), plain(other))]
        errors.append(like(one, other) - len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
    assert abs(sum(errors) / len(errors)) < 0.03
    assert max(map(abs, errors)) < 0.25


@pytest.mark.parametrize("text", ["", "a", "\ud800", "\0" * 7, "x" * 100_000, "שלום " * 30])
def test_any_text_has_a_signature_that_is_kept_as_it_is(text):
    one = signature(plain(text))
    assert (restored(stored(one)) == one).all()
    assert len(bands(one)) == 8
    assert all(-(2**63) <= band < 2**63 for band in bands(one))
