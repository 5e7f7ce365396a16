"""Pairs that are ready before anybody asks."""

import uuid

import pytest
from django.utils import timezone

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, stock
from labeling.comparisons.models import Assignment, Comparison
from labeling.dialogues.models import Completion, Dialogue, Turn
from labeling.projects.models import Project, Prompt, PromptSet, Round
from tests.comparisons.stocked import filled as filled
from tests.comparisons.stocked import in_stock, take
from tests.comparisons.stocked import project as project
from tests.people import ask, join, make_project


def test_it_is_filled_to_the_high_mark_with_different_prompts(project):
    stock.refill()
    assert in_stock(project) == 5
    assert Turn.objects.values("prompt").distinct().count() == 5
    assert Comparison.objects.filter(ready_at=None).count() == 5
    assert not Assignment.objects.exists()


def test_a_round_that_cannot_be_filled_keeps_none_of_the_others_waiting(alice, project):
    """What was wrong is not lost: the task fails in the end, and says in which round."""
    prompts = PromptSet.objects.get()
    broken = Project.objects.create(slug="broken", name="Broken", axes=["helpfulness"], stock_low=2, stock_high=5)
    broken.enrolments.create(cohort=alice.memberships.get().cohort, axis="helpfulness")
    Round.objects.create(project=broken, number=1, state="open", prompt_set=prompts)  # without a pair policy
    after = make_project("after", stock_low=2, stock_high=5)
    after.rounds.update(prompt_set=prompts)
    with pytest.raises(ExceptionGroup) as raised:
        stock.refill()
    assert [in_stock(each) for each in (project, after)] == [5, 5]
    assert [error.__notes__ for error in raised.value.exceptions] == [["In round 1 of broken."]]


def test_it_is_left_alone_above_the_low_mark(alice, filled):
    for _ in range(3):
        assert take(alice, filled)
        stock.refill()
    assert in_stock(filled) == 2
    assert take(Person.objects.get(email="carol@example.org"), filled)
    stock.refill()
    assert in_stock(filled) == 5


def test_a_high_mark_of_nothing_means_no_stock(project):
    type(project).objects.update(stock_low=0, stock_high=0)
    stock.refill()
    assert in_stock(project) == 0


@pytest.mark.parametrize("why", ["stopped", "review", "no set", "no people"])
def test_it_prepares_nothing_that_nobody_would_use(project, why):
    round_ = project.rounds.get()
    if why == "stopped":
        project.stop()
    elif why == "review":
        round_.review()
    elif why == "no set":
        project.rounds.update(prompt_set=None)
    else:
        for enrolment in project.enrolments.all():
            enrolment.cohort.memberships.update(left_at=timezone.now())
    stock.refill()
    assert in_stock(project) == 0


def test_a_prompt_is_prepared_for_each_person_once(project):
    keep = Prompt.objects.first()
    Prompt.objects.exclude(pk=keep.pk).delete()
    for expected in (1, 2, 2):
        stock.refill()
        assert in_stock(project) == expected


def test_it_prepares_no_more_than_the_target_leaves(alice, project):
    ask(alice, project)
    round_ = project.rounds.get()
    round_.target = 3
    assert len(stock._lacking(round_)) == 2


def test_who_takes_a_pair_is_its_author_and_judges_it_on_every_axis(alice, filled):
    turn = take(alice, filled)
    assert turn.dialogue.author == alice
    assert Assignment.objects.filter(comparison__turn=turn, person=alice, kind="author").count() == 2
    assert in_stock(filled) == 4


def test_nobody_gets_a_prompt_twice(alice, filled):
    taken = []
    for _ in range(5):
        turn = take(alice, filled)
        taken.append(turn.prompt_id)
        turn.dialogue.end()
    assert len(set(taken)) == 5
    assert not stock.ready(filled.rounds.get(), alice).filter(turns__prompt=taken[0])


def test_the_same_page_takes_one_pair_however_often_it_asks(alice, filled):
    key = uuid.uuid4()
    assert take(alice, filled, key=key) == take(alice, filled, key=key)
    assert in_stock(filled) == 4


def test_who_has_enough_to_judge_takes_nothing_more(alice, filled):
    keys = [uuid.uuid4() for _ in range(at_once.MOST_UNJUDGED)]
    taken = [take(alice, filled, key=key) for key in keys]
    assert all(taken)
    assert take(alice, filled) is None
    assert take(alice, filled, key=keys[0]) == taken[0], "what was taken before is not taken anew"


def test_a_pair_that_is_not_complete_stays_in_stock(alice, project):
    stock.refill()
    assert take(alice, project) is None


def test_nothing_is_taken_from_a_round_in_review(alice, filled):
    filled.rounds.get().review()
    assert take(alice, filled) is None


def test_a_pair_that_failed_is_dropped_and_not_made_again_at_once(project):
    stock.refill()
    for completion in Completion.objects.filter(draw=0):
        completion.fail(1, "no such model")
    stock.refill()
    assert in_stock(project) == 0
    Dialogue.objects.update(ended_at=timezone.now() - 2 * stock.FORGIVEN_AFTER)
    stock.refill()
    assert in_stock(project) == 5
    assert not Completion.objects.filter(state="queued", turn__dialogue__ended_at__isnull=False).exists()


def test_what_is_prepared_goes_to_the_queue_for_stock(project):
    stock.refill()
    assert Completion.objects.first().is_stock
    assert not ask(join("first", "dora@example.org"), project).completions.first().is_stock


def test_a_project_that_goes_on_after_a_stop_is_stocked_at_once(project):
    stock.refill()
    project.stop()
    project.resume()
    assert in_stock(project) == 0
    stock.refill()
    assert in_stock(project) == 5


def test_what_is_left_of_it_when_a_round_is_over_keeps_no_prompt_from_the_next(filled):
    Person.objects.get(email="carol@example.org").memberships.update(left_at=timezone.now())  # each prompt once
    first = filled.rounds.get()
    filled.stop()
    filled.resume()
    assert in_stock(filled) == 5
    first.review()
    assert stock.waiting(first).count() == 0
    second = Round.objects.draft(filled, like=first)
    second.open()
    stock.refill()
    assert stock.waiting(second).count() == 5
