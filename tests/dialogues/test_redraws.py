"""A gate stops a response: it is set aside, and the same version is drawn once more."""

from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.comparisons.models import Assignment, Comparison, NotReady, Verdict
from labeling.dialogues import generation, redraws, streams, tallies
from labeling.dialogues.models import Completion, Dialogue, State, Turn
from labeling.dialogues.signals import turn_ready
from labeling.projects.gates import Gate
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project, result

EMPTY = "..."


def places(turn: Turn) -> tuple[Completion, Completion]:
    """What stands at the two places now."""
    first, second = turn.completions.current().order_by("draw")
    return first, second


def arrive(completion: Completion, text: str, **fields) -> bool:
    return generation.store(completion, completion.attempt, {**result(text), **fields})


@pytest.fixture
def coin(monkeypatch):
    """Decide which of two that are too alike is drawn anew."""

    def decide(place: int) -> None:
        monkeypatch.setattr(redraws._random, "choice", lambda done: next(c for c in done if c.draw == place))

    return decide


@pytest.fixture
def ready():
    """The turns that were said to be ready."""
    turns: list[Turn] = []

    def keep(turn: Turn, **_) -> None:
        turns.append(turn)

    turn_ready.connect(keep)
    yield turns
    turn_ready.disconnect(keep)


def test_the_stopped_one_is_kept_as_it_came_and_its_version_is_drawn_anew_at_its_place(turn):
    old, other = places(turn)
    arrive(old, EMPTY)
    new, same = places(turn)
    old.refresh_from_db()
    assert (old.state, old.text, old.discard_reason) == (State.DONE, EMPTY, Gate.EMPTY)
    assert (new.state, new.attempt, new.draw) == (State.QUEUED, 1, old.draw)
    assert (new.model_version, new.draw_probability) == (old.model_version, old.draw_probability)
    assert new.seed != old.seed and new.max_new_tokens == old.max_new_tokens
    entry = turn.dialogue.round.policy.get(model_version=new.model_version)
    assert entry.temperature_low <= new.temperature <= entry.temperature_high
    assert entry.top_p_low <= new.top_p <= entry.top_p_high
    assert same == other


