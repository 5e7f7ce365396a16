"""When the figures of a project are computed, and by whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labeling.quality import computing
from labeling.quality.models import Computation, Counts
from labeling.quality.models.computation import EVERY
from tests.comparisons.test_races import beside
from tests.people import make_project
from tests.quality.judging import compared, computed, judged
from tests.quality.test_computing import people as people
from tests.quality.test_computing import project as project


def test_it_is_computed_when_asked_and_once(project):
    computation = Computation.objects.of(project)
    computing.compute_due()
    computation.refresh_from_db()
    assert computation.computed_at is None
    computation.ask()
    computing.compute_due()
    computation.refresh_from_db()
    assert computation.computed_at and not computation.is_waited_for and computation.done == computing.STEPS
    assert not computing.compute(computation)


def test_it_is_computed_anew_after_so_many_judgements_and_a_rest(project, people, monkeypatch):
    monkeypatch.setattr("labeling.quality.models.computation.EVERY", 3)
    monkeypatch.setattr("labeling.quality.models.computation.OF_OTHERS", 1)
    computation = computed(project)
    Computation.objects.update(computed_at=timezone.now() - timedelta(hours=1))
    for number in range(3):
        computing.note_new()
        computing.compute_due()
        assert not Counts.objects.exists(), number
        judged(compared(people[0], project), people[0], 2, kind="author")
    computing.note_new()
    Computation.objects.update(took=timedelta(hours=1))
    computing.compute_due()
    assert not Counts.objects.exists(), "it took an hour, and has not rested"
    Computation.objects.update(took=timedelta(seconds=1))
    computing.compute_due()
    computation.refresh_from_db()
    assert (Counts.objects.get().done, computation.new) == (3, 0)
    computing.note_new()
    computation.refresh_from_db()
    assert computation.new == 0
    assert EVERY > 3


def test_what_somebody_judges_alone_counts_less_than_what_others_judge_as_well(people, monkeypatch):
    project = make_project("one", ("helpfulness",))
    monkeypatch.setattr("labeling.quality.models.computation.EVERY", 2)
    monkeypatch.setattr("labeling.quality.models.computation.OF_OTHERS", 2)

    def is_due(step) -> bool:
        step()
        computing.note_new()
        return Computation.objects.due(timezone.now()).exists()

    def alone() -> None:
        judged(compared(people[0], project), people[0], 2, kind="author")

    assert [is_due(alone) for _ in range(4)] == [False, False, False, True]
    computed(project)
    Computation.objects.update(computed_at=None)
    pair = compared(people[0], project)
    assert not is_due(lambda: judged(pair, people[1], 2))
    assert is_due(lambda: judged(pair, people[2], 2))


def test_how_far_it_has_come_only_grows_and_moves_within_the_annotator_model(people):
    project = make_project("one", ("helpfulness",))
    for number in range(12):
        pair = compared(people[0], project)
        judged(pair, people[0], 2 if number % 3 else -2, kind="author")
        judged(pair, people[1], 1 if number % 2 else -3)
    told = []
    computing.figures(project, lambda part, share: told.append((part, computing.way(part, share))))
    assert [way for _part, way in told] == sorted(way for _part, way in told)
    assert told[-1][1] == computing.STEPS == sum(computing.PARTS.values())
    assert len({way for part, way in told if part == "model"}) > 3


def test_nobody_computes_what_somebody_else_is_at(project):
    computation, found = Computation.objects.of(project), []

    def try_it() -> None:
        with computation.alone() as nobody_else:
            found.append(nobody_else)

    with computation.alone() as nobody_else:
        assert nobody_else
        beside(try_it)[0].join()
    beside(try_it)[0].join()
    assert found == [False, True]


def test_what_somebody_was_killed_at_has_failed_and_is_asked_for_again(project):
    """Not begun anew by itself: the same may come of it."""
    computation = Computation.objects.of(project)
    computation.ask()
    assert computation.begin(9, 0)  # and nothing more is heard of whoever did
    computing.compute_due()
    computation.refresh_from_db()
    assert computation.failed_at and not computation.is_waited_for and not computation.computed_at
    computation.ask()
    computing.compute_due()
    computation.refresh_from_db()
    assert computation.computed_at and not computation.failed_at and not computation.is_waited_for


def test_what_somebody_is_at_has_not_failed(project):
    computation = Computation.objects.of(project)
    computation.ask()
    assert computation.begin(9, 0)

    with computation.alone():
        beside(Computation.objects.fail_dead)[0].join()
    computation.refresh_from_db()
    assert computation.is_waited_for and not computation.failed_at


def test_what_breaks_is_noted_and_leaves_the_figures_of_before(project, people, monkeypatch):
    judged(compared(people[0], project), people[0], 2, kind="author")
    before = computed(project).computed_at
    monkeypatch.setattr(computing, "counts", lambda project: 1 / 0)
    computation = Computation.objects.of(project)
    computation.ask()
    with pytest.raises(ZeroDivisionError):
        computing.compute(computation)
    computation.refresh_from_db()
    assert computation.failed_at and not computation.is_waited_for
    assert computation.computed_at == before and Counts.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('quality_said')")
        assert cursor.fetchone() == (None,)
