"""Figures as they are kept, against everything counted anew by other means."""

import random
from collections import Counter, defaultdict
from math import log2
from statistics import median

import numpy as np
import pytest
from django.utils import timezone

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import Assignment
from labeling.quality.agreement import STEPS, Votes, estimates
from labeling.quality.models import Agreement, Counts, GoldAnswer
from tests.people import join, make_project
from tests.quality.judging import compared, computed, give, judged, say

AXES = ("helpfulness", "safety")


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(5)]


@pytest.fixture
def project(people):
    return make_project()


def kept(project, by: str, **of) -> Agreement:
    return Agreement.objects.get(project=project, by=by, **of)


def busy(project, people, seed: int, comparisons: int = 15) -> random.Random:
    """Whatever may happen, in any mixture: overlap, gold, repeats, surplus, changed minds, pairs nobody can judge."""
    drawn = random.Random(seed)

    def step() -> int | None:
        return drawn.choice([*STEPS, *STEPS, None])

    for number in range(comparisons):
        author, *others = drawn.sample(people, 4)
        texts = ("a" * drawn.randint(1, 400), "b" * drawn.randint(1, 400))
        comparison = compared(author, project, texts, language=drawn.choice(["", "en", "de"]))
        for axis in AXES:
            own = judged(comparison, author, step(), kind="author", axis=axis, seconds=drawn.uniform(5, 300))
            for person in others[: drawn.randint(0, 3)]:
                one = judged(
                    comparison, person, step(), axis=axis, seconds=drawn.uniform(5, 300), swapped=drawn.random() < 0.5
                )
                if drawn.random() < 0.2:
                    say(one, step())
            if drawn.random() < 0.3:
                judged(comparison, author, step(), kind="repeat", axis=axis, swapped=not own.swapped)
            if number % 5 == 0:
                chosen = drawn.choice([comparison.first, comparison.second])
                known(comparison, axis, chosen, retired_by=None if number % 10 else people[0])
                outside = next(one for one in people if one not in (author, *others))
                judged(comparison, outside, step(), kind="gold", axis=axis)
    return drawn


def known(comparison, axis, chosen, retired_by) -> None:
    gold = GoldAnswer.objects.create(comparison=comparison, axis=axis, chosen=chosen)
    if retired_by:
        gold.retire(retired_by, "It is not certain.")


def step_of(assignment: Assignment) -> int | None:
    said, pair = assignment.judgement, assignment.comparison
    return None if said.degree is None else said.degree if said.chosen_id == pair.first_id else -said.degree


def standing(project) -> list[Assignment]:
    rows = Assignment.objects.filter(comparison__project=project, judgement__isnull=False)
    return list(
        rows.select_related("judgement", "comparison__first", "comparison__second", "comparison__turn", "person")
    )


def by_hand(project, key) -> dict:
    """Agreement by what `key` says of an assignment, from all votes one by one."""
    gone = {one.person_id for one in Withdrawal.objects.all()}
    said = defaultdict(lambda: defaultdict(list))
    rows = [one for one in standing(project) if one.kind in ("author", "overlap") and one.person_id not in gone]
    several = Counter((one.comparison_id, one.axis) for one in rows if step_of(one) is not None)
    for one in rows:
        if step_of(one) is not None and several[one.comparison_id, one.axis] > 1:
            said[one.axis, key(one)][one.comparison_id].append(step_of(one))
    found = {}
    for group, comparisons in said.items():
        overlapped = [steps for steps in comparisons.values() if len(steps) > 1]
        if overlapped:
            patterns = Counter(tuple(steps.count(step) for step in STEPS) for steps in overlapped)
            found[group] = (len(overlapped), estimates(Votes.of(patterns)))
    return found


