"""Two requests at once, on real transactions."""

import threading
import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from labeling.cohorts.models import Person
from labeling.comparisons import at_once, authoring, reading, stock
from labeling.comparisons.models import (
    Assignment,
    Comparison,
    Judgement,
    NotReady,
    SaidElsewhere,
    Timing,
    Verdict,
    Workday,
)
from labeling.comparisons.target import RoundHasEnough
from labeling.dialogues import generation
from labeling.dialogues.models import Dialogue, Turn
from labeling.projects.models import Project, PromptSet, Round
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project
from tests.processes import wait_until


@pytest.fixture
def judged(transactional_db, monkeypatch) -> Assignment:
    """A pair judged once, in a dialogue that may go on; no worker is asked for anything."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    turn = ask(join("first", "alice@example.org"), make_project("long", ("helpfulness",), max_turns=2))
    answer(turn)
    assignment = Assignment.objects.get(comparison__turn=turn)
    choose(assignment, 0)
    return assignment


def choose(assignment: Assignment, side: int) -> None:
    sides = assignment.sides()
    verdict = Verdict(chosen=sides[side], rejected=sides[1 - side], degree=4)
    authoring.judge(assignment, verdict, uuid.uuid4(), Timing())


def beside(action: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    """Start it on a thread with a connection of its own; what it raises is in the list."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - handed to the test, which looks at it
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def waiting() -> int:
    """Our transactions that wait for a lock; those of an installation that runs beside the tests do not count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the activity of its first look otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND application_name = current_setting('application_name')"
        )
        return int(cursor.fetchone()[0])


def test_a_dialogue_never_goes_on_from_the_response_its_author_rejected(judged):
    turn = judged.comparison.turn
    person, project = judged.person, judged.comparison.project
    with transaction.atomic():
        Dialogue.objects.select_for_update().get(pk=turn.dialogue_id)
        going_on, failed = beside(lambda: ask(person, project, "And?", dialogue=turn.dialogue_id, number=2))
        wait_until(lambda: waiting() == 1)
        changing, refused = beside(lambda: choose(Assignment.objects.get(pk=judged.pk), 1))
        wait_until(lambda: waiting() == 2)
    going_on.join()
    changing.join()
    assert failed == []
    chosen = Assignment.objects.get(pk=judged.pk).judgement.chosen
    assert Turn.objects.get(number=2).continues == chosen
    assert [type(error).__name__ for error in refused] in ([], ["ChoiceIsFinal"])


def test_no_judgement_gets_into_a_round_that_has_been_closed(judged):
    with transaction.atomic():
        Round.objects.get().review()
        late, raised = beside(lambda: choose(Assignment.objects.get(pk=judged.pk), 1))
        wait_until(lambda: waiting() == 1)
    late.join()
    assert [type(error) for error in raised] == [NotReady]
    assert Judgement.objects.count() == 1


def end(what: str) -> None:
    Round.objects.get().review() if what == "round" else Project.objects.get().stop()


@pytest.mark.parametrize("what", ["round", "project"])
def test_a_page_that_sends_its_answer_while_the_round_or_the_project_ends_is_told_so(judged, what):
    alice = Client(headers={"HX-Request": "true"})
    alice.force_login(judged.person)
    with transaction.atomic():
        end(what)
        answers: list[HttpResponse] = []
        late, raised = beside(lambda: answers.append(judge(alice, judged, choice=4)))
        wait_until(lambda: waiting() == 1)
    late.join()
    assert (raised, [answer.status_code for answer in answers]) == ([], [409])
    assert Judgement.objects.count() == 1
    assert sum(Workday.objects.values_list("done", flat=True)) == 1


@pytest.mark.parametrize("what", ["round", "project"])
def test_a_round_or_a_project_ends_once_the_answer_that_a_page_has_sent_is_saved(judged, what):
    with transaction.atomic():
        choose(reading.held(judged.person, judged.pk), 1)
        ending, raised = beside(lambda: end(what))
        wait_until(lambda: waiting() == 1)
    ending.join()
    assert raised == []
    assert Judgement.objects.count() == 2
    assert Round.objects.get().state == "review" or Project.objects.get().stopped_at


def test_many_submits_at_once_are_one_judgement(judged):
    key = uuid.uuid4()
    a, b = judged.sides()
    verdict = Verdict(chosen=a, rejected=b, degree=2)
    threads = [beside(lambda: Assignment.objects.get(pk=judged.pk).judge(verdict, key)) for _ in range(8)]
    for thread, _ in threads:
        thread.join()
    assert [raised for _, raised in threads] == [[]] * 8
    assert Judgement.objects.filter(key=key).count() == 1


def test_of_different_answers_from_many_tabs_at_once_one_is_taken_and_the_others_are_asked_about(judged):
    a, b = judged.sides()
    said = [Verdict(chosen=a, rejected=b, degree=degree) for degree in (1, 2, 3)]
    threads = [
        beside(partial(Assignment.objects.get(pk=judged.pk).judge, verdict, uuid.uuid4(), instead_of=1))
        for verdict in said
    ]
    for thread, _ in threads:
        thread.join()
    assert sorted(len(raised) for _, raised in threads) == [0, 1, 1]
    assert {type(error) for _, raised in threads for error in raised} == {SaidElsewhere}
    assert Judgement.objects.count() == 2


def test_many_prompts_at_once_are_one_turn(judged):
    person, project, dialogue = judged.person, judged.comparison.project, uuid.uuid4()
    threads = [beside(lambda: ask(person, project, "Why?", dialogue=dialogue)) for _ in range(8)]
    for thread, _ in threads:
        thread.join()
    assert [raised for _, raised in threads] == [[]] * 8
    assert Turn.objects.filter(dialogue=dialogue).count() == 1


def test_prompts_sent_at_once_give_no_more_pairs_than_one_person_may_have_open(transactional_db, monkeypatch):
    monkeypatch.setattr(generation, "send", lambda pk: None)
    person, project = join("first", "alice@example.org"), make_project()
    pages = [uuid.uuid4() for _ in range(8)]
    with transaction.atomic():
        Round.objects.select_for_update().get()
        threads = [beside(partial(ask, person, project, dialogue=page)) for page in pages]
        wait_until(lambda: waiting() == 8)
    for thread, _ in threads:
        thread.join()
    refused = [type(error) for _, raised in threads for error in raised]
    assert refused == [at_once.TooManyAtOnce] * (8 - at_once.MOST_UNJUDGED)
    assert Comparison.objects.count() == at_once.MOST_UNJUDGED
    sent = Turn.objects.first()
    assert ask(person, project, dialogue=sent.dialogue_id) == sent, "what was asked before is not asked anew"


@pytest.fixture
def stocked(transactional_db, monkeypatch):
    """A project that wants two pairs and has two complete ones in stock, and Alice and Bob to take them."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    for name in ("alice", "bob"):
        join("first", f"{name}@example.org")
    project = make_project("stocked", stock_low=1, stock_high=2, target=2)
    prompts = PromptSet.objects.create(name="Two")
    for text in ("One?", "Two?"):
        prompts.prompts.create(text=text, category="borderline")
    project.rounds.update(prompt_set=prompts)
    stock.refill()
    for turn in Turn.objects.all():
        answer(turn)
    return project


