"""Ending a conversation: whoever leaves a pair unjudged has passed on it."""

import pytest

from labeling.comparisons.models import Assignment, Pass, PassReason
from labeling.comparisons.workbench import Desk
from labeling.dialogues import stopping
from labeling.dialogues.models import Dialogue
from tests.comparisons.pages import judge
from tests.comparisons.test_passing import next_pair, pass_on, undo
from tests.people import answer, ask, make_project


def end(client, assignment):
    return client.post(f"/dialogues/{assignment.comparison.turn.dialogue_id}/end/")


def being_written(person, project) -> Assignment:
    return Assignment.objects.filter(comparison__turn=ask(person, project)).order_by("axis").first()


def test_a_complete_pair_is_passed_on_and_may_come_back(client, assignment):
    step = end(client, assignment).context["step"]
    assert (step.kind, step.notice) == ("prompt", "You passed on that pair. Undo brings it back.")
    passed = Pass.objects.standing().get()
    assert (passed.comparison, passed.reason) == (assignment.comparison, PassReason.UNSAID)
    assert undo(client, passed).context["step"].kind == "pair"


def test_one_that_is_being_written_is_passed_on_too_and_is_gone(client, alice, project):
    pair = being_written(alice, project)
    step = end(client, pair).context["step"]
    assert (step.kind, step.notice) == ("prompt", "That conversation is over. It counts as a pair you passed on.")
    passed = Pass.objects.standing().get()
    assert passed.reason == PassReason.ENDED
    assert step.place.undo_pass_url == ""
    assert undo(client, passed).status_code == 409
    assert Dialogue.objects.get().ended_at


@pytest.mark.parametrize("pair", [next_pair, being_written])
def test_it_ends_no_more_in_a_row_than_one_may_pass_on(client, alice, pair):
    project = make_project(max_passes=2)
    for _ in range(2):
        assert end(client, pair(alice, project)).status_code == 200
    third = pair(alice, project)
    page = end(client, third)
    assert page.status_code == 409
    assert "Judge this one, or report what is the matter" in page.content.decode()
    assert page.context["step"].judge_url == f"/assignments/{third.pk}/judgements/"
    assert Pass.objects.count() == 2 and Dialogue.objects.get(turns__comparison=third.comparison).ended_at is None


def test_what_was_ended_counts_among_the_passes(client, alice):
    project = make_project(max_passes=1)
    end(client, next_pair(alice, project))
    assert pass_on(client, next_pair(alice, project)).status_code == 409


def test_ended_safety_work_has_been_seen(client, alice):
    safe = make_project("safe", ("safety",))
    end(client, being_written(alice, safe))
    assert Desk.at(alice, "safe").exposed == 1


def test_twice_is_once(client, assignment):
    for _ in range(2):
        assert end(client, assignment).status_code == 200
    assert Pass.objects.count() == 1


def test_a_conversation_with_a_response_that_failed_ends_freely(client, turn, alice):
    turn.completions.first().fail(1, "no such model")
    assert end(client, Assignment.objects.first()).status_code == 200
    assert Dialogue.objects.get().ended_at and not Pass.objects.exists()


def test_who_stopped_a_response_before_it_said_anything_passes_on_it(client, turn, alice):
    stopping.stop(turn.completions.first())
    end(client, Assignment.objects.first())
    assert Pass.objects.exists()


def test_one_whose_pairs_are_judged_ends_freely(client, alice):
    project = make_project("long", ("helpfulness",), max_turns=2)
    turn = ask(alice, project)
    answer(turn)
    assignment = Assignment.objects.get()
    judge(client, assignment)
    assert end(client, assignment).context["step"].notice == ""
    assert Dialogue.objects.get().ended_at and not Pass.objects.exists()
