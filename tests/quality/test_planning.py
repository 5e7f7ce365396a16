"""What is planned for people: pairs with a certain answer, and pairs that they see again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, Workday
from labeling.projects.models import Axis, Project, Round
from labeling.quality import gold, planning
from labeling.quality.models import GoldAnswer, GoldCopy
from tests.comparisons.overlapped import overlapped, prefers_first
from tests.people import join, make_project
from tests.quality.judging import compared, judged

TIMES = 3  # more for who is new


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(4)]


@pytest.fixture
def project(people) -> Project:
    return make_project("help", (Axis.HELPFULNESS,), gold_share=10, repeat_share=0)


def certain(author, project, manager, axes=(Axis.HELPFULNESS,)) -> Comparison:
    """A pair of the author's whose first response is known to be better."""
    comparison = compared(author, project)
    for own in comparison.own_assignments():
        judged(comparison, author, 2, kind="author", axis=own.axis)
        if own.axis in axes:
            gold.make(comparison, own.axis, prefers_first(own), manager)
    return comparison


def at_work(person, project, pairs: int = 1) -> list[Comparison]:
    """They have judged so many pairs of their own."""
    done = []
    for _ in range(pairs):
        done.append(compared(person, project))
        for own in done[-1].own_assignments():
            judged(done[-1], person, 2, kind="author", axis=own.axis)
    return done


def plan(project) -> int:
    return planning.plan_in(Round.objects.get(project=project, state="open"))


def planned(person, kind="gold"):
    return Assignment.objects.of(person).filter(kind=kind, done_at=None, chance__isnull=False)


def next_round(project) -> Round:
    before = project.rounds.get(state="open")
    before.review()
    draft = Round.objects.draft(project, before)
    draft.open()
    return draft


def test_it_gives_who_is_at_work_what_is_certain_by_the_share(people, project, manager):
    comparison = certain(people[0], project, manager)
    at_work(people[1], project)
    Workday.objects.filter(person=people[1]).update(done=planning.NEW)
    assert plan(project) == 1
    one = planned(people[1]).get()
    assert (one.comparison, one.slot, one.chance) == (comparison, None, 0.1)
    assert not planned(people[2]).exists()


def test_who_is_new_gets_it_more_often(people, project, manager):
    certain(people[0], project, manager)
    at_work(people[1], project)
    plan(project)
    assert planned(people[1]).get().chance == pytest.approx(TIMES * 0.1)


def test_nobody_gets_more_than_every_other_unless_the_project_says_so(people, project, manager):
    certain(people[0], project, manager)
    at_work(people[1], project)
    for share, chance in ((40, 0.5), (70, 0.7)):
        Project.objects.update(gold_share=share)
        plan(project)
        assert planned(people[1]).get().chance == pytest.approx(chance)
        planned(people[1]).delete()


def test_a_few_are_planned_ahead_and_no_more(people, project, manager):
    for _ in range(4):
        certain(people[0], project, manager)
    at_work(people[1], project)
    for _ in range(4):
        plan(project)
    assert planned(people[1]).count() == planning.AHEAD


def test_nobody_gets_what_they_wrote_saw_or_made_certain(people, project, manager):
    certain(people[0], project, manager)
    at_work(people[0], project)
    assert plan(project) == 0
    GoldAnswer.objects.update(made_by=people[1])
    at_work(people[1], project)
    assert plan(project) == 0
    judged(GoldAnswer.objects.get().comparison, people[2], 1)
    assert plan(project) == 0


def test_what_was_seen_does_not_come_in_another_round_either(people, project, manager):
    source = certain(people[0], project, manager)
    judged(source, people[1], 1, kind="gold")
    second = next_round(project)
    for person in people:
        at_work(person, project)
    plan(project)
    copy = GoldCopy.objects.get(source=source, round=second).comparison
    assert {one.person for one in copy.assignments.all()} == set(people[2:])
    judged_copy = copy.assignments.get(person=people[2])
    judged_copy.delete()
    judged(copy, people[2], 1, kind="gold")
    next_round(project)
    at_work(people[2], project)
    at_work(people[3], project)
    plan(project)
    third = GoldCopy.objects.exclude(round=second).get().comparison
    assert not third.assignments.exists()


def test_a_copy_has_the_same_texts_and_no_author(people, project, manager):
    source = certain(people[0], project, manager)
    later = next_round(project)
    at_work(people[1], project)
    plan(project)
    copy = planned(people[1]).get().comparison
    assert (copy.round, copy.turn, copy.context) == (later, None, source.context)
    assert (copy.first, copy.second) == (source.first, source.second)
    assert planning.copy_of(Comparison(project=project, language="pt"), later).language == "pt"
    assert copy.ready_at and not Comparison.objects.judged().filter(pk=copy.pk).exists()


def test_what_others_are_still_asked_about_is_not_given_as_certain(people, project, manager):
    overlapped(project, 2)
    certain(people[0], project, manager)
    at_work(people[1], project)
    assert plan(project) == 0


