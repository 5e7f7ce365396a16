"""A day's limits count what one has been given, judged or not: they hold from however many tabs one works."""

import uuid
from functools import partial

import pytest
from django.db import transaction

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, stock
from labeling.comparisons.models import Comparison, Pass
from labeling.comparisons.workbench import Desk
from labeling.dialogues import generation
from labeling.dialogues.models import Turn
from labeling.projects.models import Enrolment, PromptSet, Round
from tests.comparisons.pages import judge, prompt
from tests.comparisons.test_passing import next_pair, pass_on, undo
from tests.comparisons.test_races import beside, waiting
from tests.people import answer, ask, join, make_project
from tests.processes import wait_until


@pytest.fixture
def one_a_day(project):
    """Alice's project, in which she has a quota of one judgement a day on each axis."""
    Enrolment.objects.update(quota_per_day=1)
    return project


def judged(client, pair) -> None:
    for assignment in pair.comparison.assignments.order_by("axis"):
        judge(client, assignment)


def stocked(project) -> Round:
    """A complete pair in stock."""
    round_ = project.rounds.get()
    round_.prompt_set = PromptSet.objects.create(name="One")
    round_.prompt_set.prompts.create(text="Why?", category="borderline")
    round_.save()
    stock.refill()
    for turn in Turn.objects.filter(dialogue__author=None):
        answer(turn)
    return round_


def test_a_quota_counts_the_pair_that_is_to_be_judged(client, alice, one_a_day):
    begun = ask(alice, one_a_day)
    step = client.get("/projects/both/work/").context["step"]
    assert (step.kind, step.offer.name) == ("pair", "nothing")
    answer(begun)
    refused = prompt(client, one_a_day, "Another?")
    assert refused.status_code == 409
    html = refused.content.decode()
    assert "Judge one of your pairs first" in html and "Another?" in html
    assert Comparison.objects.count() == 1


def test_no_pair_from_stock_goes_beyond_the_quota(client, alice, one_a_day):
    round_ = stocked(one_a_day)
    ask(alice, one_a_day)
    assert stock.take(alice, round_, one_a_day.axes_in_order()) is None
    client.post("/projects/both/stock/", {"key": uuid.uuid4()})
    assert Comparison.objects.filter(turn__dialogue__author=alice).count() == 1


def test_what_is_judged_counts_with_what_is_open(client, alice, one_a_day):
    Enrolment.objects.update(quota_per_day=2)
    first, second = next_pair(alice, one_a_day), next_pair(alice, one_a_day)
    judge(client, first)
    with pytest.raises(at_once.TooManyAtOnce):
        ask(alice, one_a_day)
    judged(client, second)
    assert client.get("/projects/both/work/").context["step"].kind == "pair", "the first one's second axis"


def test_the_most_generous_cohort_counts(alice, one_a_day):
    other = join("other", "carol@example.org").memberships.get().cohort
    other.memberships.create(person=alice)
    for axis in one_a_day.axes:
        one_a_day.enrolments.create(cohort=other, axis=axis, quota_per_day=None)
    for _ in range(at_once.MOST_UNJUDGED):
        ask(alice, one_a_day)


def test_a_pass_is_not_undone_beyond_the_quota(client, alice, one_a_day):
    passed = next_pair(alice, one_a_day)
    pass_on(client, passed)
    judged(client, next_pair(alice, one_a_day))
    assert undo(client, Pass.objects.get()).status_code == 409
    assert Pass.objects.standing().exists()


def test_safety_work_that_is_open_anywhere_counts_towards_its_limit(client, alice):
    here, there = make_project("here", ("safety",), safety_per_day=2), make_project("there")
    next_pair(alice, there)
    begun = ask(alice, here)
    assert Desk.at(alice, "here").exposed == 2
    assert client.get("/projects/here/work/").context["step"].offer.name == "nothing"
    answer(begun)
    with pytest.raises(at_once.TooManyAtOnce):
        ask(alice, here)
    assert stock.take(alice, stocked(here), here.axes_in_order()) is None
    judged(client, begun.comparison.assignments.get())
    end = client.get("/projects/here/work/").context["step"]
    assert end.title == "Enough safety work for today" and "2 pairs" in end.text
    assert "Enough safety work for today." in client.get("/").content.decode()


def test_what_was_passed_on_at_the_limit_may_come_back(client, alice):
    safe = make_project("safe", ("safety",), safety_per_day=1)
    pass_on(client, next_pair(alice, safe))
    assert client.get("/projects/safe/work/").context["step"].title == "Enough safety work for today"
    assert undo(client, Pass.objects.get()).context["step"].kind == "pair"


def test_helpfulness_is_not_limited_by_safety(alice):
    plain, safe = make_project("plain", ("helpfulness",)), make_project("safe", ("safety",), safety_per_day=1)
    ask(alice, safe)
    ask(alice, plain)


@pytest.mark.parametrize("limit", ["quota", "safety"])
def test_many_tabs_at_once_get_no_more_than_a_day_allows(transactional_db, monkeypatch, limit):
    monkeypatch.setattr(generation, "send", lambda pk: None)
    join("first", "alice@example.org")
    project = make_project("safe", ("safety",), safety_per_day=1 if limit == "safety" else None)
    if limit == "quota":
        Enrolment.objects.update(quota_per_day=1)
    round_, alice = stocked(project), Person.objects.get()
    with transaction.atomic():
        Round.objects.select_for_update().get()
        tabs = [beside(partial(ask, alice, project)) for _ in range(3)]
        tabs += [beside(partial(stock.take, alice, round_, project.axes_in_order())) for _ in range(3)]
        wait_until(lambda: waiting() == 6)
    for thread, _ in tabs:
        thread.join()
    assert {type(error) for _, raised in tabs for error in raised} <= {at_once.TooManyAtOnce}
    assert Comparison.objects.filter(turn__dialogue__author=alice).count() == 1
