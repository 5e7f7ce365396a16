"""Pairs whose author does not come back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.comparisons import abandoned, stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues import generation
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Prompt, PromptSet
from tests.comparisons.pages import judge, prompt
from tests.comparisons.test_races import beside
from tests.people import answer, ask, join, make_project


@pytest.fixture
def long_ago(monkeypatch) -> Callable[[Callable[[], Turn]], Turn]:
    """Does something as if more than a day had passed since."""

    def happened(what: Callable[[], Turn]) -> Turn:
        moment = timezone.now() - abandoned.LEFT_ALONE - timedelta(minutes=1)
        with monkeypatch.context() as patched:
            patched.setattr(timezone, "now", lambda: moment)
            turn = what()
        Assignment.objects.filter(comparison__turn=turn).update(created_at=moment)
        return turn

    return happened


def answered(person, project, **fields) -> Turn:
    turn = ask(person, project, **fields)
    answer(turn)
    return turn


def is_closed(turn: Turn) -> bool:
    return Dialogue.objects.get(turns=turn).ended_at is not None


def test_a_pair_left_alone_for_a_day_is_closed_and_the_round_asks_for_another(client, alice, long_ago):
    project = make_project("one", ("helpfulness",), target=1)
    turn = long_ago(lambda: answered(join("first", "carol@example.org"), project))
    client.force_login(alice)
    assert client.get("/projects/one/work/").context["step"].kind == "nothing"
    abandoned.close()
    assert is_closed(turn)
    assert client.get("/projects/one/work/").context["step"].kind == "prompt"


def test_a_pair_of_today_is_not(alice, project):
    turn = answered(alice, project)
    abandoned.close()
    assert not is_closed(turn)


def test_a_pair_whose_author_is_half_way_through_is_not(client, alice, project, long_ago):
    turn = long_ago(lambda: answered(alice, project))
    client.force_login(alice)
    judge(client, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"))
    abandoned.close()
    assert not is_closed(turn)


def test_a_pair_taken_from_stock_today_is_not_however_long_it_lay_there(alice, project, long_ago):
    prompts = PromptSet.objects.create(name="One")
    Prompt.objects.create(prompt_set=prompts, text="Why?", category="borderline")
    project.rounds.update(prompt_set=prompts)

    def fill() -> Turn:
        stock.refill()
        answer(Turn.objects.get())
        return Turn.objects.get()

    turn = long_ago(fill)
    abandoned.close()
    assert not is_closed(turn), "what is in stock has no author who could leave it"
    assert stock.take(alice, project.rounds.get(), project.axes_in_order(), turn.pk)
    abandoned.close()
    assert not is_closed(turn)


def test_a_pair_that_still_waits_for_a_model_is_not(alice, project, long_ago):
    turn = long_ago(lambda: ask(alice, project))
    abandoned.close()
    assert not is_closed(turn)


def test_a_pair_that_nobody_asks_for_again_is_closed(alice, project, long_ago):
    def failed() -> Turn:
        turn = ask(alice, project)
        for completion in turn.completions.all():
            generation.fail(completion, 1, "no memory", permanent=True)
        return turn

    turn = long_ago(failed)
    abandoned.close()
    assert is_closed(turn)
    assert set(Completion.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_conversation_that_waits_for_its_next_prompt_is_not_since_it_keeps_nobody_waiting(client, alice, long_ago):
    project = make_project("long", ("helpfulness",), max_turns=2)
    turn = long_ago(lambda: answered(alice, project))
    client.force_login(alice)
    judge(client, Assignment.objects.get(comparison__turn=turn))
    Assignment.objects.update(done_at=timezone.now() - 2 * abandoned.LEFT_ALONE)
    abandoned.close()
    assert not is_closed(turn)


def test_while_its_author_cannot_judge_nothing_is_closed(alice, project, long_ago):
    turn = long_ago(lambda: answered(alice, project))
    project.stop()
    abandoned.close()
    assert not is_closed(turn)


def test_a_judgement_that_comes_after_all_counts_and_a_prompt_is_kept(client, alice, long_ago):
    project = make_project("long", ("helpfulness",), max_turns=2)
    turn = long_ago(lambda: answered(alice, project))
    abandoned.close()
    client.force_login(alice)
    assert judge(client, Assignment.objects.get(comparison__turn=turn)).status_code == 200
    assert Comparison.objects.judged().count() == 1
    refused = prompt(client, project, "And then?", dialogue=turn.dialogue_id, number=2)
    assert refused.status_code == 409 and "And then?" in refused.content.decode()


def test_who_comes_back_at_that_very_moment_keeps_the_conversation(transactional_db, monkeypatch):
    """Whoever judges holds the dialogue."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    turn = answered(join("first", "alice@example.org"), make_project())
    monkeypatch.setattr(abandoned, "LEFT_ALONE", timedelta(0))
    with transaction.atomic():
        Dialogue.objects.select_for_update().get(turns=turn)
        closing, raised = beside(abandoned.close)
        closing.join()
    assert raised == [] and not is_closed(turn)
    abandoned.close()
    assert is_closed(turn)
