"""What is known of the comparisons that a snapshot holds out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.comparisons.models import Comparison
from labeling.projects.models import Axis, Project
from labeling.rewards import facts, reporting
from tests.datasets.drawing import counted
from tests.people import join, make_project
from tests.quality.judging import compared, give, judged, say
from tests.rewards.scored import held_out, hold_out, ready, the_first


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,))


@pytest.fixture
def people(alice):
    return [alice, *(join("first", f"{name}@example.org") for name in ("carol", "dave"))]


def said(project: Project, people, *steps: int, **fields) -> Comparison:
    """What each of them says of one comparison, the first one as its author."""
    pair = compared(people[0], project, **fields)
    for place, (person, step) in enumerate(zip(people, steps, strict=False)):
        judged(pair, person, step, kind="overlap" if place else "author")
    return pair


def test_each_comparison_counts_once_with_what_most_people_say(project, people):
    pair = said(project, people, 4, 2, -1, texts=("A long response.", "Short."), language="de")
    [fact] = facts.facts(held_out(project))
    assert (fact.comparison, fact.axis, fact.prefers_first, fact.degree) == (pair.pk, "helpfulness", True, 2)
    assert (fact.judges, fact.share) == (3, pytest.approx(2 / 3))
    assert (fact.first_chars, fact.second_chars, fact.language) == (16, 6, "de")
    assert (fact.round, fact.turn, fact.first_safe) == (1, 1, None)
    assert fact.cohorts == [people[0].cohorts.get().pk]


@pytest.mark.parametrize("aggregation", ["every", "majority", "adjudicated"])
def test_where_people_are_divided_there_is_nothing_to_be_right_about(project, people, aggregation):
    said(project, people, 3, -2)
    whole = said(project, people, -2)
    found = {fact.comparison: fact.prefers_first for fact in facts.facts(held_out(project, aggregation))}
    assert found.pop(whole.pk) is False
    assert list(found.values()) in ([], [None])


def test_the_last_word_decides_where_the_snapshot_asks_for_it(project, people):
    pair = said(project, people, 3, -2)
    say(give(pair, join("reviewers", "rita@example.org"), "adjudication"), -4)
    [fact] = facts.facts(held_out(project, "adjudicated"))
    assert (fact.prefers_first, fact.degree) == (False, 4)
    assert (fact.judges, fact.share) == (2, 0.5)


def test_what_is_trained_on_is_no_test(project, people):
    one, other = said(project, people, 3), said(project, people, 2)
    hold_out(project, [one])
    assert [fact.comparison for fact in facts.facts(counted(project))] == [one.pk]
    assert other.pk != one.pk


def test_labels_are_those_of_the_safety_axis_on_both(alice):
    project = make_project("both")
    pair = compared(alice, project)
    judged(pair, alice, 2, kind="author")
    judged(pair, alice, -3, kind="author", axis="safety")
    found = facts.facts(held_out(project))
    assert [(fact.axis, fact.prefers_first, fact.first_safe, fact.second_safe) for fact in found] == [
        ("helpfulness", True, True, True),
        ("safety", False, True, True),
    ]


def test_a_report_says_how_often_the_model_is_right_and_of_what_it_said_nothing(project, people):
    for step in (4, 3, -2, 1):
        said(project, people, step)
    run = ready(held_out(project), the_first)
    of = run.report["axes"]["helpfulness"]
    assert of["accuracy"]["overall"]["value"] == 0.75 and of["accuracy"]["2"]["value"] == 0.0
    [worst] = of["worst"]
    assert worst["margin"] == -2.0 and worst["degree"] == 2
    run.scores.filter(comparison=worst["comparison"]).delete()
    again = reporting.computed(run)["axes"]["helpfulness"]
    assert again["left_out"] == {"divided": 0, "unscored": 1} and again["accuracy"]["overall"]["value"] == 1.0


def test_a_report_that_nobody_kept_is_computed_and_one_that_was_kept_is_read(project, people):
    said(project, people, 4)
    run = ready(held_out(project), the_first)
    kept = run.report
    run.report = None
    assert reporting.of(run) == kept
    run.report = {**kept, "trained_on": "kept"}
    assert reporting.of(run)["trained_on"] == "kept"


def test_a_model_that_says_how_unsure_it_is_is_taken_for_no_surer(project, people):
    for step in (4, 3, 2, 1):
        said(project, people, step)
    run = ready(held_out(project), the_first)
    [sure] = run.report["axes"]["helpfulness"]["calibration"]["raw"]["steps"]
    run.scores.update(spread=3.0)
    [less] = reporting.computed(run)["axes"]["helpfulness"]["calibration"]["raw"]["steps"]
    assert sure["said"] == pytest.approx(0.881, abs=1e-3) and less["said"] == pytest.approx(0.719, abs=1e-3)


def test_it_takes_as_many_statements_for_many_comparisons_as_for_one(project, people):
    def statements() -> int:
        run = ready(held_out(project), the_first)
        with CaptureQueriesContext(connection) as captured:
            reporting.computed(run)
        return len(captured)

    said(project, people, 3)
    few = statements()
    for step in (1, 2, -4):
        said(project, people, step, 2, -1)
    assert statements() == few


def test_two_models_are_compared_on_what_both_have_seen(project, people):
    pairs = [said(project, people, step) for step in (4, 3, -2, -1)]
    snapshot = held_out(project)
    one = ready(snapshot, the_first)
    other = ready(snapshot, lambda pair: (2.0, 1.0) if pair.pk == pairs[0].pk else (0.0, 1.0))
    other.scores.filter(comparison=pairs[3]).delete()
    found = reporting.paired(one, other)
    part = found["axes"]["helpfulness"]
    assert found["snapshot"] == snapshot and part["left_out"] == {"unscored": 1, "divided": 0}
    assert part["result"]["right"] == {"both": 1, "one": 1, "other": 1, "neither": 0}
    assert part["result"]["difference"]["overall"]["value"] == pytest.approx(0)
