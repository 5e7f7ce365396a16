"""A round asks for so many comparisons, and for no more."""

import uuid

import pytest

from labeling.cohorts.models import Withdrawal
from labeling.comparisons import authoring, stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Turn
from labeling.projects.models import Prompt, PromptSet
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask, join, make_project


@pytest.fixture
def two_wanted(alice):
    return make_project("two", ("helpfulness",), target=2, max_turns=2)


@pytest.fixture
def colleague(db):
    return join("first", "carol@example.org")


def step(client, project):
    return client.get(f"/projects/{project.slug}/work/").context["step"]


def from_set(project) -> Prompt:
    """The only prompt of a set that the round gets."""
    prompts = PromptSet.objects.create(name="One")
    project.rounds.update(prompt_set=prompts)
    return prompts.prompts.create(text="Why?")


def judged(client, person, project) -> Turn:
    """A dialogue of one turn, judged and ended."""
    turn = ask(person, project)
    answer(turn)
    judge(client, Assignment.objects.get(comparison__turn=turn))
    turn.dialogue.end()
    return turn


def test_it_offers_prompts_until_as_many_are_judged_as_the_round_wants(client, alice, two_wanted):
    judged(client, alice, two_wanted)
    assert step(client, two_wanted).kind == "prompt"
    judged(client, alice, two_wanted)
    assert step(client, two_wanted).title == "This round has what it needs"


def test_what_others_are_still_judging_counts(client, alice, colleague, two_wanted):
    judged(client, alice, two_wanted)
    ask(colleague, two_wanted)
    assert step(client, two_wanted).title == "This round has what it needs"


def test_what_was_withdrawn_is_asked_for_anew(client, alice, colleague, two_wanted):
    client.force_login(colleague)
    judged(client, colleague, two_wanted)
    judged(client, colleague, two_wanted)
    client.force_login(alice)
    assert step(client, two_wanted).title == "This round has what it needs"
    Withdrawal.objects.begin(colleague)
    assert step(client, two_wanted).kind == "prompt"


def test_what_was_given_up_does_not_count(client, alice, colleague, two_wanted):
    judged(client, alice, two_wanted)
    authoring.give_up(ask(colleague, two_wanted).dialogue)
    assert step(client, two_wanted).kind == "prompt"


def test_a_dialogue_goes_on_after_the_round_has_enough(client, alice, colleague, two_wanted):
    judged(client, alice, two_wanted)
    turn = ask(alice, two_wanted)
    answer(turn)
    page = judge(client, Assignment.objects.get(comparison__turn=turn))
    assert (page.context["step"].kind, page.context["step"].number) == ("prompt", 2)


def test_a_prompt_that_was_being_written_may_still_be_sent(client, alice, colleague, two_wanted):
    for _ in range(2):
        ask(colleague, two_wanted)
    assert prompt(client, two_wanted).context["step"].kind == "pair"
    assert Comparison.objects.filter(round__project=two_wanted).count() == 3


def test_a_prompt_of_the_set_is_not_sent_once_the_round_has_enough(client, alice, colleague, two_wanted):
    offered = from_set(two_wanted)
    for _ in range(2):
        ask(colleague, two_wanted)
    refused = prompt(client, two_wanted, offered.text, prompt=offered.pk)
    assert (refused.status_code, refused.context["step"].title) == (409, "This round has what it needs")
    assert not Assignment.objects.exclude(person=colleague).exists()


def test_a_prompt_of_the_set_that_was_sent_twice_is_one_though_it_was_the_last(client, alice, colleague, two_wanted):
    offered, page = from_set(two_wanted), uuid.uuid4()
    ask(colleague, two_wanted)
    for _ in range(2):
        sent = prompt(client, two_wanted, offered.text, prompt=offered.pk, dialogue=page)
        assert (sent.status_code, sent.context["step"].kind) == (200, "pair")
    assert Comparison.objects.count() == 2


def test_a_round_without_a_target_never_has_enough(client, alice, project):
    for _ in range(3):
        turn = ask(alice, project)
        answer(turn)
        for assignment in Assignment.objects.filter(comparison__turn=turn):
            judge(client, assignment)
    assert step(client, project).kind == "prompt"


def test_a_pair_counts_as_judged_when_each_of_its_axes_is(client, assignment, safety):
    judge(client, assignment)
    assert not Comparison.objects.judged().exists()
    judge(client, safety)
    assert Comparison.objects.judged().get() == assignment.comparison
    assert not Comparison.objects.under_way().exists()


def test_nothing_more_is_offered_beside_the_last_pair_of_a_round(client, alice, colleague, two_wanted):
    ask(alice, two_wanted)
    assert step(client, two_wanted).offer.write
    ask(colleague, two_wanted)
    assert step(client, two_wanted).offer.name == "nothing"


def test_nothing_is_taken_from_stock_for_a_round_that_has_enough(client, colleague, two_wanted):
    from_set(two_wanted)
    stock.refill()
    answer(Turn.objects.get())
    for _ in range(2):
        ask(colleague, two_wanted)
    page = client.post(f"/projects/{two_wanted.slug}/stock/", {"key": uuid.uuid4()})
    assert page.context["step"].title == "This round has what it needs"
    assert not Assignment.objects.exclude(person=colleague).exists()
