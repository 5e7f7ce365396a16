"""What judged comparisons begin with: each gets a gist, and prompts that are nearly the same one root."""

import random
import uuid

import pytest

from labeling.datasets.models import Gist, Root, RootPrompt
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import gathered
from tests.people import answer, ask, make_project
from tests.quality.judging import say

SOURDOUGH = "How do I keep sourdough from going flat when it is proofed overnight in a cold fridge?"


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,), gates=[])


def begin(person, project, text: str, *texts: str) -> uuid.UUID:
    """A judged comparison whose dialogue begins with it."""
    turn = ask(person, project, text)
    answer(turn, *texts)
    for own in turn.comparison.own_assignments():
        say(own, 2)
    return turn.comparison.pk


def root_of(comparison: uuid.UUID) -> int:
    return Gist.objects.get(comparison=comparison).prompt.root_id


def test_prompts_that_are_nearly_the_same_have_one_root(alice, project):
    same = [begin(alice, project, text) for text in (SOURDOUGH, SOURDOUGH.upper(), f" {SOURDOUGH}  Please.")]
    other = begin(alice, project, "Why is the sky blue?")
    gathered(project)
    assert len({root_of(one) for one in same}) == 1 != len({root_of(one) for one in (*same, other)})
    assert RootPrompt.objects.count() == 3 and Root.objects.filter(prompts__isnull=False).distinct().count() == 2


def test_it_makes_no_difference_in_which_batches_they_are_read(alice, project, monkeypatch):
    drawn, comparisons = random.Random(5), {}
    for number in range(12):
        text = f"{SOURDOUGH} {'!' * (number % 3)}" if number % 2 else f"{number} {drawn.random()}: what is it?"
        comparisons[begin(alice, project, text)] = number % 2
    monkeypatch.setattr("labeling.datasets.gathering.BATCH", 3)
    gathered(project)
    roots = {root_of(one) for one, alike in comparisons.items() if alike}
    assert len(roots) == 1 and len({root_of(one) for one in comparisons}) == 7


def test_a_prompt_between_two_roots_makes_them_one(alice, project, monkeypatch):
    """Each end is further from the other than from what stands between them."""
    ends = [SOURDOUGH + " I use rye flour.", SOURDOUGH]
    between = SOURDOUGH + " I use"
    monkeypatch.setattr("labeling.datasets.gathering.NEAR", 0.9)
    first, second = (begin(alice, project, text) for text in ends)
    gathered(project)
    assert root_of(first) != root_of(second)
    bridge = begin(alice, project, between)
    gathered(project)
    assert len({root_of(one) for one in (first, bridge, second)}) == 1


def test_what_is_known_of_a_comparison_is_what_it_holds(alice, project):
    same = begin(alice, project, "Why?", " Blue.", "Blue.\n")
    gathered(project)
    gist = Gist.objects.get(comparison=same)
    assert (gist.identical, gist.chars, gist.tokens) == (True, len("Why?") + len("Blue.") + 1, 7)


def test_nobody_reads_what_is_not_judged_yet(alice, project):
    answer(ask(alice, project))
    gathered(project)
    assert not Gist.objects.exists()