def test_the_least_shown_comes_first_and_not_the_same_to_all(people, project, manager):
    pairs = [certain(people[0], project, manager) for _ in range(4)]
    judged(pairs[0], join("first", "other@example.org"), 1, kind="gold")
    Workday.objects.filter(person__email="other@example.org").delete()
    for person in people[1:]:
        at_work(person, project)
    plan(project)
    given = {planned(person).get().comparison for person in people[1:]}
    assert given == set(pairs[1:])


def test_what_is_suspended_or_retired_is_planned_no_more(people, project, manager):
    first, second = (certain(people[0], project, manager) for _ in range(2))
    gold.suspend(GoldAnswer.objects.get(comparison=first))
    gold.retire(GoldAnswer.objects.get(comparison=second), manager, "It is not certain.")
    at_work(people[1], project)
    assert plan(project) == 0


def test_nothing_is_planned_for_who_is_away_paused_or_has_left(people, project, manager):
    certain(people[0], project, manager)
    for person in people[1:]:
        at_work(person, project)
    Workday.objects.filter(person=people[1]).update(day=timezone.localdate() - timedelta(days=2))
    people[2].memberships.update(paused_at=timezone.now())
    people[3].memberships.update(left_at=timezone.now())
    assert plan(project) == 0


def test_nothing_is_planned_where_nobody_works(people, project, manager):
    certain(people[0], project, manager)
    at_work(people[1], project)
    Project.objects.update(stopped_at=timezone.now())
    planning.plan()
    assert not planned(people[1]).exists()
    Project.objects.update(stopped_at=None)
    planning.plan()
    assert planned(people[1]).exists()


@pytest.fixture
def both(people) -> Project:
    return make_project("both", gold_share=10, repeat_share=0)


def test_where_others_pairs_have_two_axes_so_has_what_is_certain_on_one(people, both, manager):
    certain(people[0], both, manager, axes=[Axis.SAFETY])
    at_work(people[1], both)
    assert plan(both) == 1
    planned(people[1]).delete()
    both.enrolments.update(overlap=2)
    assert plan(both) == 2
    given = planned(people[1])
    assert set(given.values_list("axis", flat=True)) == {"helpfulness", "safety"}
    assert given.values("swapped").distinct().count() == 1


def test_the_axes_take_turns(people, both, manager):
    for axis in (Axis.HELPFULNESS, Axis.HELPFULNESS, Axis.HELPFULNESS, Axis.SAFETY):
        certain(people[0], both, manager, axes=[axis])
    at_work(people[1], both)
    for _ in range(planning.AHEAD):
        plan(both)
    assert set(planned(people[1]).values_list("axis", flat=True)) == {"helpfulness", "safety"}


@pytest.fixture
def repeats(project, monkeypatch) -> Project:
    monkeypatch.setattr(planning, "APART", 3)
    Project.objects.update(gold_share=0, repeat_share=5)
    project.refresh_from_db()
    return project


def test_a_pair_comes_again_when_others_lie_between_with_its_sides_swapped(people, repeats):
    done = at_work(people[0], repeats, 3)
    assert plan(repeats) == 0
    at_work(people[0], repeats)
    assert plan(repeats) == 1
    again = planned(people[0], "repeat").get()
    assert (again.comparison, again.chance, again.slot) == (done[0], 0.05, None)
    assert again.swapped is not again.comparison.own_assignments().get().swapped


def test_no_pair_comes_a_third_time(people, repeats):
    first, second, *_ = at_work(people[0], repeats, 4)
    judged(first, people[0], 2, kind="repeat")
    assert plan(repeats) == 1
    assert planned(people[0], "repeat").get().comparison == second


def test_what_others_began_is_repeated_first(people, repeats):
    foreign = compared(people[1], repeats)
    judged(foreign, people[1], 1, kind="author")
    at_work(people[0], repeats, 2)
    judged(foreign, people[0], 1)
    at_work(people[0], repeats, 3)
    plan(repeats)
    assert planned(people[0], "repeat").get().comparison == foreign


def test_what_could_not_be_judged_is_not_repeated_nor_what_is_of_another_round(people, repeats):
    cannot = compared(people[0], repeats)
    judged(cannot, people[0], None, kind="author")
    at_work(people[0], repeats, 3)
    assert plan(repeats) == 0
    next_round(repeats)
    at_work(people[0], repeats, 3)
    assert plan(repeats) == 0


def test_both_kinds_have_their_share(people, project, manager, monkeypatch):
    """The kind is drawn by the shares, and comes by their sum."""
    monkeypatch.setattr(planning, "APART", 1)
    Project.objects.update(gold_share=30, repeat_share=10)
    certain(people[0], project, manager)
    at_work(people[1], project, 3)
    Workday.objects.update(done=planning.NEW)
    project.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
    kinds = []
    for _ in range(200):
        plan(project)
        one = Assignment.objects.of(people[1]).get(chance__isnull=False)
        assert one.chance == pytest.approx(0.4)
        kinds.append(one.kind)
        one.delete()
    assert 130 <= kinds.count("gold") <= 170  # of 200, 150 are expected, with a standard deviation of 6