def take(project, email: str, key: uuid.UUID) -> Assignment | None:
    person = Person.objects.get(email=email)
    return stock.take(person, project.rounds.get(), project.axes_in_order(), key)


def test_two_people_never_take_the_same_pair_from_stock(stocked):
    both = [beside(partial(take, stocked, f"{name}@example.org", uuid.uuid4())) for name in ("alice", "bob")]
    for thread, raised in both:
        thread.join()
        assert not raised
    assert set(Dialogue.objects.values_list("author__email", flat=True)) == {"alice@example.org", "bob@example.org"}


def test_two_people_whose_pages_give_the_same_name_take_a_pair_each(stocked):
    key, people = uuid.uuid4(), ["alice@example.org", "bob@example.org"]
    taken = [take(stocked, email, key) for email in people]
    assert [pair and pair.person.email for pair in taken] == people


def test_two_clicks_at_once_take_one_pair_from_stock(stocked):
    key = uuid.uuid4()
    for thread, raised in [beside(partial(take, stocked, "alice@example.org", key)) for _ in range(4)]:
        thread.join()
        assert not raised
    assert Dialogue.objects.filter(author__isnull=False).count() == 1


def test_pairs_asked_for_and_taken_at_once_are_no_more_than_one_person_may_have_open(stocked):
    alice = Person.objects.get(email="alice@example.org")
    for text in ("Mine?", "Mine too?"):
        ask(alice, stocked, text)
    both = [beside(partial(take, stocked, alice.email, uuid.uuid4())), beside(partial(ask, alice, stocked))]
    for thread, _ in both:
        thread.join()
    assert Dialogue.objects.filter(author=alice).count() == at_once.MOST_UNJUDGED


@pytest.mark.parametrize("in_stock", [True, False])
def test_people_at_the_last_prompts_are_handed_no_more_pairs_than_the_target_asks_for(stocked, in_stock):
    ask(join("first", "carol@example.org"), stocked)
    if not in_stock:
        Dialogue.objects.filter(author=None).update(ended_at="2026-01-01T00:00Z")
    prompts = list(PromptSet.objects.get().prompts.order_by("pk"))
    people = [Person.objects.get(email="alice@example.org"), Person.objects.get(email="bob@example.org")]
    with transaction.atomic():
        Round.objects.select_for_update().get()
        sent = [
            beside(partial(ask, person, stocked, prompt.text, prompt=prompt))
            for person, prompt in zip(people, prompts, strict=True)
        ]
        wait_until(lambda: waiting() == 2)
    for thread, _ in sent:
        thread.join()
    assert [type(error) for _, raised in sent for error in raised] == [RoundHasEnough]
    assert Comparison.objects.under_way().count() == stocked.rounds.get().target == 2


def test_stock_that_is_filled_by_two_at_once_is_filled_once(stocked):
    Dialogue.objects.update(ended_at="2026-01-01T00:00Z")
    for thread, raised in [beside(stock.refill) for _ in range(4)]:
        thread.join()
        assert not raised
    assert Dialogue.objects.filter(ended_at=None).count() == 2
