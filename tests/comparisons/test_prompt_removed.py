"""A manager takes a prompt out of the set while an annotator sends it."""

import pytest
from django.db import transaction
from django.test import Client

from labeling.cohorts.models import Person
from labeling.comparisons import stock
from labeling.dialogues import generation
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Project, Prompt, PromptSet
from tests.comparisons.pages import prompt as send
from tests.comparisons.test_races import beside, waiting
from tests.people import ask, join, make_project
from tests.processes import wait_until

TEXT = "How do tides work?"
NOT_THERE = "This prompt is no longer in the set. Choose another one."


@pytest.fixture
def chosen(transactional_db, monkeypatch) -> Prompt:
    """The one prompt in the set of a project that Alice works in; no worker is asked for anything."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    join("first", "alice@example.org")
    project = make_project(stock_low=0, stock_high=0)
    chosen = Prompt.objects.create(prompt_set=PromptSet.objects.create(name="Tides"), text=TEXT)
    project.rounds.update(prompt_set=chosen.prompt_set)
    return chosen


@pytest.fixture
def client(chosen) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(Person.objects.get())
    return client


def test_a_prompt_that_is_being_sent_stays(chosen):
    removed = []
    with transaction.atomic():
        ask(Person.objects.get(), Project.objects.get(), TEXT, prompt=chosen)
        removing, raised = beside(lambda: removed.append(Prompt.objects.get().remove()))
        wait_until(lambda: waiting() == 1)
    removing.join()
    assert (removed, raised) == ([False], [])
    assert Turn.objects.get().prompt == chosen


def test_who_sends_a_prompt_that_is_being_removed_is_told_and_keeps_the_text(client, chosen):
    answers, pk = [], chosen.pk
    with transaction.atomic():
        assert chosen.remove()
        sending, raised = beside(lambda: answers.append(send(client, Project.objects.get(), TEXT, prompt=pk)))
        wait_until(lambda: waiting() == 1)
    sending.join()
    assert raised == []
    assert answers[0].status_code == 409
    assert NOT_THERE in answers[0].content.decode() and TEXT in answers[0].content.decode()
    assert not Dialogue.objects.exists()


def test_a_prompt_that_is_being_removed_is_not_prepared(chosen):
    Project.objects.update(stock_low=1, stock_high=1)
    with transaction.atomic():
        chosen.remove()
        filling, raised = beside(stock.refill)
        wait_until(lambda: waiting() == 1)
    filling.join()
    assert raised == []
    assert not Dialogue.objects.exists()


@pytest.mark.parametrize("own", [True, False])
def test_a_page_that_offers_a_prompt_which_has_been_removed_says_so(client, chosen, own):
    Project.objects.update(allows_own_prompts=own)
    pk = chosen.pk
    chosen.remove()
    answer = send(client, Project.objects.get(), TEXT, prompt=pk)
    assert answer.status_code == 422
    assert NOT_THERE in answer.content.decode()