@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_is_what_counting_everything_anew_gives(project, people, seed):
    busy(project, people, seed)
    Withdrawal.objects.begin(people[4])
    computed(project)
    keys = {
        "all": lambda one: None,
        "round": lambda one: one.comparison.round_id,
        "guideline": lambda one: one.guideline_id,
        "language": lambda one: one.comparison.turn.language,
    }
    for by, key in keys.items():
        rows = Agreement.objects.filter(project=project, by=by)
        shown = {
            (row.axis, getattr(row, "language" if by == "language" else f"{by}_id", None)): (
                row.comparisons,
                row.figures,
            )
            for row in rows
        }
        expected = {
            group: (n, {name: [one.value, one.low, one.high] for name, one in found.items()})
            for group, (n, found) in by_hand(project, key).items()
        }
        assert shown.keys() == expected.keys()
        for group, (n, figures) in expected.items():
            assert shown[group][0] == n
            for name, numbers in figures.items():
                assert shown[group][1][name] == pytest.approx(numbers), (by, group, name)


@pytest.mark.parametrize("seed", range(2))
def test_what_each_person_did_is_counted_as_by_hand(project, people, seed):
    busy(project, people, seed)
    Withdrawal.objects.begin(people[4])
    computed(project)
    rows = standing(project)
    assert {(one.axis, one.person_id) for one in rows} == set(Counts.objects.values_list("axis", "person"))
    gold = {(one.comparison_id, one.axis): one for one in GoldAnswer.objects.filter(retired_at=None)}
    for counts in Counts.objects.all():
        own = [one for one in rows if (one.axis, one.person_id) == (counts.axis, counts.person_id)]
        verdicts = [one for one in own if step_of(one) is not None]
        assert (counts.done, counts.judged, counts.cannot) == (len(own), len(verdicts), len(own) - len(verdicts))
        assert counts.withdrawn == (counts.done if counts.person == people[4] else 0)
        assert counts.excluded == (counts.done if counts.person == people[4] else counts.cannot)
        counted = Counter(abs(step_of(one)) for one in verdicts if one.slot is not None)
        assert counts.degrees == [counted[degree] for degree in (1, 2, 3, 4)]
        assert counts.chose_a == sum(one.judgement.chosen_id == one.sides()[0].pk for one in verdicts)
        differ = [one for one in verdicts if len(one.comparison.first.text) != len(one.comparison.second.text)]
        longer = [one for one in differ if len(one.judgement.chosen.text) > len(one.judgement.rejected.text)]
        assert (counts.longer, counts.longer_of) == (len(longer), len(differ))
        at_gold = [one for one in verdicts if one.kind == "gold" and (one.comparison_id, one.axis) in gold]
        right = [one for one in at_gold if one.judgement.chosen_id == gold[one.comparison_id, one.axis].chosen_id]
        assert (counts.gold, counts.gold_of) == (len(right), len(at_gold))
        again = [
            (step_of(one) > 0) == (step_of(before) > 0)
            for one in verdicts
            if one.kind == "repeat"
            for before in verdicts
            if before.comparison_id == one.comparison_id and before.kind == "author"
        ]
        assert (counts.repeats, counts.repeats_of) == (sum(again), len(again))
        assert_lengths(counts, verdicts)
        assert_times(counts, rows)
        assert_majority(counts, rows, people[4])


def assert_lengths(counts, verdicts):
    x = np.array([log2(len(one.comparison.first.text) / len(one.comparison.second.text)) for one in verdicts])
    y = np.array([step_of(one) > 0 for one in verdicts], dtype=float)
    sums = counts.lengths, counts.sum_x, counts.sum_y, counts.sum_xx, counts.sum_xy
    assert sums == pytest.approx((len(x), x.sum(), y.sum(), x @ x, x @ y))


def assert_times(counts, rows):
    timed = [one for one in rows if one.axis == counts.axis and one.judgement.active_seconds]
    lengths = np.array([np.log(len(one.comparison.first.text) + len(one.comparison.second.text)) for one in timed])
    times = np.log([one.judgement.active_seconds for one in timed])
    left = times - np.polyfit(lengths, times, 1)[0] * lengths
    own = [took for one, took in zip(timed, left, strict=True) if one.person_id == counts.person_id]
    hurried = sum(took < median(own) - np.log(3) for took in own)
    assert (counts.timed, counts.hurried) == (len(own), hurried)


