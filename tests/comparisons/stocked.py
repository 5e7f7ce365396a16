"""A project whose rounds keep pairs in stock."""

import uuid

import pytest

from labeling.comparisons import stock
from labeling.dialogues.models import Turn
from labeling.projects.models import Prompt, PromptSet
from tests.people import answer, join, make_project


@pytest.fixture
def project(alice):
    """Stock from 2 to 5, a set of eight prompts, and Carol beside Alice."""
    join("first", "carol@example.org")
    made = make_project(stock_low=2, stock_high=5)
    prompts = PromptSet.objects.create(name="Eight")
    Prompt.objects.bulk_create(
        Prompt(prompt_set=prompts, text=f"Question {n}?", category="borderline") for n in range(8)
    )
    made.rounds.update(prompt_set=prompts)
    return made


@pytest.fixture
def filled(project):
    """Five complete pairs."""
    stock.refill()
    for turn in Turn.objects.all():
        answer(turn)
    return project


def take(person, project, **kwargs):
    round_ = project.rounds.get()
    taken = stock.take(person, round_, project.axes_in_order(), kwargs.pop("key", uuid.uuid4()), **kwargs)
    return taken and taken.comparison.turn


def in_stock(project) -> int:
    return stock.waiting(project.rounds.get()).count()
