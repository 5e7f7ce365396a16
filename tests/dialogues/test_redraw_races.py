"""Receipts, redraws and the end of a dialogue at once, on real transactions."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from labeling.comparisons import authoring
from labeling.comparisons.models import Comparison
from labeling.dialogues import generation
from labeling.dialogues.models import UNFINISHED, Completion, Dialogue, Turn
from labeling.projects.models import Round
from tests.comparisons.test_races import beside, waiting
from tests.people import ask, join, make_project, result
from tests.processes import wait_until


@pytest.fixture
def turn(transactional_db, monkeypatch) -> Turn:
    """One that other threads can see, and whose responses no worker is asked for."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    return ask(join("first", "alice@example.org"), make_project())


def arriving(completion: Completion, text: str) -> Callable[[], bool]:
    return lambda: generation.store(completion, completion.attempt, result(text))


def finish(*threads: tuple[threading.Thread, list[Exception]]) -> None:
    for thread, _ in threads:
        thread.join()
    assert [raised for _, raised in threads] == [[]] * len(threads)


def while_held(turn: Turn, *actions: Callable[[], object]) -> None:
    """All of them at once, each waiting in the order in which they are given, until the dialogue is let go of."""
    started = []
    with transaction.atomic():
        Dialogue.objects.select_for_update().get(pk=turn.dialogue_id)
        for number, action in enumerate(actions, start=1):
            started.append(beside(action))
            wait_until(lambda number=number: waiting() == number)
    finish(*started)


def test_of_two_equal_responses_at_once_exactly_one_is_drawn_anew(turn):
    one, two = turn.completions.all()
    while_held(turn, arriving(one, "Same."), arriving(two, "Same."))
    current = turn.completions.current()
    assert sorted(current.values_list("state", flat=True)) == ["done", "queued"]
    assert turn.completions.count() == 3
    comparison = Comparison.objects.get(turn=turn)
    assert {comparison.first_id, comparison.second_id} == set(current.values_list("pk", flat=True))
    assert comparison.ready_at is None


def test_many_deliveries_of_one_receipt_are_one_redraw(turn):
    one = turn.completions.first()
    finish(*(beside(arriving(one, "...")) for _ in range(8)))
    assert turn.completions.count() == 3


def test_two_that_are_stopped_at_once_are_two_redraws(turn):
    one, two = turn.completions.all()
    while_held(turn, arriving(one, "..."), arriving(two, "..."))
    assert list(turn.completions.current().values_list("state", flat=True)) == ["queued", "queued"]
    assert turn.completions.count() == 4


def test_nothing_is_drawn_for_a_dialogue_that_is_being_ended(turn):
    one = turn.completions.first()
    while_held(turn, lambda: authoring.give_up(turn.dialogue), arriving(one, "..."))
    assert set(turn.completions.values_list("state", flat=True)) == {"cancelled"}


def test_what_was_drawn_a_moment_ago_is_cancelled_with_its_dialogue(turn):
    one = turn.completions.first()
    while_held(turn, arriving(one, "..."), lambda: authoring.give_up(turn.dialogue))
    assert set(turn.completions.current().values_list("state", flat=True)) == {"cancelled"}


def test_nothing_is_left_to_write_when_a_round_goes_into_review_meanwhile(turn):
    one, two = turn.completions.all()
    round_ = Round.objects.get()
    finish(beside(arriving(one, "...")), beside(round_.review), beside(arriving(two, "...")))
    assert not Completion.objects.filter(state__in=UNFINISHED).exists()
    assert Dialogue.objects.get().ended_at


def test_a_round_waits_for_a_redraw_and_cancels_it(turn):
    one = turn.completions.first()
    with transaction.atomic():
        Dialogue.objects.select_for_update().get(pk=turn.dialogue_id)
        redraw = beside(arriving(one, "..."))
        wait_until(lambda: waiting() == 1)
        review = beside(Round.objects.get().review)
        wait_until(lambda: waiting() == 2)
    finish(redraw, review)
    assert set(turn.completions.current().values_list("state", flat=True)) == {"cancelled"}
    assert turn.completions.count() == 3


def test_whoever_takes_a_pair_out_of_stock_gets_what_was_drawn_anew(turn):
    Dialogue.objects.update(author=None)
    person, one = join("first", "carol@example.org"), turn.completions.first()
    stock = Dialogue.objects.filter(author=None)
    while_held(turn, arriving(one, "..."), lambda: stock.update(author=person, taken_as=turn.pk))
    assert Dialogue.objects.get().author == person
    assert turn.completions.current().filter(state="queued").count() == 2


def test_no_lock_is_left_behind(turn):
    one = turn.completions.first()
    finish(beside(arriving(one, "...")))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM dialogues_dialogue FOR UPDATE NOWAIT")