def assert_majority(counts, rows, gone):
    counted = [one for one in rows if one.slot is not None and step_of(one) is not None and one.person_id != gone.pk]
    votes = defaultdict(dict)
    for one in counted:
        if one.axis == counts.axis:
            votes[one.comparison_id][one.person_id] = np.sign(step_of(one))
    sided = []
    for of in votes.values():
        others = sum(vote for person, vote in of.items() if person != counts.person_id)
        if counts.person_id in of and others:
            sided.append(of[counts.person_id] == np.sign(others))
    assert (counts.majority, counts.majority_of) == (sum(sided), len(sided))


def test_two_people_are_compared_on_what_both_have_judged(people):
    project, (ann, ben, cyd) = make_project("one", ("helpfulness",)), people[:3]
    for first, second, third in [(3, 2, None)] * 8 + [(4, -4, 1)] * 8 + [(-1, -2, -3)]:
        comparison = compared(ann, project)
        judged(comparison, ann, first, kind="author")
        judged(comparison, ben, second)
        judged(comparison, cyd, third)
    computed(project)
    pair = kept(project, "pair", person=ann, other=ben)
    assert (pair.comparisons, pair.figures["raw"][0]) == (17, pytest.approx(9 / 17))
    assert not Agreement.objects.filter(by="pair", other=cyd).exists(), "nine pairs say nothing"
    assert kept(project, "person", person=ben).comparisons == 26  # with Ann on 17, with Cyd on 9


def test_a_cohorts_agreement_is_that_of_its_own_people_while_they_were_in_it(project, people):
    stranger = join("second", "stranger@example.org")
    project.enrolments.create(cohort=stranger.cohorts.get(), axis="helpfulness")
    for number in range(3):
        comparison = compared(people[0], project)
        judged(comparison, people[0], 2, kind="author")
        judged(comparison, people[1], 3)
        judged(comparison, stranger, -3)
        if number == 0:
            people[1].memberships.update(left_at=timezone.now())
    computed(project)
    first = kept(project, "cohort", cohort__name="first")
    assert (first.comparisons, first.judgements, first.figures["raw"][0]) == (1, 2, 1)
    assert not Agreement.objects.filter(by="cohort", cohort__name="second").exists(), "one person agrees with nobody"
    assert kept(project, "all").comparisons == 3


def test_ratings_are_of_the_responses_wherever_they_stood(project, people):
    for swapped in (True, False):
        comparison = compared(people[0], project)
        judged(comparison, people[0], 2, kind="author")
        judged(comparison, people[1], 2, swapped=swapped)
    computed(project)
    assert kept(project, "all").figures["ac2"][0] == 1


def test_nothing_is_kept_of_a_project_in_which_nobody_judged_twice(project, people):
    judged(compared(people[0], project), people[0], 2, kind="author")
    assert computed(project).computed_at
    assert not Agreement.objects.exists() and Counts.objects.get().done == 1


def test_other_projects_are_left_as_they_are(project, people):
    other = make_project("other", cohort="others")
    for where in (project, other):
        comparison = compared(people[0], where)
        judged(comparison, people[0], 2, kind="author")
        judged(comparison, people[1], 2)
        computed(where)
    judged(comparison, people[2], -2)
    computed(other)
    assert (kept(project, "all").judgements, kept(other, "all").judgements) == (2, 3)


def test_a_surplus_answer_is_counted_as_work_and_with_nobodys(project, people):
    comparison = compared(people[0], project)
    judged(comparison, people[0], 2, kind="author")
    judged(comparison, people[1], 2)
    late = give(comparison, people[2], slot=None)
    say(late, -4)
    computed(project)
    assert kept(project, "all").judgements == 2
    counts = Counts.objects.get(person=people[2])
    assert (counts.done, counts.surplus, counts.excluded, counts.degrees) == (1, 1, 1, [0, 0, 0, 0])