def test_the_new_one_is_sent_once_the_transaction_commits(turn, monkeypatch, django_capture_on_commit_callbacks):
    sent: list = []
    monkeypatch.setattr(generation, "send", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        arrive(places(turn)[0], EMPTY)
        assert sent == []
    assert sent == [places(turn)[0].pk]


def test_the_comparison_moves_on_to_the_new_one(turn):
    old, other = places(turn)
    arrive(old, EMPTY)
    comparison = Comparison.objects.get(turn=turn)
    assert {comparison.first, comparison.second} == {places(turn)[0], other}
    assert comparison.ready_at is None


def test_a_pair_is_ready_once_neither_is_stopped(turn, ready):
    old, other = places(turn)
    arrive(other, "An answer.")
    arrive(old, EMPTY)
    assert ready == [] and Comparison.objects.get(turn=turn).ready_at is None
    arrive(places(turn)[0], "Another answer.")
    assert ready == [turn] and Comparison.objects.get(turn=turn).ready_at


@pytest.mark.parametrize("place", [0, 1])
def test_of_two_that_are_the_same_the_coin_says_which_is_drawn_anew(turn, coin, ready, place):
    coin(place)
    before = places(turn)
    answer(turn, "The same.", "the  same.")
    after = places(turn)
    assert after[place] != before[place] and after[1 - place] == before[1 - place]
    assert after[place].model_version == before[place].model_version
    before[place].refresh_from_db()
    assert (before[place].state, before[place].discard_reason) == (State.DONE, Gate.IDENTICAL)
    assert ready == []
    arrive(after[place], "Different.")
    assert ready == [turn]


def test_the_coin_is_fair(alice, project):
    drawn_anew = Counter()
    for _ in range(40):
        turn = ask(alice, project)
        answer(turn, "Same.", "Same.")
        drawn_anew[turn.completions.get(discarded_at__isnull=False).draw] += 1
        turn.dialogue.end()
    assert 5 < drawn_anew[0] < 35  # by chance once in some 700,000 runs


def test_the_redrawn_one_is_looked_at_as_well(turn):
    for _ in range(2):
        arrive(places(turn)[0], EMPTY)
    arrive(places(turn)[0], "I am ChatGPT.")
    assert turn.completions.set_aside_at(0) == [Gate.EMPTY, Gate.EMPTY, Gate.NAMES_MAKER]


def test_a_gate_that_was_not_chosen_stops_nothing(alice, ready):
    turn = ask(alice, make_project("ungated", gates=[]))
    answer(turn, EMPTY, EMPTY)
    assert ready == [turn]


def test_a_cut_off_response_is_judged_unless_the_project_says_otherwise(alice, turn):
    arrive(places(turn)[0], "And so", finish_reason="length")
    assert turn.completions.count() == 2
    strict = ask(alice, make_project("strict", gates=["truncated"]))
    arrive(places(strict)[0], "And so", finish_reason="length")
    assert strict.completions.set_aside_at(0) == [Gate.TRUNCATED]


def test_a_response_with_the_name_of_a_contestant_is_stopped(turn):
    name = places(turn)[1].model_version.name
    arrive(places(turn)[0], f"I am {name}.")
    assert turn.completions.set_aside_at(0) == [Gate.NAMES_MAKER]


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_a_place_whose_draws_have_run_out_is_a_failure_that_says_why(alice, ready, allowed):
    turn = ask(alice, make_project("few", max_redraws=allowed))
    arrive(places(turn)[1], "Fine.")
    for _ in range(allowed + 1):
        assert places(turn)[0].state == State.QUEUED
        arrive(places(turn)[0], EMPTY)
    failed = places(turn)[0]
    assert (failed.state, failed.text) == (State.FAILED, "") and failed.finished_at
    gates = ", ".join(["empty"] * (allowed + 1))
    assert failed.error == f"Drawn {allowed + 1} times; each time a gate stopped it: {gates}."
    assert ready == []


def test_each_place_has_redraws_of_its_own(alice, coin):
    turn = ask(alice, make_project("few", max_redraws=1))
    arrive(places(turn)[0], EMPTY)
    arrive(places(turn)[1], EMPTY)
    assert {completion.state for completion in places(turn)} == {State.QUEUED}


def test_asking_again_is_one_more_draw_each_time(client, alice, ready):
    turn = ask(alice, make_project("few", max_redraws=0))
    arrive(places(turn)[1], "Fine.")
    arrive(places(turn)[0], EMPTY)
    client.force_login(alice)
    page = client.get("/projects/few/work/").content.decode()
    assert "Ask again" in page and "gate" not in page and "Drawn" not in page
    failed = places(turn)[0]
    client.post(f"/completions/{failed.pk}/retries/")
    asked = places(turn)[0]
    assert (asked.pk, asked.state, asked.attempt, asked.seed) == (failed.pk, State.QUEUED, 2, failed.seed)
    arrive(asked, EMPTY)
    again = places(turn)[0]
    assert again != asked and again.state == State.FAILED and again.error.startswith("Drawn 2 times")
    client.post(f"/completions/{again.pk}/retries/")
    arrive(places(turn)[0], "At last.")
    assert ready == [turn]


def test_its_author_may_end_the_conversation_instead(client, alice):
    turn = ask(alice, make_project("few", max_redraws=0))
    arrive(places(turn)[0], EMPTY)
    client.force_login(alice)
    client.post(f"/dialogues/{turn.dialogue_id}/end/")
    assert {completion.state for completion in places(turn)} == {State.CANCELLED}
    assert client.get("/projects/few/work/").context["step"].kind == "prompt"


def test_in_stock_a_place_whose_draws_have_run_out_ends_the_dialogue(alice, ready):
    turn = ask(alice, make_project("few", max_redraws=1))
    Dialogue.objects.update(author=None)
    arrive(places(turn)[0], EMPTY)
    assert {completion.state for completion in places(turn)} == {State.QUEUED}
    arrive(places(turn)[0], EMPTY)
    assert {completion.state for completion in places(turn)} == {State.CANCELLED}
    assert Dialogue.objects.get().ended_at
    assert not arrive(places(turn)[1], "Too late.")
    assert ready == []


def test_the_same_receipt_twice_is_one_redraw(turn):
    old = places(turn)[0]
    assert arrive(old, EMPTY)
    assert not arrive(old, EMPTY)
    assert not arrive(old, "Something else.")
    assert not generation.fail(old, 1, "late", permanent=True)
    assert turn.completions.count() == 3


@pytest.mark.parametrize("change", [{"first": "new"}, {"second": "new"}, {"ready_at": None}])
def test_the_database_keeps_the_responses_of_a_pair_that_is_ready(turn, alice, project, change):
    answer(turn)
    other = places(ask(alice, project))[0]
    fields = {name: other if value else None for name, value in change.items()}
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Comparison.objects.filter(turn=turn).update(**fields)


def test_a_verdict_about_a_replaced_response_is_refused(turn, client, alice):
    waiting = Assignment.objects.select_related("comparison").get(comparison__turn=turn, axis="helpfulness")
    a, b = waiting.sides()
    arrive(a, EMPTY)
    answer(turn)
    with pytest.raises(NotReady):
        waiting.judge(Verdict(chosen=a, rejected=b, degree=1), key=a.pk)


def test_the_page_answers_a_judgement_of_a_pair_that_changed_with_the_pair(client, turn, alice):
    """A response was replaced in another tab, and this one judges what it showed before."""
    waiting = Assignment.objects.get(comparison__turn=turn, axis="helpfulness")
    shown = ".".join(str(side.pk) for side in waiting.sides())
    arrive(places(turn)[0], EMPTY)
    answer(turn)
    client.force_login(alice)
    page = judge(client, waiting, sides=shown)
    assert (page.status_code, page.context["step"].kind) == (409, "pair")
    now = ".".join(side.key for side in page.context["step"].sides)
    assert now != shown
    assert judge(client, waiting, sides=now).status_code == 200


def test_acceptance_says_per_version_how_many_were_kept_and_what_stopped_the_others(alice, project, coin):
    coin(1)
    turn = ask(alice, project)
    arrive(places(turn)[0], EMPTY)
    arrive(places(turn)[0], "I am Qwen.")
    arrive(places(turn)[0], EMPTY)
    answer(turn, "Same.", "Same.")
    one, two = (tallies.last_hour()[completion.model_version_id] for completion in places(turn))
    assert (one.done, one.accepted, one.acceptance) == (4, 1, 0.25)
    assert one.reasons == (("empty", 2), ("names_maker", 1))
    assert (two.done, two.acceptance, two.reasons) == (1, 0, (("identical", 1),))


def test_a_gate_costs_few_queries(turn, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        arrive(places(turn)[0], "Fine.")


def test_the_stream_may_be_away(turn, monkeypatch):
    monkeypatch.setattr(streams, "client", lambda: streams.connect("redis://127.0.0.1:1"))
    arrive(places(turn)[0], EMPTY)
    assert places(turn)[0].state == State.QUEUED


def test_what_is_set_aside_has_a_reason(turn):
    answer(turn)
    for half in ({"discarded_at": timezone.now()}, {"discard_reason": "empty"}):
        with pytest.raises(IntegrityError, match="set_aside_for_a_reason"), transaction.atomic():
            turn.completions.update(**half)
