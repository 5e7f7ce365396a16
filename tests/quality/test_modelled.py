"""What the annotator model is given of a project, and what is kept of what it says."""

import random

import numpy as np
import pytest

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import Assignment, Judgement
from labeling.projects.models import Axis
from labeling.quality.annotator_model import estimate
from labeling.quality.modelled import concluded, late, probabilities, read
from labeling.quality.models import Bearing, GoldAnswer
from labeling.quality.reading import said_in
from tests.people import join, make_project
from tests.quality.judging import compared, computed, give, judged, say


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(5)]


@pytest.fixture
def project(people):
    return make_project(axes=(Axis.HELPFULNESS,))


def seen(project, axis="helpfulness"):
    with said_in(project):
        return read(axis)


def believed(project, axis="helpfulness"):
    with said_in(project):
        return probabilities(axis)


def test_it_is_given_every_verdict_that_counts_as_it_was_said(project, people):
    drawn = random.Random(3)
    expected = set()
    for _ in range(8):
        author, *others = drawn.sample(people, 3)
        long, short = "a" * 40, "b" * 10
        texts = drawn.choice([(long, short), (short, long), (long, "b" * 40)])
        comparison = compared(author, project, texts, language=drawn.choice(["", "de", "en"]))
        doublings = {40: 2.0, 10: -2.0}[len(texts[0])] if len(texts[0]) != len(texts[1]) else 0.0
        for person, kind in ((author, "author"), *((other, "overlap") for other in others)):
            step, fields = drawn.choice([-4, -2, 1, 3]), {} if kind == "author" else {"swapped": drawn.random() < 0.5}
            said = judged(comparison, person, step, kind=kind, **fields)
            language = comparison.turn.language
            expected.add((person.pk, comparison.pk, language, step > 0, not said.swapped, doublings, abs(step)))
    modelled = seen(project)
    those = modelled.judgements
    found = {
        (
            modelled.people[those.annotator[row]],
            modelled.comparisons[those.comparison[row]],
            modelled.subjects[modelled.subject[row]] if modelled.subject[row] >= 0 else "",
            bool(those.chose_first[row]),
            bool(those.first_left[row]),
            float(those.doublings[row]),
            int(those.degree[row]),
        )
        for row in range(len(those.degree))
    }
    assert found == expected
    assert modelled.subjects == sorted({language for _, _, language, *_ in expected} - {""})
    assert len(those.degree) == 24


def test_it_is_given_no_repeat_no_surplus_no_adjudication_nothing_withdrawn_and_nothing_that_cannot_be_judged(
    project, people
):
    comparison = compared(people[0], project)
    judged(comparison, people[0], 2, kind="author")
    judged(comparison, people[0], 2, kind="repeat")
    judged(comparison, people[1], -2, slot=None)
    judged(comparison, people[2], -2, kind="adjudication")
    judged(comparison, people[3], None)
    judged(comparison, people[4], 4)
    Withdrawal.objects.begin(people[4])
    modelled = seen(project)
    assert modelled.people == [people[0].pk]
    assert len(modelled.judgements.degree) == 1


def test_it_is_given_what_was_said_last_where_somebody_changed_their_mind(project, people):
    comparison = compared(people[0], project)
    own = judged(comparison, people[0], 2, kind="author")
    say(own, -4)
    those = seen(project).judgements
    assert (those.chose_first.tolist(), those.degree.tolist()) == ([False], [4])


def test_it_knows_gold_and_not_what_was_retired_or_is_in_doubt(project, people):
    pairs = [compared(author, project) for author in (*people[2:], people[0])]
    for pair in pairs:
        judged(pair, people[1], 1, kind="gold")
    GoldAnswer.objects.create(comparison=pairs[0], axis="helpfulness", chosen=pairs[0].second)
    gold = GoldAnswer.objects.create(comparison=pairs[1], axis="helpfulness", chosen=pairs[1].first)
    gold.retire(people[2], "It is not certain.")
    GoldAnswer.objects.create(comparison=pairs[2], axis="safety", chosen=pairs[2].first)
    GoldAnswer.objects.create(comparison=pairs[3], axis="helpfulness", chosen=pairs[3].first).suspend()
    modelled = seen(project)
    known = dict(zip(modelled.comparisons, modelled.judgements.known.tolist(), strict=True))
    assert known == {pairs[0].pk: -1, pairs[1].pk: 0, pairs[2].pk: 0, pairs[3].pk: 0}
    assert believed(project)[pairs[0].pk] == 0


def test_a_sitting_ends_with_a_pause_and_has_two_halves():
    at = np.array([0, 60, 120, 180, 5000, 5060, 30, 90], dtype=float)
    person = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    assert late(person, at).tolist() == [False, False, True, True, False, True, False, True]
    assert late(np.zeros(0, int), np.zeros(0)).tolist() == []


def test_it_is_surer_of_what_more_people_said(project, people):
    alone, agreed, disputed = (compared(people[0], project) for _ in range(3))
    for pair in (alone, agreed, disputed):
        judged(pair, people[0], 3, kind="author")
    judged(agreed, people[1], 3, swapped=True)
    judged(disputed, people[1], -3, swapped=True)
    sure = believed(project)
    assert 0.45 < sure[disputed.pk] < sure[alone.pk] < sure[agreed.pk] < 1
    assert believed(project, "safety") == {}


def test_it_is_kept_of_everybody_and_made_anew_as_a_whole(project, people):
    """One person chooses what stands left, of forty pairs; the other what is better."""
    drawn = random.Random(1)
    for number in range(40):
        pair = compared(people[0], project)
        good = 1 if number % 3 else -1
        judged(pair, people[0], 3 * good, kind="author")
        judged(pair, people[1], 3 * good, swapped=drawn.random() < 0.5)
        side = give(pair, people[2], swapped=drawn.random() < 0.5)
        say(side, -2 if side.swapped else 2)
    computed(project)
    kept = {row.person_id: row for row in Bearing.objects.filter(project=project, axis="helpfulness")}
    assert set(kept) == {people[0].pk, people[1].pk, people[2].pk}
    assert "one_sided" in kept[people[2].pk].found
    assert kept[people[1].pk].found == []
    value, low, high = kept[people[2].pk].figures["left"]
    assert 0.6 < low < value < high <= 1
    assert (kept[people[2].pk].judgements, kept[people[2].pk].several) == (40, 40)
    with said_in(project):
        assert [row.figures for row in concluded(project)[0]] == [kept[key].figures for key in sorted(kept)]
    computed(project)
    assert Bearing.objects.filter(project=project).count() == 3


def test_what_is_kept_is_what_the_model_says_of_those_judgements(project, people):
    pair = compared(people[0], project)
    judged(pair, people[0], 3, kind="author")
    judged(pair, people[1], 1)
    its = estimate(seen(project).judgements)
    assert believed(project)[pair.pk] == its.first_better[0]
    assert Judgement.objects.count() == Assignment.objects.exclude(done_at=None).count() == 2
