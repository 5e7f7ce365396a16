"""A prompt of several turns is offered turn by turn, as the conversation goes on."""

import pytest

from labeling.comparisons import uses
from labeling.comparisons.models import Assignment
from labeling.dialogues.models import Turn
from labeling.projects.models import Project, Prompt, PromptSet, Round
from tests.comparisons.pages import judge, prompt
from tests.people import answer, make_project
from tests.projects.pages import words

ASKED = ["How do tides work?", "And on the moon?", "Who found that out?"]


@pytest.fixture
def taken(client, alice) -> Prompt:
    project = make_project("long", ("helpfulness",), max_turns=4, prompt_uses=2)
    taken = PromptSet.objects.create(name="set").prompts.create(text=ASKED[0], follow_ups=ASKED[1:], language="de")
    project.rounds.update(prompt_set=taken.prompt_set)
    return taken


def send(client, step, text, taken) -> Turn:
    prompt(client, Project.objects.get(), text, dialogue=step.dialogue, number=step.number, prompt=taken.pk)
    turn = Turn.objects.get(number=step.number)
    answer(turn)
    return turn


def first_step(client):
    return client.get("/projects/long/work/").context["step"]


def test_what_is_asked_next_is_offered_and_sent_as_the_sets(client, taken):
    step = first_step(client)
    for number, text in enumerate(ASKED, 1):
        assert (step.number, step.suggestion["text"], step.suggestion["pk"]) == (number, text, taken.pk)
        turn = send(client, step, text, taken)
        assert (turn.prompt, turn.language, turn.language_from) == (taken, "de", "set")
        page = judge(client, Assignment.objects.get(comparison__turn=turn))
        step = page.context["step"]
    assert step.number == 4 and step.suggestion is None
    assert "Go on with the conversation" in words(page)


def test_one_who_asks_something_else_goes_on_by_themselves(client, taken):
    step = judge(client, Assignment.objects.get(comparison__turn=send(client, first_step(client), ASKED[0], taken)))
    turn = send(client, step.context["step"], "Why so?", taken)
    assert turn.prompt is None
    after = judge(client, Assignment.objects.get(comparison__turn=turn)).context["step"]
    assert after.number == 3 and after.suggestion is None


def test_a_conversation_is_one_use_of_its_prompt_however_many_turns_it_has(client, taken):
    step = first_step(client)
    for text in ASKED[:2]:
        turn = send(client, step, text, taken)
        step = judge(client, Assignment.objects.get(comparison__turn=turn)).context["step"]
    assert uses.is_left(Round.objects.get(), taken)
