"""Who is asked about another's pair, and what their answer is worth."""

import uuid
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort
from labeling.comparisons import leases, outcomes, overlapping
from labeling.comparisons.models import Assignment, CannotBeJudged, Comparison, Overlap, Timing
from labeling.projects.models import Axis
from tests.comparisons.overlapped import claim, free_slots, judged_by, lapse, overlapped, prefers
from tests.comparisons.overlapped import people as people
from tests.comparisons.overlapped import project as project
from tests.people import answer, ask, join, make_project


def judge(assignment, first=True):
    overlapping.judge(assignment, prefers(assignment, first), uuid.uuid4(), Timing())


def cannot(assignment):
    outcomes.cannot_judge(assignment, CannotBeJudged("unusable"), uuid.uuid4(), Timing())


def test_nobody_is_asked_before_the_author_has_judged(alice, people, project):
    answer(ask(alice, project))
    assert claim(people[0], project) is None


def test_as_many_are_asked_as_the_cohort_of_the_author_wants(alice, people, project):
    comparison = judged_by(alice, project)
    for person in people[:2]:
        judge(claim(person, project))
    assert claim(people[2], project) is None
    counted = Assignment.objects.counted().filter(comparison=comparison)
    assert sorted(counted.values_list("slot", "kind")) == [(0, "author"), (1, "overlap"), (2, "overlap")]


def test_only_the_share_that_the_project_sets_is_asked_of_others(alice, people):
    several = overlapped(make_project("several", (Axis.HELPFULNESS,)), 2, share=50)
    drawn = [Comparison(project=several).is_overlapped() for _ in range(2000)]
    several.refresh_from_db()
    drawn = [Comparison(project=several).is_overlapped() for _ in range(2000)]
    assert 850 < sum(drawn) < 1150
    none = overlapped(make_project("none", (Axis.HELPFULNESS,)), 2, share=0)
    judged_by(alice, none)
    assert not Overlap.objects.exists()


def test_a_comparison_is_drawn_on_both_axes_or_on_none(alice, people):
    both = overlapped(make_project("both"), 2, share=50)
    for _ in range(12):
        judged_by(alice, both)
    axes = Overlap.objects.values_list("comparison").distinct().count()
    assert Overlap.objects.count() == 2 * axes


def test_nobody_is_asked_about_their_own_or_twice(alice, people, project):
    judged_by(alice, project)
    assert claim(alice, project) is None
    first = claim(people[0], project)
    judge(first)
    assert claim(people[0], project) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            comparison=first.comparison,
            person=people[0],
            axis=first.axis,
            kind=Assignment.Kind.OVERLAP,
            slot=7,
            swapped=False,
            guideline=first.guideline,
        )


def test_both_axes_go_to_the_same_person_on_the_same_sides(alice, people):
    both = overlapped(make_project("both"), 2)
    comparison = judged_by(alice, both)
    assert claim(people[0], both).axis == Axis.HELPFULNESS
    given = comparison.assignments.of(people[0])
    assert set(given.values_list("axis", flat=True)) == {"helpfulness", "safety"}
    assert len(set(given.values_list("swapped", flat=True))) == 1


def test_a_lease_that_lapses_leaves_its_slot_to_somebody_else(alice, people, project):
    comparison = judged_by(alice, project)
    gone = claim(people[0], project)
    assert free_slots(comparison) == [2]
    lapse(gone)
    assert (gone.slot, free_slots(comparison)) == (None, [2, 1])
    for person in people[1:]:
        judge(claim(person, project))
    assert Assignment.objects.counted().filter(comparison=comparison).count() == 3


def test_a_lease_is_kept_while_its_page_is_open_until_somebody_else_is_given_the_pair(people, alice, project):
    judged_by(alice, project)
    mine = claim(people[0], project)
    before = Assignment.objects.get(pk=mine.pk).leased_until
    assert leases.renew(mine)
    assert Assignment.objects.get(pk=mine.pk).leased_until > before
    lapse(mine)
    assert claim(people[1], project) and leases.renew(mine)
    lapse(mine)
    assert claim(people[2], project) and not leases.renew(mine)


def test_a_late_answer_is_taken_while_its_slot_is_free(alice, people, project):
    comparison = judged_by(alice, project)
    late = claim(people[0], project)
    lapse(late)
    judge(late)
    assert (late.slot, free_slots(comparison)) == (2, [1])


def test_a_late_answer_is_surplus_where_others_came_first(alice, people, project):
    comparison = judged_by(alice, project)
    late = claim(people[0], project)
    lapse(late)
    for person in people[1:]:
        judge(claim(person, project))
    judge(late)
    late.refresh_from_db()
    assert late.done_at and late.judgement and late.slot is None
    counted = Assignment.objects.counted().filter(comparison=comparison)
    assert counted.count() == 3 and late not in counted


def test_one_more_is_asked_where_the_first_disagree_and_no_more_than_may(alice, people):
    project = overlapped(make_project("help", (Axis.HELPFULNESS,)), 2, most_extra=1)
    comparison = judged_by(alice, project)
    judge(claim(people[0], project), first=False)
    assert free_slots(comparison) == [2]
    judge(claim(people[1], project), first=True)
    assert claim(people[2], project) is None


def test_nobody_more_is_asked_where_the_first_agree(alice, people):
    project = overlapped(make_project("help", (Axis.HELPFULNESS,)), 2)
    judged_by(alice, project)
    judge(claim(people[0], project), first=True)
    assert claim(people[1], project) is None


def test_two_who_cannot_judge_it_retire_a_comparison(alice, people):
    project = overlapped(make_project("help", (Axis.HELPFULNESS,)), 4)
    comparison = judged_by(alice, project)
    held = claim(people[2], project)
    for person in people[:2]:
        cannot(claim(person, project))
    comparison.refresh_from_db()
    assert comparison.retired_at and free_slots(comparison) == []
    lapse(held)
    assert free_slots(comparison) == []


def test_a_round_that_is_not_open_asks_nobody(alice, people, project):
    judged_by(alice, project)
    round_ = project.rounds.get()
    round_.review()
    assert leases.claim(people[0], round_, project.axes_in_order()) is None


def test_a_released_lease_is_gone_on_every_axis(alice, people):
    both = overlapped(make_project("both"), 2)
    comparison = judged_by(alice, both)
    leases.release(claim(people[0], both))
    assert [free_slots(comparison, axis) for axis in Axis] == [[1], [1]]
    assert claim(people[1], both) is not None


@pytest.mark.parametrize(("spoken", "asked"), [([], True), (["pt"], False), (["pt", "ar"], True)])
def test_people_are_asked_about_what_their_cohorts_read(alice, project, spoken, asked):
    comparison = judged_by(alice, project)
    comparison.turn.correct_language("ar-EG")
    reader = join("readers", "reader@example.org")
    Cohort.objects.filter(name="readers").update(languages=spoken)
    project.enrol(Cohort.objects.get(name="readers"), ["helpfulness"])
    assert (claim(reader, project) is not None) is asked


def test_whoever_wrote_in_a_language_reads_it(alice, project):
    comparison = judged_by(alice, project)
    comparison.turn.correct_language("ar")
    reader = join("readers", "reader@example.org")
    reader.writes_in("ar")
    Cohort.objects.filter(name="readers").update(languages=["pt"])
    project.enrol(Cohort.objects.get(name="readers"), ["helpfulness"])
    assert claim(reader, project)


def test_pairs_from_elsewhere_and_pairs_that_people_here_began_come_in_turns(alice, people, project, monkeypatch):
    monkeypatch.setattr(leases, "_random", Random(1))
    written = judged_by(alice, project)
    same = {"project": written.project, "round": written.round, "first": written.first, "second": written.second}
    for _ in range(8):  # before any of those that people here begin
        imported = Comparison.objects.create(**same, context=written.context, ready_at=timezone.now())
        Overlap.objects.create(comparison=imported, round=written.round, axis="helpfulness", wanted=1, most=1, free=[0])
    began = [judged_by(alice, project) for _ in range(8)]
    given = [claim_and_judge(people[0], project).comparison for _ in range(8)]
    imported = [pair for pair in given if pair.turn_id is None]
    assert 2 <= len(imported) <= 6
    assert [pair.pk for pair in given if pair.turn_id] == [pair.pk for pair in [written, *began]][: 8 - len(imported)]
    rest = [claim_and_judge(people[0], project) for _ in range(9)]
    assert all(rest)
    assert claim(people[0], project) is None


def claim_and_judge(person, project) -> Assignment:
    given = claim(person, project)
    judge(given)
    return given


FETCHED = """
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'comparisons_overlap'
"""


def fetched() -> int:
    """Rows that this transaction has read of what wants people."""
    with connection.cursor() as cursor:
        cursor.execute(FETCHED)
        return cursor.fetchone()[0]


def add_many(pair: Comparison, language: str, number: int = 3000) -> list[Overlap]:
    """Pairs that want somebody, of which the database knows how many there are."""
    same = {"project": pair.project, "round": pair.round, "first": pair.first, "second": pair.second}
    terms = {"context": pair.context, "language": language, "ready_at": pair.ready_at}
    made = Comparison.objects.bulk_create(Comparison(**same, **terms) for _ in range(number))
    asked = {"round": pair.round, "axis": Axis.HELPFULNESS, "wanted": 1, "most": 1}
    found = Overlap.objects.bulk_create(Overlap(comparison=one, free=[0], **asked) for one in made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE comparisons_overlap")
    return found


@pytest.fixture
def pair(alice, project) -> Comparison:
    """Judged by its author, and nobody else is asked."""
    project.enrolments.update(overlap=1)
    return judged_by(alice, project)


def test_of_many_pairs_in_other_languages_it_reads_none(people, project, pair):
    add_many(pair, "de")
    [last] = add_many(pair, "pt-BR", 1)
    Cohort.objects.filter(enrolments__project=project).update(languages=["pt", "fr"])
    before = fetched()
    assert claim(people[0], project).comparison_id == last.comparison_id
    assert claim(people[0], project) is None
    assert fetched() - before < 30


def test_of_many_pairs_that_want_people_it_reads_as_far_as_the_first_they_may_have(people, project, pair):
    oldest = add_many(pair, "en")[:2]
    before = fetched()
    assert [claim(people[0], project).comparison_id for _ in range(2)] == [each.comparison_id for each in oldest]
    assert fetched() - before < 30
